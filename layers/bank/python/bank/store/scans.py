"""Scans of whole tables, segment by segment, for jobs that must see all of what no function reads alone."""

import json
from collections.abc import Iterator

from pynamodb.expressions.condition import Condition

from bank.observability import logger
from bank.store.tables import Item, TableT, key_values


def pages(
    model: type[TableT],
    segment: int,
    segments: int,
    condition: Condition,
    *,
    after: str | None,
    size: int | None = None,
) -> Iterator[tuple[list[TableT], int, str | None]]:
    """Pages of one of a table's `segments`: the rows that meet the condition, and the place to go on after.

    Between the two, the number of those that nobody can read; the log names them. A page is 1 MB of the
    table, 128 read units, or `size` rows, whatever of it meets the condition. The last has no place.
    """
    found = model.scan(
        condition,
        segment=segment,
        total_segments=segments,
        page_size=size,
        last_evaluated_key=json.loads(after) if after else None,
    ).page_iter
    for page in found:
        last = page.get("LastEvaluatedKey")
        read = [_read(model, item) for item in page["Items"]]
        rows = [row for row in read if row is not None]
        yield rows, len(read) - len(rows), json.dumps(last) if last else None


def _read(model: type[TableT], item: Item) -> TableT | None:
    """Read one row; None, and an error in the log, where it has what the model cannot take."""
    try:
        return model.from_item(item)
    except Exception:
        logger.exception("a row cannot be read", extra={"key": key_values(model, item)})
        return None
