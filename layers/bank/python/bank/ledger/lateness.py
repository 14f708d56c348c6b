"""Lateness of what the streams' consumers write: late for a day, then lost; corrupt is what contradicts.

A journal's deferred legs follow from its stream, in one transaction with its mark; statements follow from the
accounts' stream, each row's steps in order. So a consumer that is behind leaves journals without a mark, and
rows whose last steps have no posting yet. It leaves nothing else: no leg without its mark, no mark without
its leg, no gap between two postings, no end that does not add up. Pure.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bank import clock
from bank.ledger.domain import Journal

# What is younger is on its way, and not even counted.
IN_FLIGHT = timedelta(minutes=1)
# A stream forgets after 24 hours.
LOST_AFTER = timedelta(hours=24)


class Standing(StrEnum):
    """Standing of what should be there and is not. `CORRUPT`: no lateness explains it, at whatever age."""

    ON_ITS_WAY = "on_its_way"
    LATE = "late"
    LOST = "lost"
    CORRUPT = "corrupt"


def standing(since: str, now: datetime) -> Standing:
    """Standing of what should have followed from something that was booked at the instant `since`."""
    age = now - clock.parse(since)
    if age <= IN_FLIGHT:
        return Standing.ON_ITS_WAY
    return Standing.LATE if age <= LOST_AFTER else Standing.LOST


def contradicted(
    journal: Journal, unmet: Mapping[str, int], *, marked: bool, behind: Collection[str]
) -> set[str]:
    """Return the accounts of those legs among the `unmet` that no lateness explains.

    `unmet` is what of each leg was not found booked, by account; `marked`, that the journal's mark stands;
    `behind` are the accounts whose last postings are missing. Deferred legs are booked together and with the
    mark: either none is and it does not stand, or all are and it does.
    """
    deferred = {leg.account_id: leg.amount for leg in journal.deferred}
    waits = not marked and all(unmet.get(account_id) == amount for account_id, amount in deferred.items())
    return {each for each in unmet if not (waits if each in deferred else each in behind)}


@dataclass(frozen=True)
class Tail:
    """Steps at the end of an account whose postings are missing: how many, and the amount that they moved."""

    steps: int
    amount: int

    def follows(self, amounts: Collection[int], *, single: bool) -> bool:
        """Return whether it is made of legs and entries of these `amounts`. `single`: one in each step."""
        return sum(amounts) == self.amount and (not single or len(amounts) == self.steps)
