"""Reading a request: principal, signature, path, query and body, each checked once."""

import base64
import binascii
import hashlib
import re
from typing import Any
from urllib.parse import parse_qsl

from chalice.app import Request
from pydantic import (
    BaseModel,
    ValidationError,
)

from bank import errors
from bank.access import sessions
from bank.access.principal import Principal, principal_of
from bank.access.sessions import SessionRow
from bank.http.fields import Schema
from bank.http.json_bodies import require_unique_members
from bank.http.operations import FORM, JSON, Call, Operation

MAX_BODY_BYTES = 256 * 1024
# Visible ASCII, as for any HTTP field value; the length is Stripe's.
IDEMPOTENCY_KEY = re.compile(r"^[\x21-\x7e]{1,255}$")


def read_request(
    request: Request, event: dict[str, Any], operation: Operation, path_parameters: dict[str, str]
) -> tuple[Call, dict[str, Any]]:
    principal, session = _admitted(event, operation)
    arguments: dict[str, Any] = {name: _path_value(value) for name, value in path_parameters.items()}
    raw = _raw_body(event)
    key = _idempotency_key(request, required=operation.idempotent)
    if operation.act and operation.act.signed and (principal.signed or _is_signed(request)):
        # Imported here: a cold start pays for it only where something is signed.
        from bank.access import signatures

        signatures.verify(event, raw, principal)
    if operation.query:
        arguments["query"] = _validated_query(operation.query, event)
    elif event.get("queryStringParameters"):
        raise _invalid_parameters("this takes no query parameters", event["queryStringParameters"])
    if operation.body:
        arguments["body"] = _validated_body(operation, request, raw)
        # What only the body tells to be of weight: a court's freeze, where others freeze at once.
        _require_fresh(session, operation, principal, arguments["body"])
    elif raw.strip():
        raise errors.Invalid("this takes no body", errors=[{"field": "", "message": "no body is expected"}])
    content = _content(arguments["body"]) if operation.body else ""
    call = Call(
        principal=principal,
        request_id=event["requestContext"].get("requestId", ""),
        operation=f"{operation.method} {_concrete(operation.path, path_parameters)}",
        headers=request.headers,
        digest=hashlib.sha256(content.encode()).hexdigest(),
        idempotency_key=key,
        source_ip=(event["requestContext"].get("identity") or {}).get("sourceIp") or "",
    )
    return call, arguments


def _admitted(event: dict[str, Any], operation: Operation) -> tuple[Principal, SessionRow | None]:
    """Let in who asks, if they may, with their session where it is read here."""
    if not operation.scope:
        return Principal("", frozenset()), None
    principal = principal_of(event)
    # A route that reads the session in its own batch read saves a round trip: `session_checked`.
    session = None if operation.session_checked else sessions.check(principal)
    _require_fresh(session, operation, principal)
    principal.require(operation.scope)
    principal.require_kind(operation.callers)
    return principal, session


def _require_fresh(
    session: SessionRow | None, operation: Operation, principal: Principal, body: BaseModel | None = None
) -> None:
    if operation.needs_fresh_factor(principal, body):
        sessions.require_fresh(session)


def _is_signed(request: Request) -> bool:
    """Return whether the request claims to be signed: a signature must be right, needed or not."""
    return "signature" in request.headers or "signature-input" in request.headers


def _content(body: BaseModel) -> str:
    """Return a body's content without its proofs: a repeated request may bring a fresh one.

    Nor with fields that were added and ask for nothing: a key of before is still the same request's.
    """
    if not isinstance(body, Schema):
        return body.model_dump_json()
    fields = type(body).model_fields
    silent = {name for name in body.added if getattr(body, name) == fields[name].default}
    return body.model_dump_json(exclude=set(body.proofs) | silent)


def _raw_body(event: dict[str, Any]) -> bytes:
    text = event.get("body") or ""
    try:
        raw = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, UnicodeEncodeError):
        raise errors.BadRequest("the body is not text in UTF-8") from None
    if len(raw) > MAX_BODY_BYTES:
        raise errors.Invalid(f"the body is larger than {MAX_BODY_BYTES} bytes", errors=[])
    return raw


def _validated_body(operation: Operation, request: Request, raw: bytes) -> BaseModel:
    assert operation.body is not None
    expected = FORM if operation.form else JSON
    given = request.headers.get("content-type", expected).split(";")[0].strip().lower()
    if given != expected:
        raise errors.UnsupportedMediaType(f"the body is {given}; this takes {expected}")
    try:
        if operation.form:
            return operation.body.model_validate(_form(raw))
        body = operation.body.model_validate_json(raw or b"{}")
    except ValidationError as error:
        raise _invalid(error) from None
    require_unique_members(raw or b"{}")
    return body


def _form(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=bool(raw), max_num_fields=50)
    except (ValueError, UnicodeDecodeError):
        raise errors.BadRequest("the body is not a form") from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise errors.BadRequest("a field stands twice in the form")
    return dict(pairs)


def _validated_query(query: type[BaseModel], event: dict[str, Any]) -> BaseModel:
    values = event.get("multiValueQueryStringParameters") or {}
    twice = [name for name, given in values.items() if len(given) > 1]
    if twice:
        raise _invalid_parameters("a parameter stands twice", twice)
    try:
        return query.model_validate({name: given[0] for name, given in values.items()})
    except ValidationError as error:
        raise _invalid(error) from None


def _path_value(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_\-.:]{1,64}", value):
        raise errors.NotFound("there is no such thing")
    return value


def _idempotency_key(request: Request, *, required: bool) -> str:
    key: str | None = request.headers.get("idempotency-key")
    if key is None and not required:
        return ""
    if not key or not IDEMPOTENCY_KEY.fullmatch(key):
        raise errors.BadRequest(
            "this moves money: send an Idempotency-Key of 1 to 255 visible ASCII characters",
            code="idempotency_key_required",
        )
    return key


def _concrete(path: str, parameters: dict[str, str]) -> str:
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def _invalid(error: ValidationError) -> errors.Invalid:
    fields = [
        {"field": ".".join(str(part) for part in item["loc"]), "message": _message(item)}
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return errors.Invalid("the request is not valid", errors=fields[:50])


def _message(fault: Any) -> str:
    """Return what is wrong with a field, without what was sent: pydantic repeats the type of a union."""
    return "is of no known type" if fault["type"] == "union_tag_invalid" else fault["msg"]


def _invalid_parameters(detail: str, names: Any) -> errors.Invalid:
    return errors.Invalid(detail, errors=[{"field": name, "message": detail} for name in names])
