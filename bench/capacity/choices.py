"""Choices that the handlers make anew each time: which part of an account, for which journals.

Few are traced, and played again and again they would meet where real ones do not.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from bank.ledger import parts
from bank.ledger.tables import WIDE_SHARDS
from bench.capacity.trace import Call, Use

# The number of a part of an account that has several, and of a partition of entries.
PART, ENTRIES = re.compile(r"(?<=~)\d+"), re.compile(r"(?<=#e)\d+")


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
    """The same calls on each part that they could have chosen of an account of several."""
    written = (use.key for call in calls for use in call.uses if use.writes)
    chosen = {found[0] for key in written for found in PART.finditer(key)}
    return [_moved(calls, chosen, number) for number in range(1, parts.MOST)] if chosen else [calls]


def _moved(calls: list[Call], chosen: set[str], number: int) -> list[Call]:
    """The calls on another part, for other journals, whose entries lie in other partitions."""

    def moved(key: str) -> str:
        key = PART.sub(lambda found: str(number) if found[0] in chosen else found[0], key)
        return ENTRIES.sub(lambda found: str((int(found[0]) + number) % WIDE_SHARDS), key)

    def other(use: Use) -> Use:
        return replace(use, key=moved(use.key), item=moved(use.item))

    return [replace(call, uses=tuple(map(other, call.uses))) for call in calls]
