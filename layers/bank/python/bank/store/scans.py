"""Scans of whole tables, segment by segment, for jobs that must see all: nothing else reads so."""

import json
from collections.abc import Iterator

from pynamodb.expressions.condition import Condition

from bank.store.tables import TableT


def pages(
    model: type[TableT],
    segment: int,
    segments: int,
    condition: Condition,
    *,
    after: str | None,
    size: int | None = None,
) -> Iterator[tuple[list[TableT], str | None]]:
    """Pages of one of a table's `segments`: the rows that meet the condition, and the place to go on after.

    A page is 1 MB of the table, 128 read units, or `size` rows, whatever of it meets the condition. The last
    has no place.
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
        yield [model.from_item(item) for item in page["Items"]], json.dumps(last) if last else None
