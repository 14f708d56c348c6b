"""Rules of the organisation's tree: a unit always has one way up to the head office."""

from collections.abc import Mapping, Sequence
from typing import Any

Parents = Mapping[str, str | None]


def would_circle(parents: Parents, *, unit_id: str, new_parent: str) -> bool:
    """Return whether `unit_id` below `new_parent` would be below itself."""
    seen: set[str] = set()
    at: str | None = new_parent
    while at is not None and at not in seen:
        if at == unit_id:
            return True
        seen.add(at)
        at = parents.get(at)
    return False


def parent_at(*, parent_id: str | None, history: Sequence[Mapping[str, Any]], as_of: str) -> str | None:
    """A unit's parent at an instant. `history` lists where it was: [{parent_id, until}], oldest first."""
    for place in history:
        if as_of < place["until"]:
            found: str | None = place["parent_id"]
            return found
    return parent_id


def has_open_children(parents: Parents, closed: set[str], unit_id: str) -> bool:
    """Return whether a unit has units below it that are not closed."""
    return any(parent == unit_id and child not in closed for child, parent in parents.items())
