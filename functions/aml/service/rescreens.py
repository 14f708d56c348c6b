"""Screening everybody again: daily, and when a list changes. By shard, in stretches, each its own message.

A run that is stopped goes on from the message that was not taken; a message that is taken twice screens
twice, to the same end: only what is new makes a screening.
"""

from aml import tables
from aml.adapters import queue
from aml.adapters.queue import Stretch
from aml.domain.outcomes import Trigger
from aml.service import lists, screening
from bank import store
from bank.observability import logger

STRETCH = 100


def begin(*, trigger: Trigger, at: str) -> int:
    """Queue the first stretch of every shard; how many."""
    stretches = [Stretch(shard=shard, run=f"{trigger.value}#{at}") for shard in tables.shards()]
    queue.send(stretches)
    return len(stretches)


def take(*, stretch: Stretch) -> None:
    """Screen one stretch again, and queue the next."""
    trigger = Trigger(stretch.run.split("#")[0])
    lists.forget()
    try:
        live = lists.live()
    except lists.NoList:
        return
    subjects = tables.stretch(stretch.shard, stretch.after, STRETCH)
    news = sum(_again(subject.subject_id, live, trigger) for subject in subjects)
    if len(subjects) == STRETCH:
        queue.send([stretch.model_copy(update={"after": subjects[-1].subject_id})])
    logger.info("screened again", shard=stretch.shard, run=stretch.run, subjects=len(subjects), news=news)


def _again(subject_id: str, live: lists.Live, trigger: Trigger) -> bool:
    def act() -> bool:
        known = tables.subject(subject_id)
        return (
            known is not None
            and not known.closed_at
            and screening.again(known=known, live=live, trigger=trigger)
        )

    try:
        return store.retry_on_conflict(act)
    except store.AlreadyExists:
        # Another delivery of this stretch was here in between.
        return False


def take_message(body: str) -> None:
    """One message of the queue."""
    take(stretch=Stretch.model_validate_json(body))
