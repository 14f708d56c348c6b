"""Pages of lists: what fits on one, and the place that the next starts after."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from bank.store.reads import BATCH_GET_LIMIT

# What one page passes over at most of what is not to be shown; then it goes on with its cursor.
MOST_SIFTED = 1_000
FoundT = TypeVar("FoundT")
PlaceT = TypeVar("PlaceT")


def page(
    found: Sequence[FoundT], limit: int, place: Callable[[FoundT], str]
) -> tuple[list[FoundT], str | None]:
    """The first `limit` of what was found, and the place to go on after where more of it was."""
    return list(found[:limit]), place(found[limit - 1]) if len(found) > limit else None


def sift(
    places: Iterable[PlaceT],
    shown: Callable[[list[PlaceT]], Sequence[FoundT | None]],
    *,
    limit: int,
    place: Callable[[PlaceT], str],
) -> tuple[list[FoundT], str | None]:
    """A page of what `shown` answers for places, in their order, and the place to go on after.

    `shown` answers a batch: for each place what is there, or None where that is passed over. However many
    others' things lie between, each page goes on where the one before ended: one that met `MOST_SIFTED`
    places comes short, even empty, and leads on. It leads on besides only where there is more to show.
    """
    found: list[FoundT] = []
    passed, last = 0, None
    rest, at_once = iter(places), limit + 1
    while passed < MOST_SIFTED and (batch := list(itertools.islice(rest, at_once))):
        for each, row in zip(batch, shown(batch), strict=True):
            if row is not None and len(found) == limit:
                return found, last
            passed, last = passed + 1, place(each)
            if row is not None:
                found.append(row)
        at_once = BATCH_GET_LIMIT
    return found, last if passed >= MOST_SIFTED else None
