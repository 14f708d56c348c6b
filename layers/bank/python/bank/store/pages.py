"""Pages of lists: what fits on one, and the place that the next starts after."""

from collections.abc import Callable, Sequence
from typing import TypeVar

FoundT = TypeVar("FoundT")


def page(
    found: Sequence[FoundT], limit: int, place: Callable[[FoundT], str]
) -> tuple[list[FoundT], str | None]:
    """The first `limit` of what was found, and the place to go on after where more of it was."""
    return list(found[:limit]), place(found[limit - 1]) if len(found) > limit else None
