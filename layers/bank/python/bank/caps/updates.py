"""Updates of shards. What is used of one is raised within its share alone, which is a condition."""

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank.caps.domain import Bounds, Cap, Counts, Part, Taken
from bank.caps.tables import CapRow, keys
from bank.store import Item, Key, RefusedBy, Stale, Transaction, recent

IN_ALL, OF_DAY = (CapRow.units, CapRow.budget), (CapRow.day_units, CapRow.day_budget)


class Update:
    """A change of one shard, as it is put together. A shard that has no row yet gets one."""

    def __init__(self) -> None:
        self._actions: list[Action] = []
        self._conditions: list[Condition] = []

    def use(self, counts: Counts, share: Bounds) -> None:
        """Raise what is used in all."""
        for used, count, bound in zip(IN_ALL, counts, share, strict=False):
            if count:
                self._actions.append(used.set((used | 0) + count))
                self._conditions.append(used.does_not_exist() | (used <= (bound or 0) - count))

    def use_day(self, counts: Counts, share: Bounds, day: str, row: CapRow | None) -> None:
        """Raise what is used of a business day: of the one that the row counts, or of one that begins."""
        if not any(counts[2:]):
            return
        begins = row is None or row.day < day
        if begins:
            self._actions.append(CapRow.day.set(day))
            self._conditions.append(CapRow.day.does_not_exist() | (CapRow.day < day))
        else:
            self._conditions.append(CapRow.day == day)
        for used, count, bound in zip(OF_DAY, counts[2:], share[2:], strict=True):
            if begins:
                self._actions.append(used.set(count))
            elif count:
                self._actions.append(used.set(used + count))
                self._conditions.append(used <= (bound or 0) - count)

    def give_back(self, part: Part, row: CapRow | None) -> None:
        """Lower what is used by what was taken; of its day too, unless the row counts a later one."""
        of_day = list(zip(OF_DAY, part.counts[2:], strict=True))
        # No row's day goes back: one read before this was taken counts that day by now, or a later one.
        if not any(part.counts[2:]) or (row and row.day > part.day):
            of_day = []
        else:
            self._conditions.append(CapRow.day == part.day)
        for used, count in (*zip(IN_ALL, part.counts, strict=False), *of_day):
            if count:
                self._actions.append(used.set(used - count))
                self._conditions.append(used >= count)

    def add(self, transaction: Transaction, shard: Key, refused: RefusedBy) -> None:
        """Add it to a transaction; nothing where nothing changes."""
        if self._actions:
            first, *others = self._conditions
            for other in others:
                first &= other
            transaction.update(shard, self._actions, first, refused)


def anew(of: Cap | Taken) -> RefusedBy:
    """Have whoever decides again read the rows as they are now."""

    def refused(_: Item | None) -> Exception:
        recent.drop(keys(of))
        return Stale()

    return refused
