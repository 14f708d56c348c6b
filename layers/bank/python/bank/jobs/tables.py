"""Runs of jobs and their parts. A run costs one query and two writes, a part one read and one write.

| access | key |
|---|---|
| runs of a job, newest first | `job-runs`: job, then planned instant and attempt |
| attempts of one run | the same, by the planned instant |
| parts of a run that are done | `job-parts`: run and shard, then part; 16 queries |
"""

from datetime import datetime
from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from bank import clock
from bank.store import Table, table_name

# So that many parts may end at once: 16,000 a second.
PART_SHARDS = 16


class Status(StrEnum):
    """States of a run. One that died stays `running` beyond its `ends_by`."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNFINISHED = "unfinished"


class JobRunRow(Table):
    """One attempt at a run: a run is a job and the instant it was planned for."""

    class Meta:
        table_name = table_name("job-runs")

    job = UnicodeAttribute(hash_key=True)
    # `2026-11-29T18:00:00.000000Z#0001`: planned instant and attempt.
    run = UnicodeAttribute(range_key=True)
    status = UnicodeAttribute()
    # `schedule`, `hand` (called without a plan) or the member of staff who had it repeated.
    by = UnicodeAttribute()
    # Of the request to repeat it, and why.
    repeat_id = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    started_at = UnicodeAttribute()
    # From then on a run that still says `running` is dead.
    ends_by = UnicodeAttribute()
    finished_at = UnicodeAttribute(null=True)
    # What the handler answered: counts, mostly.
    outcome: JSONAttribute = JSONAttribute(null=True)
    # The error's type and the request that logged it; its text may name people.
    error = UnicodeAttribute(null=True)
    # Of a run that fans out: parts that it planned itself, those that parts planned not counted.
    parts = NumberAttribute(null=True)
    purge_at = NumberAttribute()

    @property
    def planned(self) -> str:
        """The instant that the run was planned for."""
        return self.run.partition("#")[0]

    @property
    def attempt(self) -> int:
        """1 for the first."""
        return int(self.run.partition("#")[2])

    def runs_at(self, moment: datetime) -> bool:
        """True while it is under way: it has not ended, and its time is not over."""
        return self.status == Status.RUNNING.value and clock.parse(self.ends_by) > moment


class JobPartRow(Table):
    """A part of a run that is done: the mark that it is, so that it is not done twice."""

    class Meta:
        table_name = table_name("job-parts")

    # `merchants.settlement#2026-11-29T18:00:00.000000Z#07`
    run_shard = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    # Planned by another part, and not by the run.
    is_further = BooleanAttribute(default=False)
    # Names of the parts that this one planned besides. Marks of before had their number as `further`.
    further: JSONAttribute = JSONAttribute(attr_name="further_parts", default=list)
    counts: JSONAttribute = JSONAttribute()
    done_at = UnicodeAttribute()
    purge_at = NumberAttribute()
