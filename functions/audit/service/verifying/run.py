"""State of a run of the verification: what it has met, and what is not as it was written."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from audit.domain import Entry
from bank import clock

# An entry that is not chained after so long was put into the table, or its delivery fails.
LATE = timedelta(minutes=10)
# A head that is not anchored after so long: the job, every five minutes, has missed it thrice.
UNANCHORED = timedelta(minutes=15)
# How far the clocks of two processes may be apart.
CLOCK_SKEW = timedelta(minutes=1)


@dataclass
class Run:
    """State of one run. Instants as `clock.instant` writes them."""

    started: str
    late: str
    unanchored: str
    latest: str
    blocks: int = 0
    entries: int = 0
    anchors: int = 0
    chained: set[str] = field(default_factory=set)
    # The decisions on money that are compared with what came of them.
    decisions: list[Entry] = field(default_factory=list)
    differences: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def started_at(cls, now: datetime) -> "Run":
        """A run that has met nothing yet."""
        return cls(
            started=clock.instant(now),
            late=clock.instant(now - LATE),
            unanchored=clock.instant(now - UNANCHORED),
            latest=clock.instant(now + CLOCK_SKEW),
        )

    def differs(self, what: str, name: str, detail: str) -> None:
        """Something is not as it was written."""
        self.differences.append({"what": what, "id": name, "detail": detail})
