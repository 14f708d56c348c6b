"""Rows on which authority rests, as the verification compares them with the acts that made them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bank.control.audit import AuditEntryRow

Facts = dict[str, Any]
Acts = Sequence[AuditEntryRow]


@dataclass(frozen=True)
class Held:
    """A row that gives somebody something: its name, what it says, the subject of its acts, since when."""

    name: str
    says: Facts
    subject: str
    since: str
    told: Callable[[Acts], Facts | None]


def after(acts: Acts, *actions: str) -> list[Facts]:
    """Return what acts of these kinds left behind, oldest first."""
    return [act.after or {} for act in acts if act.action in actions]


def unbroken(acts: Acts, *names: str) -> bool:
    """Return whether each act found what the acts before it had left; of these facts only, where named.

    Else somebody altered the row in between, and a later act told of what they had put there.
    """
    facts: Facts = {}
    for act in acts:
        found = act.before or {}
        if any(
            facts.get(name, value) != value for name, value in found.items() if not names or name in names
        ):
            return False
        facts |= act.after or {}
    return True
