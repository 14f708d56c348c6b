"""Takers of a cap, as use cases are: they read, decide, commit, and once more where the cap has changed."""

from collections.abc import Iterator
from contextlib import contextmanager

from bank import caps, clock, store
from bank.caps import Bounds, Cap, Taken
from bank.store import Stale, Transaction, recent
from tests.support import mocked
from tests.unit.bank.ledger.given import Clock

# Who was overtaken reads anew, so that nobody is who decides again while others rest.
TRIES = 2


@contextmanager
def a_bank() -> Iterator[Clock]:
    """Empty tables, and a clock that stands still."""
    time = Clock()
    with mocked.cloud(), clock.source(time):
        yield time


def a_cap(shards: int = 1, /, **bounds: int) -> Cap:
    """A cap of these bounds, of which nothing is taken yet."""
    return Cap("ben_1", Bounds(**bounds), shards)


def ready(cap: Cap, units: int = 1, amount: int = 0, *, by: str = "cus_1") -> tuple[Transaction, Taken]:
    """A transaction that takes, decided on what is known now, and what it takes."""
    transaction, rows = Transaction(), store.get_many(caps.keys(cap, by))
    return transaction, caps.take(transaction, cap, rows, units=units, amount=amount, at=clock.now(), by=by)


def take(cap: Cap, units: int = 1, amount: int = 0, *, by: str = "cus_1") -> Taken:
    """What was taken. Raises SoldOut."""
    for _ in range(TRIES):
        transaction, taken = ready(cap, units, amount, by=by)
        if committed(transaction):
            return taken
    raise AssertionError("who decides again reads what is there now")


def give_back(taken: Taken) -> None:
    """Give all of it back."""
    for _ in range(TRIES):
        transaction = Transaction()
        caps.give_back(transaction, taken, store.get_many(caps.keys(taken)))
        if committed(transaction):
            return
    raise AssertionError("who decides again reads what is there now")


def lower(cap: Cap, units: int = 0, amount: int = 0) -> Taken:
    """What nobody may take any more. Raises CapTooLow."""
    for _ in range(TRIES):
        transaction, rows = Transaction(), store.get_many(caps.keys(cap))
        kept = caps.lower(transaction, cap, rows, units=units, amount=amount, at=clock.now())
        if committed(transaction):
            return kept
    raise AssertionError("who decides again reads what is there now")


def committed(transaction: Transaction) -> bool:
    """Whether it happened, and was not Stale."""
    try:
        if len(transaction):
            transaction.commit()
    except Stale:
        return False
    return True


def another_process() -> None:
    """Go on as a process that has read nothing yet."""
    recent.forget()


def left(cap: Cap) -> Bounds:
    """What is left, as of now and whatever is remembered."""
    return caps.left(cap, rows(cap), at=clock.now())


def rows(cap: Cap) -> list[caps.CapRow | None]:
    """The rows of all shards as they are."""
    return [store.get(caps.CapRow, key[1]) for key in caps.keys(cap)]
