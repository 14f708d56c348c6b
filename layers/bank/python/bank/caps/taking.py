"""Takes from caps and gives back, in the transaction of what it is taken for."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bank import store
from bank.caps import domain
from bank.caps.domain import Bounds, Cap, Counts, Part, Taken
from bank.caps.refusals import CapTooLow, sold_out
from bank.caps.tables import CapRow, Rows, day_of, key, keys, lefts, numbers
from bank.caps.updates import Update, anew
from bank.store import Transaction

Read = Sequence[CapRow | None]
# Rows that `lower` changes at most: a transaction has a hundred operations.
MOST_LOWERED = 64


def take(
    transaction: Transaction, cap: Cap, rows: Read, *, units: int = 1, amount: int = 0, at: datetime, by: str
) -> Taken:
    """Take `units` and `amount` (minor units), on the business day of `at`, within the cap's bounds.

    `rows` are those of `keys(cap, by)`, as read; `by` is the id of who takes. Where none of them has enough
    left, all are read, if they were not within seconds. Raises SoldOut, by what was read. Where less is left
    by then, the transaction raises Stale, and what is read again is as it is now.
    """
    if units < 0 or amount < 0:
        raise ValueError("nothing negative is taken")
    wanted, there = cap.counted(units, amount), dict(zip(numbers(cap, by), rows, strict=True))
    day = day_of(there.values(), at)
    if domain.has_alone(wanted, lefts(cap, there, day)) is None and len(there) < cap.shards:
        everything = store.get_many(keys(cap))
        there = {shard: everything[shard] for shard in cap.order(by)}
        day = day_of(everything, at)
    left = lefts(cap, there, day)
    lacking = domain.total(left).lacking(wanted)
    if lacking:
        raise sold_out(lacking, day)
    return _use(transaction, cap, there, domain.divide(wanted, left), day)


def lower(
    transaction: Transaction, cap: Cap, rows: Read, *, units: int = 0, amount: int = 0, at: datetime
) -> Taken:
    """Keep `units` and `amount` (minor units) of a cap from being taken, whatever is taken meanwhile.

    `rows` are those of `keys(cap)`, as read. The caller keeps with the cap what is returned: given back, it
    can be taken again. Of a cap of very many shards it may be less than was asked for; the next transaction
    lowers it by the rest. Raises CapTooLow where less is left; the transaction raises Stale.
    """
    if units < 0 or amount < 0:
        raise ValueError("nothing negative is kept")
    there = dict(enumerate(rows))
    wanted, left = cap.counted(units, amount).in_all(), lefts(cap, there, day_of(rows, at))
    if domain.total(left).lacking(wanted):
        raise CapTooLow
    fullest = domain.fullest(left, MOST_LOWERED)
    some = wanted.at_most(domain.total(fullest))
    return _use(transaction, cap, there, domain.divide(some, fullest), "")


def give_back(transaction: Transaction, taken: Taken, rows: Read) -> None:
    """Give back what was taken, to the shards that it is of.

    That it is given back once is a condition of the caller's, in the same transaction. `rows` are those of
    `keys(taken)`, as read. A day has it back while it lasts. Where that has ended since the row was read, or
    somebody else has given this back, the transaction raises Stale.
    """
    there = dict(zip(numbers(taken), rows, strict=True))
    for part in taken.parts:
        update = Update()
        update.give_back(part, there.get(part.shard))
        update.add(transaction, key(taken.cap_id, part.shard), anew(taken))


def left(cap: Cap, rows: Read, *, at: datetime) -> Bounds:
    """Return what is left of a cap on the business day of `at`, by the rows of `keys(cap)`."""
    return domain.total(lefts(cap, dict(enumerate(rows)), day_of(rows, at)))


def _use(transaction: Transaction, cap: Cap, rows: Rows, divided: Mapping[int, Counts], day: str) -> Taken:
    """Add the changes of these shards to a transaction."""
    for shard, counts in divided.items():
        update = Update()
        update.use(counts, cap.share(shard))
        update.use_day(counts, cap.share(shard), day, rows[shard])
        update.add(transaction, key(cap.cap_id, shard), anew(cap))
    return Taken(cap.cap_id, tuple(Part(shard, day, counts) for shard, counts in divided.items()))
