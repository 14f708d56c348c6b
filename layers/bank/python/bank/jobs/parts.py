"""Parts of a run that fans out over a queue: each done once, and the run once all are.

The scheduled handler puts messages on a queue, each with the run (`str(jobs.current())`) and a part's name,
and answers `FannedOut`. The queue's consumer does each part in `do_part`, which marks it. Progress is derived
from the marks, which lie in shards: no row is shared by parts that end at once. `close` ends the run, and is
called by the watchdog of the room `operations` for each run under way, every few minutes.

Marks count parts and sum them up; what keeps money from moving twice is the record of the movement, as
everywhere: a part that dies before its mark is done again. Names of parts follow from what they are about (a
shard, a place in a list): planned again, they are the same. Some 20,000 parts a run are read in seconds.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from bank import clock, store
from bank.jobs.runs import RunKey
from bank.jobs.tables import PART_SHARDS, JobPartRow, JobRunRow, Status
from bank.observability import logger

# Their sums stand in the run's row for longer.
MARK_KEPT = timedelta(days=35)


@dataclass(frozen=True)
class PartDone:
    """Counts of what a part did, and the names of the `further` parts that it has put on the queue."""

    counts: dict[str, int] = field(default_factory=dict)
    further: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """Parts that a run has and those that are done, with the sums of their counts."""

    planned: int
    done: int
    counts: dict[str, int]

    @property
    def complete(self) -> bool:
        """True once nothing is left to do."""
        return self.done >= self.planned


def do_part(run: RunKey, part: str, work: Callable[[], PartDone], *, further: bool = False) -> bool:
    """Do a part and mark it as done; False where it has been. `further` is one that another part planned.

    What `work` raises goes on, so that the message is delivered again.
    """
    key = _shard(run, part)
    if store.get(JobPartRow, key, part) is not None:
        logger.info("part is done already", run=str(run), part=part)
        return False
    done = work()
    now = clock.now()
    mark = JobPartRow(
        run_shard=key,
        part=part,
        is_further=further,
        further=list(done.further),
        counts=done.counts,
        done_at=clock.instant(now),
        purge_at=int((now + MARK_KEPT).timestamp()),
    )
    # Where two did it at once, the first counts: the second found it done.
    return store.put_new(mark)


def progress(row: JobRunRow) -> Progress:
    """Look through the parts of a run that has fanned out.

    A further part counts once the part that planned it is done: it may be quicker than that one's mark, and
    would stand for it otherwise.
    """
    own, further, planned, counts = 0, set[str](), set[str](), Counter[str]()
    for mark in _marks(RunKey(row.job, row.planned)):
        if mark.is_further:
            further.add(mark.part)
        else:
            own += 1
        planned.update(mark.further)
        counts.update(mark.counts)
    return Progress(int(row.parts or 0) + len(planned), own + len(planned & further), dict(counts))


def counts_of(run: RunKey, parts: Collection[str]) -> dict[str, int] | None:
    """Return the sums of what these parts and all that they planned have counted; None unless all are done.

    For runs in stages: who does a part asks it after its mark, so that whoever ends a stage begins the next.
    """
    marks = {mark.part: mark for mark in _marks(run)}
    waiting, counts = list(parts), Counter[str]()
    while waiting:
        mark = marks.get(waiting.pop())
        if mark is None:
            return None
        counts.update(mark.counts)
        waiting += mark.further
    return dict(counts)


def _marks(run: RunKey) -> Iterator[JobPartRow]:
    """The marks of all parts of a run. 16 queries."""
    for shard in range(PART_SHARDS):
        yield from store.query(JobPartRow, f"{run}#{shard:02}")


def close(row: JobRunRow) -> Progress:
    """End the run if all of its parts are done: `done`, with their counts. Twice is as once."""
    found = progress(row)
    if found.complete and row.status == Status.RUNNING.value:
        row.update(
            actions=[
                JobRunRow.status.set(Status.DONE.value),
                JobRunRow.finished_at.set(clock.instant()),
                JobRunRow.outcome.set({**(row.outcome or {}), **found.counts}),
            ]
        )
        logger.info("all parts are done", job=row.job, run=row.run, parts=found.done)
    return found


def _shard(run: RunKey, part: str) -> str:
    """The key of the shard that the part's mark lies in."""
    return f"{run}#{int(sha256(part.encode()).hexdigest(), 16) % PART_SHARDS:02}"
