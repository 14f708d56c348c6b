"""Choices that the handlers make anew each time: which part of an account, for which journals, in which lane.

Few are traced, and played again and again they would meet where real ones do not.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from audit.domain import LANES, lane_day
from bank.ledger import parts
from bank.ledger.tables import WIDE_SHARDS
from bench.capacity.trace import Call, Use

# The number of a part of an account that has several, and of a partition of entries.
PART, ENTRIES = re.compile(r"(?<=~)\d+"), re.compile(r"(?<=#e)\d+")
# A day of a lane of the audit trail: each process of the appender has a lane of its own.
LANE = re.compile(r"(?<=audit-chain )(\d{4}-\d\d-\d\d)(?:~\d\d)?")


def steps(calls: list[Call]) -> Iterator[list[Call]]:
    """Steps of a batch, each what is read and then written: one that is refused is made again alone."""
    step: list[Call] = []
    for call in calls:
        step.append(call)
        if call.writes:
            yield step
            step = []
    if step:
        yield step


def of(calls: list[Call]) -> list[list[Call]]:
    """The same calls on each part that they could have chosen of an account of several, or in each lane."""
    written = [use.key for call in calls for use in call.uses if use.writes]
    if any(map(LANE.search, written)):
        return [_moved(calls, _to_lane(lane)) for lane in range(LANES)]
    chosen = {found[0] for key in written for found in PART.finditer(key)}
    if chosen:
        return [_moved(calls, _to_part(chosen, number)) for number in range(1, parts.MOST)]
    return [calls]


def _to_lane(lane: int) -> Callable[[str], str]:
    return lambda key: LANE.sub(lambda found: lane_day(found[1], lane), key)


def _to_part(chosen: set[str], number: int) -> Callable[[str], str]:
    """Another part, for other journals, whose entries lie in other partitions."""

    def moved(key: str) -> str:
        key = PART.sub(lambda found: str(number) if found[0] in chosen else found[0], key)
        return ENTRIES.sub(lambda found: str((int(found[0]) + number) % WIDE_SHARDS), key)

    return moved


def _moved(calls: list[Call], moved: Callable[[str], str]) -> list[Call]:
    """The calls on other keys."""

    def other(use: Use) -> Use:
        return replace(use, key=moved(use.key), item=moved(use.item))

    return [replace(call, uses=tuple(map(other, call.uses))) for call in calls]
