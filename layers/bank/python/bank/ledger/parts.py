"""Parts of an account: the rows that keep its balance. Pure.

Most accounts have one row, of their own id. Where many book at once, one row with a version lets only one of
them through at a time; so the bank's own accounts, and settlement accounts that take in much, have further
rows `<account id>~<number>`, and the account's balance is the sum of all. Journals, holds and callers name
accounts, never parts; no id that a caller may send has this sign.
"""

from collections.abc import Iterable

from bank.ledger.velocity import MINUTE, NONE, WINDOWS, Velocity, VelocityCounter

SEPARATOR = "~"
MOST = 32
# Credits in the running minute for which one row is enough: ten a second, a few of which meet.
PER_MINUTE = 600


def row_id(account_id: str, number: int) -> str:
    """The id of an account's `number`-th row; row 0 is the account's own."""
    return f"{account_id}{SEPARATOR}{number}" if number else account_id


def account_of(row: str) -> str:
    """The id of the account that a row (by id) keeps a part of."""
    return row.partition(SEPARATOR)[0]


def number_of(row: str) -> int:
    """Return which of its account's rows one is, by its id."""
    return int(row.partition(SEPARATOR)[2] or 0)


def is_further(row: str) -> bool:
    """Return whether a row is a further part, and not an account's own."""
    return SEPARATOR in row


def wanted(credits: int) -> int:
    """Return how many parts an account needs that took in `credits` in the running minute: a power of two."""
    count = 1
    while count < MOST and credits > count * PER_MINUTE:
        count *= 2
    return count


def velocity(velocities: Iterable[Velocity]) -> Velocity:
    """The velocity of an account of several rows: the sum of theirs, as of the latest of their minutes."""
    found = list(velocities)
    latest = max(each.minute for each in found)
    moved = [each.at(latest * MINUTE) for each in found]

    def total(side: str, window: str) -> VelocityCounter:
        return sum((getattr(each, side)[window] for each in moved), NONE)

    return Velocity(
        latest,
        sum((each.in_minute for each in moved), NONE),
        {window: total("current", window) for window in WINDOWS},
        {window: total("before", window) for window in WINDOWS},
    )
