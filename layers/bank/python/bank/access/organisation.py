"""The bank's organisation as every room sees it: a tree of units, by which data scopes are judged.

The staff room keeps it. A bank has some thousands of units at most, so the tree is read whole, one query, and
kept for half a minute; a unit that is not in the kept tree has it read again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from bank import clock, store
from bank.store import Table, table_name

HEAD_OFFICE = "unit_head"
TREE = "bank"
KEPT = timedelta(seconds=30)


class UnitRow(Table):
    """A unit: head office, branch, sub-branch. `history` lists where it was: [{parent_id, until, by}]."""

    class Meta:
        table_name = table_name("organisation")

    tree = UnicodeAttribute(hash_key=True, default=TREE)
    unit_id = UnicodeAttribute(range_key=True)
    parent_id = UnicodeAttribute(null=True)
    name = UnicodeAttribute()
    code = UnicodeAttribute(null=True)
    status = UnicodeAttribute(default="active")
    created_at = UnicodeAttribute(default="")
    history: JSONAttribute = JSONAttribute(null=True)


@dataclass(frozen=True)
class Tree:
    """Parents by unit. The head office is in every tree, and above everything."""

    parents: Mapping[str, str | None]

    def ancestors(self, unit_id: str) -> list[str]:
        """The unit and what is above it, bottom up; empty for one that is not in the tree."""
        found: list[str] = []
        at: str | None = unit_id
        while at is not None and at in self.parents and at not in found:
            found.append(at)
            at = self.parents[at]
        return found

    def contains(self, root: str, unit_id: str) -> bool:
        """Return whether `unit_id` is `root` or below it."""
        return root in self.ancestors(unit_id)

    def subtree(self, root: str) -> list[str]:
        """`root` and all below it, in a stable order."""
        return sorted(unit_id for unit_id in self.parents if self.contains(root, unit_id))


_kept: tuple[datetime, Tree] | None = None


def tree(*, again: bool = False) -> Tree:
    """The tree, at most `KEPT` old."""
    global _kept
    now = clock.now()
    if again or _kept is None or not timedelta(0) <= now - _kept[0] < KEPT:
        rows = store.query(UnitRow, TREE)
        _kept = now, Tree({HEAD_OFFICE: None, **{row.unit_id: row.parent_id for row in rows}})
    return _kept[1]


def forget() -> None:
    """Let go of the kept tree (a change in this process; tests)."""
    global _kept
    _kept = None


def contains(root: str, unit_id: str) -> bool:
    """Return whether `unit_id` is `root` or below it. The head office's data scope needs no tree."""
    if not root:
        return False
    if root in (HEAD_OFFICE, unit_id):
        return True
    known = tree()
    if unit_id not in known.parents or root not in known.parents:
        known = tree(again=True)
    return known.contains(root, unit_id)


def subtree(root: str) -> list[str]:
    """The units of a data scope."""
    return tree().subtree(root) if root else []
