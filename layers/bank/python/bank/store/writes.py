"""Plain writes, for rows whose content is decided by their key."""

from collections.abc import Iterable, Sequence

from bank.store.retries import attempts
from bank.store.tables import Item, Table, client, key_values

BATCH_WRITE_LIMIT = 25


def put_many(rows: Sequence[Table]) -> None:
    """Put rows whose content is decided by their key, so that putting them again changes nothing."""
    unique = {(row.Meta.table_name, *key_values(type(row), row.serialize())): row for row in rows}
    requests = [(row.Meta.table_name, {"PutRequest": {"Item": row.serialize()}}) for row in unique.values()]
    for start in range(0, len(requests), BATCH_WRITE_LIMIT):
        _batch_write(requests[start : start + BATCH_WRITE_LIMIT])


def _batch_write(requests: Iterable[tuple[str, Item]]) -> None:
    pending: dict[str, list[Item]] = {}
    for name, request in requests:
        pending.setdefault(name, []).append(request)
    for _ in attempts():
        pending = client().batch_write_item(RequestItems=pending).get("UnprocessedItems") or {}
        if not pending:
            return
