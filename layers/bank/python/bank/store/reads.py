"""Reads: one item, many items of any tables in one round trip, one partition."""

from collections.abc import Iterator, Sequence
from typing import Any

from pynamodb.expressions.condition import Condition

from bank.store import recent
from bank.store.retries import attempts
from bank.store.tables import Key, Place, Table, TableT, client, key_of, key_values, place

BATCH_GET_LIMIT = 100


def get(model: type[TableT], hash_key: str, range_key: str | None = None) -> TableT | None:
    """One item as it is now (consistent), or None. One round trip."""
    response = client().get_item(
        TableName=model.Meta.table_name, Key=key_of(model, hash_key, range_key), ConsistentRead=True
    )
    return model.from_item(response["Item"]) if "Item" in response else None


def get_many(keys: Sequence[Key]) -> list[Any]:
    """The items of these keys as they are now, over any tables, in the order asked; None where absent.

    One round trip per 100 distinct keys, unless DynamoDB leaves some unprocessed; none for keys of `lately`
    whose rows are known.
    """
    found: dict[Place, Table | None] = recent.known(keys)
    unknown = [key for key in dict.fromkeys(keys) if place(key) not in found]
    for start in range(0, len(unknown), BATCH_GET_LIMIT):
        found |= _batch_get(unknown[start : start + BATCH_GET_LIMIT])
    recent.keep(unknown, found)
    return [found.get(place(key)) for key in keys]


def _batch_get(keys: Sequence[Key]) -> dict[Place, Table]:
    # Several models may live in one table: it is the key that says which one an item is.
    models = {place(key): key[0] for key in keys}
    request: dict[str, Any] = {}
    for key in keys:
        table = request.setdefault(key[0].Meta.table_name, {"Keys": [], "ConsistentRead": True})
        table["Keys"].append(key_of(*key))
    found: dict[Place, Table] = {}
    for _ in attempts():
        response = client().batch_get_item(RequestItems=request)
        for name, items in response["Responses"].items():
            for item in items:
                at = (name, *key_values(_table_model(keys, name), item))
                found[at] = models[at].from_item(item)
        request = response.get("UnprocessedKeys") or {}
        if not request:
            break
    return found


def _table_model(keys: Sequence[Key], name: str) -> type[Table]:
    return next(key[0] for key in keys if key[0].Meta.table_name == name)


def query(
    model: type[TableT],
    hash_key: str,
    condition: Condition | None = None,
    *,
    newest_first: bool = False,
    limit: int | None = None,
    consistent: bool = True,
) -> Iterator[TableT]:
    """The items of one partition in key order."""
    return model.query(
        hash_key,
        condition,
        scan_index_forward=not newest_first,
        limit=limit,
        page_size=limit,
        consistent_read=consistent,
    )
