"""AWS inside this process: MiniStack's DynamoDB and KMS without a server, every call through one function.

botocore's `before-send` event answers each call of every client made meanwhile, so that nothing is sent and
nothing runs beside the caller. Unlike moto it honours client tokens, which retries after a time-out need.
"""

import copy
import functools
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import botocore.handlers
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from ministack.services import dynamodb, kms, s3  # type: ignore[import-untyped]

from bank.config import config
from bank.store import recent
from tests.support import tables


@dataclass(frozen=True)
class AwsCall:
    """One call as botocore would send it."""

    service: str
    operation: str
    request: Any

    @property
    def document(self) -> dict[str, Any]:
        """The parameters of a JSON service's call."""
        parsed: dict[str, Any] = json.loads(self.request.body)
        return parsed


@dataclass(frozen=True)
class AwsAnswer:
    """What a service answered."""

    status: int
    headers: dict[str, str]
    body: bytes


# The alias that the audit room's settings name by default.
AUDIT_KEY = "alias/perkbank-test-audit-signing"
Serve = Callable[[AwsCall], AwsAnswer]
# Gets each call and what really carries it out; may answer in its place, before it or after it.
Around = Callable[[AwsCall, Serve], AwsAnswer]


def json_answer(document: dict[str, Any], status: int = 200) -> AwsAnswer:
    """An answer of a JSON service."""
    return AwsAnswer(status, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(document).encode())


@contextmanager
def cloud(around: Around | None = None, **services: Serve) -> Iterator[None]:
    """Every table of the templates, empty, each with a stream of both images; the keys.

    `services` answer for further services, by botocore's name of them (`eventbridge`, `sqs`, `s3`).
    """
    known = {**SERVICES, **services}

    def answer(request: Any, event_name: str, **_: Any) -> AWSResponse:
        service, operation = event_name.split(".")[1:]
        call, serve = AwsCall(service, operation, request), known[service]
        given = around(call, serve) if around else serve(call)
        return response(call, given)

    # Nobody here looks at a signature, and making them was a tenth of the time.
    handlers = [("before-send", answer), ("choose-signer", lambda **_: UNSIGNED)]
    furnish(every_image=True)
    botocore.handlers.BUILTIN_HANDLERS += handlers
    _forget_clients()
    try:
        yield
    finally:
        for handler in handlers:
            botocore.handlers.BUILTIN_HANDLERS.remove(handler)
        _forget_clients()


def furnish(*, every_image: bool = False) -> None:
    """Every table, empty, and the keys. A stream of both images for each, or what its template says."""
    _keys()
    made = _tables(every_image)
    dynamodb.reset()
    recent.forget()
    for name, table in made.items():
        dynamodb._tables[name] = {**table, "items": copy.copy(table["items"])}


def snapshot() -> list[dict[Any, Any]]:
    """Remember what the tables and their streams hold, to be brought back by `restore`."""
    return [copy.deepcopy(dict(held.items())) for held in _held()]


def restore(remembered: list[dict[Any, Any]]) -> None:
    """Bring the tables and their streams back to what they held."""
    for held, before in zip(_held(), remembered, strict=True):
        held.clear()
        held.update(copy.deepcopy(before))
    recent.forget()


def _held() -> tuple[Any, ...]:
    return dynamodb._tables, dynamodb._stream_records, dynamodb._txn_idempotency


def response(call: AwsCall, answer: AwsAnswer) -> AWSResponse:
    """The answer as botocore gets it."""
    return AWSResponse(
        call.request.url,
        answer.status,
        answer.headers,  # type: ignore[arg-type]
        _Raw(answer.body),
    )


def change_records(table: str, start: int) -> list[dict[str, Any]]:
    """The records of a table's stream from the position `start` on."""
    records: list[dict[str, Any]] = dynamodb.stream_records_since(table, start, sys.maxsize)
    return records


def change_count(table: str) -> int:
    """How many records a table's stream has had."""
    return len(dynamodb._stream_records.get(table) or ())


def delete(table: str, key: dict[str, str]) -> None:
    """Delete an item, as DynamoDB does with one that is past its time."""
    _act("DeleteItem", {"TableName": table, "Key": _key(key)})


def item(table: str, key: dict[str, str]) -> dict[str, Any] | None:
    """The item in DynamoDB's JSON, if there is one; binary values in base64."""
    return _act("GetItem", {"TableName": table, "Key": _key(key), "ConsistentRead": True}).get("Item")


def items(table: str) -> list[dict[str, Any]]:
    """Every item of a table in DynamoDB's JSON; binary values in base64."""
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {}
    while not found or "LastEvaluatedKey" in page:
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if page else {}
        page = _act("Scan", {"TableName": table, **start})
        found += page["Items"]
        if not found:
            break
    return found


def _key(key: dict[str, str]) -> dict[str, Any]:
    return {name: {"S": value} for name, value in key.items()}


def put(table: str, item: dict[str, Any]) -> None:
    """Put an item that is in DynamoDB's JSON, binary values in base64."""
    _act("PutItem", {"TableName": table, "Item": item})


def _act(operation: str, document: dict[str, Any]) -> dict[str, Any]:
    target = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
    status, _, body = _run(dynamodb.handle_request("POST", "/", target, json.dumps(document).encode(), {}))
    assert status == 200, body
    answer: dict[str, Any] = json.loads(body or b"{}")
    return answer


def _forget_clients() -> None:
    """Clear every cache of the code under test: the clients in them were made for another AWS."""
    layers = ("/layers/", "/functions/")
    for module in list(sys.modules.values()):
        if any(part in (getattr(module, "__file__", None) or "") for part in layers):
            for value in vars(module).values():
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()


def _dynamodb(call: AwsCall) -> AwsAnswer:
    return AwsAnswer(*_run(dynamodb.handle_request("POST", "/", _headers(call), call.request.body, {})))


def _kms(call: AwsCall) -> AwsAnswer:
    return AwsAnswer(*_run(kms.handle_request("POST", "/", _headers(call), call.request.body, {})))


def object_store(call: AwsCall) -> AwsAnswer:
    """MiniStack's S3, versions and object lock included."""
    url, body = urlsplit(call.request.url), call.request.body or b""
    content = body.read() if hasattr(body, "read") else body
    query = parse_qs(url.query, keep_blank_values=True)
    return AwsAnswer(
        *_run(s3.handle_request(call.request.method, unquote(url.path), _headers(call), content, query))
    )


def forget_objects() -> None:
    """Empty MiniStack's S3."""
    s3.reset()


SERVICES: dict[str, Serve] = {"dynamodb": _dynamodb, "kms": _kms}


@functools.cache
def _tables(every_image: bool) -> dict[str, Any]:
    """MiniStack's own record of each table, made once: forty by its API would be most of a test's time."""
    dynamodb.reset()
    for definition in tables.definitions():
        images = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        _act("CreateTable", {**definition, "StreamSpecification": images} if every_image else definition)
    return dict(dynamodb._tables.items())


@functools.cache
def _keys() -> None:
    """The keys of infra/security.yaml, by the aliases of a test's configuration."""
    signing = {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}
    made = (
        (config.field_key_id, {"KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT"}),
        (config.lookup_key_id, {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}),
        (config.cursor_key_id, {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}),
        *((keys[0], signing) for keys in config.token_keys.values()),
        (AUDIT_KEY, signing),
    )
    for alias, asked in made:
        key_id = _kms_act("CreateKey", asked)["KeyMetadata"]["KeyId"]
        _kms_act("CreateAlias", {"AliasName": alias, "TargetKeyId": key_id})


def _kms_act(operation: str, document: dict[str, Any]) -> dict[str, Any]:
    target = {"x-amz-target": f"TrentService.{operation}"}
    status, _, body = _run(kms.handle_request("POST", "/", target, json.dumps(document).encode(), {}))
    assert status == 200, body
    answer: dict[str, Any] = json.loads(body or b"{}")
    return answer


def _headers(call: AwsCall) -> dict[str, str]:
    given = call.request.headers.items()
    return {name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in given}


def _run(coroutine: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("the service waited")


class _Raw(io.BytesIO):
    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """What botocore reads an answer's content from."""
        yield self.read()
