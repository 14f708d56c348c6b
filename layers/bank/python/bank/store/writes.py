"""Plain writes, for rows whose content is decided by their key."""

from collections.abc import Iterable, Sequence

from pynamodb.exceptions import PutError
from pynamodb.expressions.operand import Path

from bank.store.retries import attempts
from bank.store.tables import Item, Table, client, key_names, key_values

BATCH_WRITE_LIMIT = 25


def put_new(row: Table) -> bool:
    """Put a row where none is; False, and nothing, where there is one."""
    try:
        row.save(condition=Path(key_names(type(row))[0]).does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def put_many(rows: Sequence[Table]) -> None:
    """Put rows whose content is decided by their key, so that putting them again changes nothing."""
    items = [(type(row), row.serialize()) for row in rows]
    unique = {(model.Meta.table_name, *key_values(model, item)): item for model, item in items}
    requests = [(name, {"PutRequest": {"Item": item}}) for (name, *_), item in unique.items()]
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
