"""Job runs: one record of every run of every scheduled job, and of its parts where it fans out over a queue.

A job is a handler that a schedule calls, named by room and handler: `accounts.app.on_review_expiry` is
`accounts.review-expiry`. `recorded` around the handler is all that a room does; the room `operations` shows
the runs, has them repeated and wakes people where a job has no good run in time.
"""

from bank.jobs.parts import PartDone, Progress, close, counts_of, do_part, progress
from bank.jobs.runs import FannedOut, RunKey, Unfinished, current, recorded
from bank.jobs.tables import JobPartRow, JobRunRow, Status

__all__ = [
    "FannedOut",
    "JobPartRow",
    "JobRunRow",
    "PartDone",
    "Progress",
    "RunKey",
    "Status",
    "Unfinished",
    "close",
    "counts_of",
    "current",
    "do_part",
    "progress",
    "recorded",
]
