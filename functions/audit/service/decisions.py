"""Finding decisions on money: they stand in the chain alone, a hundred and more in one item.

A day's blocks are read from the newest back. Who asks knows the day: the record that was decided on says it.
"""

from dataclasses import dataclass
from typing import Any

from audit.domain import Entry
from audit.service import entries
from audit.tables import BLOCK, BlockRow
from bank import store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership, Principal

# What one request reads at most; a page that met so much goes on with its cursor.
READ_BYTES = 2 * 1024 * 1024
END = "~"


@dataclass(frozen=True)
class Wanted:
    """Filter of a day's decisions: by subject and type; before the place `after` (`block#...#0001`)."""

    day: str
    subject: str | None
    type: str | None
    after: str | None
    limit: int

    def fits(self, entry: Entry) -> bool:
        """Return whether it is what was asked for."""
        return (
            entry.get("what") == entries.DECISION
            and self.subject in (None, entry["subject"])
            and self.type in (None, entry["type"])
        )


def list_decisions(*, principal: Principal, wanted: Wanted) -> tuple[list[Entry], str | None]:
    """A page of decisions, newest block first, and the place to go on after."""
    found: list[Entry] = []
    read, last = 0, None
    condition = BlockRow.record.between(BLOCK, (wanted.after or BLOCK + END).rsplit("#", 1)[0] + END)
    for row in store.query(BlockRow, wanted.day, condition, newest_first=True, consistent=False):
        block = row.to_domain()
        if read and read + len(block.packed) > READ_BYTES:
            return found, last
        read += len(block.packed)
        for position, entry in reversed(list(enumerate(block.entries))):
            place = f"{row.record}#{position:04d}"
            if wanted.after and place >= wanted.after:
                continue
            if len(found) == wanted.limit:
                return found, last
            last = place
            if wanted.fits(entry) and principal.sees(ownership(entry["data"])):
                found.append(entry)
    return found, None


def ownership(data: dict[str, Any]) -> Ownership:
    """Return a decision's ownership as its event has it; without a unit it is the head office's."""
    return Ownership(
        str(data.get("client_id") or ""),
        str(data.get("unit_id") or HEAD_OFFICE),
        str(data.get("customer_id") or ""),
    )
