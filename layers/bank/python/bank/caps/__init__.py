"""Caps: so many units and so much money, in all and of a business day, however many take from them at once.

A cap is split over shards, rows with a key each, and whoever takes from it does so in the transaction of what
it is taken for, under the condition that so much is left:

    rows = store.get_many(caps.keys(cap, customer_id))
    taken = caps.take(transaction, cap, rows, units=1, amount=500, at=clock.now(), by=customer_id)

and keeps `taken.pack()`, from which `give_back` returns it once. That is two write units a cap, unless no
shard alone has enough. A cap is opened by nobody: it is an id and bounds, and rows come with what is taken.
Other bounds under the same id raise it. What was taken is remembered for `store.recent.SECONDS`: what came
back since is had after so long at most, what is gone since makes the use case decide again
(`store.retry_on_conflict`). A transaction changes a cap once.
"""

from bank.caps.domain import MOST_SHARDS, Bounds, Cap, Counts, Part, Taken, shards_for, unpack
from bank.caps.refusals import BudgetUsedUp, BudgetUsedUpToday, CapTooLow, SoldOut, SoldOutToday
from bank.caps.tables import CapRow, keys, remembered
from bank.caps.taking import give_back, left, lower, take

__all__ = [
    "MOST_SHARDS",
    "Bounds",
    "BudgetUsedUp",
    "BudgetUsedUpToday",
    "Cap",
    "CapRow",
    "CapTooLow",
    "Counts",
    "Part",
    "SoldOut",
    "SoldOutToday",
    "Taken",
    "give_back",
    "keys",
    "left",
    "lower",
    "remembered",
    "shards_for",
    "take",
    "unpack",
]
