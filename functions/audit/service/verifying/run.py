"""State of a run of the verification: what it has met, and what is not as it was written."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from audit.service.anchors import Anchored
from bank import clock

# An entry that is not chained after so long was put into the table, or its delivery fails.
LATE = timedelta(minutes=10)
# A head that is not anchored after so long: the job, every five minutes, has missed it thrice.
UNANCHORED = timedelta(minutes=15)
# How far the clocks of two processes may be apart.
CLOCK_SKEW = timedelta(minutes=1)
MAX_DIFFERENCES = 200
# Of a pass, as its report keeps it for the run that goes on with it.
KEPT = ("began_at", "blocks", "entries", "repeats", "anchors", "difference_count", "differences", "links")

# A place within a step of a pass, as JSON: what the step needs to go on from there.
At = dict[str, Any]


@dataclass
class Run:
    """State of one run. Instants as `clock.instant` writes them.

    What it holds does not grow with what it has met: counts, the first differences, a hash for each lane.
    """

    started: str
    late: str
    unanchored: str
    latest: str
    # True once the run's time is over: it stops where it is.
    enough: Callable[[], bool]
    began_at: str
    blocks: int = 0
    entries: int = 0
    # Entries that are chained twice, the same both times, within a day.
    repeats: int = 0
    anchors: int = 0
    difference_count: int = 0
    differences: list[dict[str, str]] = field(default_factory=list)
    # Hash of the last block that was met of each lane (`"7"`).
    links: dict[str, str] = field(default_factory=dict)
    # The day that is verified, and what is anchored of it.
    anchored: tuple[str, Anchored] | None = None

    @classmethod
    def started_at(cls, now: datetime, enough: Callable[[], bool], before: dict[str, Any] | None) -> Self:
        """A run that begins a pass, or goes on with the one of the report `before`."""
        run = cls(
            started=clock.instant(now),
            late=clock.instant(now - LATE),
            unanchored=clock.instant(now - UNANCHORED),
            latest=clock.instant(now + CLOCK_SKEW),
            enough=enough,
            began_at=clock.instant(now),
        )
        for name in KEPT if before else ():
            setattr(run, name, before[name])  # type: ignore[index]
        return run

    def differs(self, what: str, name: str, detail: str) -> None:
        """Something is not as it was written."""
        self.difference_count += 1
        if len(self.differences) < MAX_DIFFERENCES:
            self.differences.append({"what": what, "id": name, "detail": detail})

    def report(self) -> dict[str, Any]:
        """Return what the run's report keeps of it."""
        return {name: getattr(self, name) for name in KEPT}
