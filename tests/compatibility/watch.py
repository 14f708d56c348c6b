"""Watch a function's calls of AWS: the items that it touches as they were before, what it writes and sends.

botocore's own events tell of each call, whatever answers for AWS; objects are those of moto's S3.
"""

import base64
import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import botocore.handlers
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from bank import clock
from bank.config import config
from tests.compatibility.exchanges import Exchange, Stored
from tests.compatibility.tables import described
from tests.support import embedded

Item = dict[str, Any]
Place = tuple[str, tuple[str, ...]]


class Watch:
    """Watches one call at a time; a call within a call belongs to the outer one."""

    def __init__(self) -> None:
        self._before: dict[Place, Item | None] | None = None
        self._written: set[Place] = set()
        self._objects: dict[tuple[str, str, str], bytes] = {}
        self._sent: list[tuple[str, str]] = []
        self._queried = ""

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Clients that are made in here are watched."""
        handlers: list[Any] = [
            ("before-parameter-build", self._asked),
            ("after-call.dynamodb", self._answered),
        ]
        botocore.handlers.BUILTIN_HANDLERS.extend(handlers)
        try:
            yield
        finally:
            for handler in handlers:
                botocore.handlers.BUILTIN_HANDLERS.remove(handler)

    @property
    def busy(self) -> bool:
        """True while a call is being watched."""
        return self._before is not None

    def call(self, function: str, handler: Callable[[Any, Any], Any], event: Any, context: Any) -> Exchange:
        """Call the handler as a process does that has just started; what it raises is raised."""
        forget()
        self._before, self._written, self._objects, self._sent = {}, set(), {}, []
        moment = clock.now()
        exchange = Exchange(function, clock.instant(moment), event)
        try:
            # Time stands still in the call, as it does when it is replayed.
            with clock.source(lambda: moment):
                exchange.answer = handler(event, context)
            exchange.before = [(place[0], item) for place, item in self._before.items() if item is not None]
            before = self._before
        finally:
            self._before = None
        exchange.written = list(self._changes(before))
        exchange.objects = [_object(*where, body) for where, body in self._objects.items()]
        exchange.sent = self._sent
        return exchange

    def _changes(self, before: dict[Place, Item | None]) -> Iterator[Stored]:
        for place in sorted(self._written):
            now = self._item(place)
            if now is not None and now != before[place]:
                yield place[0], now

    def _item(self, place: Place) -> Item | None:
        """The item as it is now; nothing watches this."""
        key = dict(zip(_key_names()[place[0]], place[1], strict=True))
        return embedded.item(config.table_prefix + place[0], key)

    # What botocore tells

    def _asked(self, params: Any, event_name: str, **_: Any) -> None:
        if self._before is None:
            return
        service, operation = event_name.split(".")[1:]
        if service == "dynamodb":
            self._queried = params.get("TableName", "")
            for table, key, writes in _keys(operation, params):
                self._touch(_place(table, key), writes)
        elif service == "s3":
            self._object_asked(operation, params)
        elif service in ("sqs", "eventbridge", "events"):
            self._sent.extend(_messages(operation, params))

    def _answered(self, parsed: Any, event_name: str, **_: Any) -> None:
        if self._before is None or event_name.rsplit(".", 1)[-1] not in ("Query", "Scan"):
            return
        for item in parsed.get("Items", ()):
            self._touch(_place(self._queried, item), False)

    def _touch(self, place: Place, writes: bool) -> None:
        assert self._before is not None
        if place not in self._before:
            self._before[place] = self._item(place)
        if writes:
            self._written.add(place)

    def _object_asked(self, operation: str, params: Any) -> None:
        bucket = params["Bucket"]
        if operation in ("GetObject", "HeadObject"):
            self._keep_objects(bucket, params["Key"], params.get("VersionId"), exact=True)
        elif operation.startswith("ListObject"):
            self._keep_objects(bucket, params.get("Prefix", ""), None, exact=False)
        elif operation == "PutObject" and "Body" in params:
            body = params["Body"]
            content = body if isinstance(body, bytes | str) else body.getvalue()
            self._sent.append((f"s3:{bucket}", _text(content) or ""))

    def _keep_objects(self, bucket: str, key: str, version: str | None, *, exact: bool) -> None:
        known: Any = get_backend("s3")[DEFAULT_ACCOUNT_ID]["global"].buckets.get(bucket)
        for name in list(known.keys) if known else ():
            if name == key or (not exact and name.startswith(key)):
                for each in known.keys.getlist(name):
                    if version in (None, str(each.version_id)) and hasattr(each, "value"):
                        self._objects.setdefault((bucket, name, str(each.version_id)), bytes(each.value))


@functools.cache
def _key_names() -> dict[str, list[str]]:
    return {line["table"]: line["key"] for line in described()}


def _place(table: str, attributes: Item) -> Place:
    name = table.removeprefix(config.table_prefix)
    return name, tuple(attributes[part]["S"] for part in _key_names()[name])


def _keys(operation: str, params: Any) -> Iterator[tuple[str, Item, bool]]:
    """Each item that a call names: its table, its key's attributes and whether it is written."""
    if operation in ("GetItem", "PutItem", "UpdateItem", "DeleteItem"):
        yield params["TableName"], _named(params), operation != "GetItem"
    elif operation.startswith("Batch"):
        for table, asked in params["RequestItems"].items():
            if operation == "BatchGetItem":
                yield from ((table, key, False) for key in asked["Keys"])
            else:
                yield from ((table, _named(*request.values()), True) for request in asked)
    elif operation == "TransactWriteItems":
        for each in params["TransactItems"]:
            ((kind, request),) = each.items()
            yield request["TableName"], _named(request), kind != "ConditionCheck"


def _named(request: Any) -> Item:
    """The item that a request puts, or the key of the one that it is about."""
    return dict(request.get("Item") or request["Key"])


def _messages(operation: str, params: Any) -> Iterator[tuple[str, str]]:
    if operation == "PutEvents":
        for entry in params["Entries"]:
            yield "events", entry["Detail"]
    elif operation == "SendMessage":
        yield f"sqs:{_queue(params)}", params["MessageBody"]
    elif operation == "SendMessageBatch":
        for entry in params["Entries"]:
            yield f"sqs:{_queue(params)}", entry["MessageBody"]


def _queue(params: Any) -> str:
    return str(params["QueueUrl"]).rsplit("/", 1)[-1]


def _text(content: bytes | str) -> str | None:
    if isinstance(content, str):
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _object(bucket: str, key: str, version: str, body: bytes) -> dict[str, str]:
    text = _text(body)
    content = {"text": text} if text is not None else {"base64": base64.b64encode(body).decode()}
    return {"bucket": bucket, "key": key, "version": version, **content}


def forget() -> None:
    """Empty what modules of the code under test keep between calls: each has a `forget()` for it."""
    for let_go in _forgetting(len(sys.modules)):
        let_go()


@functools.lru_cache(maxsize=1)
def _forgetting(modules: int) -> list[Callable[[], None]]:
    """Each module's own `forget`, of the modules that are imported so far."""
    places = ("/layers/bank/", "/functions/")
    ours = [
        module
        for module in list(sys.modules.values())
        if any(place in (getattr(module, "__file__", None) or "") for place in places)
    ]
    found = [(module.__name__, vars(module).get("forget")) for module in ours]
    return [
        let_go
        for name, let_go in found
        if let_go is not None and let_go.__module__ == name and not let_go.__code__.co_argcount
    ]
