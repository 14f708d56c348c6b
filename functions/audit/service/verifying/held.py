"""Rows on which authority rests, as the verification compares them with the acts that made them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from audit.service.verifying.run import Run
from audit.settings import settings
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


def compare(run: Run, held: Held, acts: Acts) -> None:
    """Name a row that says something else than the acts on it, or that no act made."""
    altered = _altered(held, acts, run)
    # A row that says it is of a time to come would be on its way for ever.
    on_its_way = run.late < held.since <= run.latest
    if altered is None and not on_its_way and held.since >= settings.signed_since:
        run.differs("authority", held.name, "put in: no act made it")
    elif altered:
        run.differs("authority", held.name, f"altered: {', '.join(altered)}")


def _altered(held: Held, acts: Acts, run: Run) -> list[str] | None:
    """Return what a row says else than its acts, as they were when it was read; None where none made it."""
    old = sum(act.at <= run.late for act in acts)
    altered = None
    for count in range(old, len(acts) + 1):
        told = held.told(acts[:count])
        if told is None:
            continue
        altered = sorted(name for name in held.says if held.says[name] != told.get(name))
        if not altered:
            break
    return altered
