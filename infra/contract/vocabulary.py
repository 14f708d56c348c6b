"""Values for examples, by the names and formats of fields: what any room may mean by them.

What is one room's own stands in its schemas (`Field(examples=[...])`) and serves all fields of that name.
"""

import functools
from typing import Any

from infra.contract import models

ULID = "01JDB3W6Q2V0M8C4T5R7N9XKHE"
INSTANT = "2026-01-15T01:30:00Z"

BY_NAME: dict[str, Any] = {
    "currency": "CNY",
    "name": "Blue Note Records",
    "amount": 1990,
    "reason": "asked for by the customer",
    "note": "Lunch",
    "detail": "what it is, in a sentence",
    "code": "insufficient_funds",
    "password": "lamp-Otter-meadow-42",
    "phone": "+8613800138000",
    "next_cursor": "C0ptRXx2nznYZEGZwOW9vPvIWzfOkcveH8Gw6mtE8TBDbdcp_mm9nozrpqB9HewlsbCH7-JsB_8NIdczdw",
    "cursor": "C0ptRXx2nznYZEGZwOW9vPvIWzfOkcveH8Gw6mtE8TBDbdcp_mm9nozrpqB9HewlsbCH7-JsB_8NIdczdw",
    "as_of": INSTANT,
}
BY_FORMAT: dict[str, Any] = {
    "date-time": INSTANT,
    "date": "2026-01-15",
    "uri": "https://example.com/",
    "email": "office@example.com",
}


@functools.cache
def of_rooms() -> dict[str, tuple[Any, ...]]:
    """The texts and numbers that rooms' schemas give as examples, by the fields' names."""
    found: dict[str, dict[Any, None]] = {}
    for schema in models.components().all.values():
        for name, field in schema.get("properties", {}).items():
            example = field.get("example")
            if isinstance(example, str | int) and not isinstance(example, bool):
                found.setdefault(name, {})[example] = None
    return {name: tuple(examples) for name, examples in found.items()}


def usual(name: str) -> tuple[Any, ...]:
    """Return the usual values of a field of this name, the most general first."""
    general = (BY_NAME[name],) if name in BY_NAME else ()
    return (*general, *of_rooms().get(name, ()))


def identifier(name: str) -> str:
    """An id for this name: as rooms have it, for `payer_account_id` as for `account_id`, else made of it."""
    for known in sorted(of_rooms(), key=len, reverse=True):
        if known.endswith("_id") and (name == known or name.endswith(f"_{known}")):
            return str(of_rooms()[known][0])
    return f"{name[:3]}_{ULID}"
