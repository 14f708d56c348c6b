"""An exchange: one call of a function with all that it read before, wrote and sent, as data."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# A table's name without the stage's prefix, and an item in DynamoDB's JSON.
Stored = tuple[str, dict[str, Any]]
# Bucket, key, version, and the content in base64 or as text.
Object = dict[str, str]
# The bus, a queue or a bucket, and the text that went there.
Sent = tuple[str, str]


@dataclass
class Exchange:
    """`function` is the conventional name (`payments-api`), `at` the instant of the call."""

    function: str
    at: str
    event: dict[str, Any]
    answer: Any = None
    before: list[Stored] = field(default_factory=list)
    written: list[Stored] = field(default_factory=list)
    objects: list[Object] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    @property
    def operation(self) -> str:
        """`GET /payments/{payment_id}` of an HTTP call, else nothing."""
        if "resource" not in self.event or self.asks_who:
            return ""
        return f"{self.event['httpMethod']} {self.event['resource']}"

    @property
    def asks_who(self) -> bool:
        """True for a call of the authorizer by API Gateway."""
        return self.event.get("type") == "REQUEST"

    @property
    def name(self) -> str:
        """The operation, or the function's name."""
        return self.operation or self.function

    @property
    def status(self) -> int:
        """The HTTP status; 0 where it is no HTTP call."""
        return int(self.answer["statusCode"]) if self.operation else 0

    @property
    def reads(self) -> bool:
        """True for a call that changes nothing: its answer must be the same again."""
        return self.asks_who or self.operation.startswith("GET ")

    @property
    def repeatable(self) -> bool:
        """True where an idempotency record was made: the same request must get the same answer again.

        Some refusals (409) have such a record, others do not.
        """
        headers = self.event.get("headers") or {}
        keyed = any(name.lower() == "idempotency-key" for name in headers)
        return keyed and (self.status in (200, 201, 202) or (self.status == 409 and bool(self.written)))

    @property
    def cursor(self) -> bool:
        """True for a call that asks for a later page of a list."""
        return "cursor" in (self.event.get("queryStringParameters") or {})


def as_json(value: Any) -> Any:
    """An item as JSON can hold it: binary values in base64, as they go over the wire."""
    return _mapped(
        value, lambda inner: base64.b64encode(inner).decode() if isinstance(inner, bytes) else inner
    )


def as_stored(value: Any) -> Any:
    """The inverse: an item as clients of DynamoDB give it."""
    return _mapped(value, lambda inner: base64.b64decode(inner) if isinstance(inner, str) else inner)


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same with every binary value changed, at any depth."""
    if isinstance(value, list):
        return [_mapped(each, change) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"B"}:
        return {"B": change(value["B"])}
    return {name: _mapped(each, change) for name, each in value.items()}


def body_of(answer: Any) -> Any:
    """An HTTP answer's body as data, or its text where it is no JSON; any other answer as it is."""
    if not (isinstance(answer, dict) and "statusCode" in answer):
        return answer
    try:
        return json.loads(answer["body"])
    except ValueError:
        return answer["body"]
