"""Lanes: the share of the bank's consumers that a channel has, and whose lines are next in it.

A channel's chunks lie in `LANES` lanes, and each lane takes one turn at a time, so that no more of a channel
stands on the queue, however much it brings. In a lane the accounts come round one after another, and the
batches of an account follow each other as they were announced.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from bank import ids

# All lines of a batch debit one account: more at once would only meet each other there.
LANES = 4
# So many chunks are paid in a turn: half of what its function has time for, when all is slow.
TURN_CHUNKS = 2
# The queue gives a message five times in ten minutes: what has not moved for longer has none, as after tables
# were restored that are older than the queue.
LOST_AFTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Lane:
    """State of a lane: the turns that began, ended and were called last, by number.

    A message on the queue calls a turn. `after` is the account that was served last, `at` the instant of the
    last change.
    """

    begun: int = 0
    holder: str = ""
    ended: int = 0
    called: int = 0
    after: str = ""
    at: str = ""

    @property
    def rests(self) -> bool:
        """Return whether no turn is under way."""
        return self.ended == self.begun

    @property
    def is_quiet(self) -> bool:
        """Return whether none is called either: who brings work has to call the next."""
        return self.rests and self.called <= self.begun

    def is_lost(self, since: str) -> bool:
        """Return whether a turn is under way or called of which nothing was heard since that instant."""
        return self.at < since and not self.is_quiet

    def given_up(self) -> "Lane":
        """The lane once a turn is given up that was lost: its message is nobody's any more."""
        return replace(self, holder="", ended=self.begun, called=self.begun)


class Step(Enum):
    """Use of a message for a turn."""

    BEGIN = "nobody has begun the turn"
    RESUME = "it began the turn before, and broke off or is repeated"
    PASS_ON = "it has ended the turn, and maybe not sent the next"
    DROP = "the turn is another's, or long over"


def step_of(lane: Lane, number: int, holder: str) -> Step:
    """Judge the message of `holder` for the turn `number`."""
    if number == lane.begun + 1 and lane.rests:
        return Step.BEGIN
    if (number, holder) != (lane.begun, lane.holder):
        return Step.DROP
    return Step.PASS_ON if lane.rests else Step.RESUME


def first_chunks(batch_id: str, count: int) -> Mapping[int, int]:
    """The first of a batch's `count` chunks in each of its lanes; every `LANES`-th after it lies there too.

    Batches begin in different lanes, so that small ones spread.
    """
    begins = ids.shard(batch_id, LANES)
    return {(begins + chunk) % LANES: chunk for chunk in range(1, min(count, LANES) + 1)}
