"""What the tests of the ledger start from: accounts, journals, a clock, and a ledger of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from bank import clock, events, ledger, store
from bank.ledger import AccountRow, Hold, HoldRow, Journal, JournalRow, Kind, Limits, Status, expiry, holds
from bank.ledger.tables import WIDE_SHARDS, EntryRow, open_partitions
from bank.store import TableT, Transaction, retries
from tests.support import embedded

FEES, FUNDING = ledger.internal("fees", "CNY"), ledger.internal("funding", "CNY")
NOON = datetime(2026, 1, 30, 4, tzinfo=UTC)

_numbers = count(1)


class Clock:
    """A clock that stands still until a test moves it; it starts at noon of 30 January 2026 in Shanghai."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> str:
        """Move on by what `timedelta` takes; the instant it is then."""
        self.moment += timedelta(**by)
        return clock.instant(self.moment)


class Books:
    """A ledger: its tables, their streams as the accounts room wires them, and its time."""

    def __init__(self) -> None:
        self.time = Clock()
        self._read = {JournalRow: 0, AccountRow: 0}

    def settle(self) -> None:
        """Apply every journal and write every statement row that has not been yet."""
        self.apply()
        self.state()

    def apply(self) -> None:
        """Apply every journal that has not been yet."""
        ledger.applier.apply(new.to_domain() for _, new in self._changes(JournalRow) if new)

    def state(self) -> None:
        """Write every statement row that has not been yet."""
        changes = [(old, new) for old, new in self._changes(AccountRow) if old and new]
        store.put_many([row for change in changes for row in ledger.statements.rows_of_change(*change)])

    def lose(self, model: type[JournalRow] | type[AccountRow]) -> list[dict[str, Any]]:
        """Pass over all that the stream of a table has; the records that nobody took."""
        records = embedded.change_records(model.Meta.table_name, self._read[model])
        self._read[model] += len(records)
        return records

    def _changes(self, model: type[TableT]) -> list[tuple[TableT | None, TableT | None]]:
        records = embedded.change_records(model.Meta.table_name, self._read[model])
        self._read[model] += len(records)
        return [events.change(record, model) for record in records]


@contextmanager
def a_ledger() -> Iterator[Books]:
    """An empty ledger. Not on moto, whose streams tell of transactions that were refused."""
    global _numbers
    _numbers, books = count(1), Books()
    with pytest.MonkeyPatch.context() as environment, embedded.cloud(), clock.source(books.time):
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        # Nobody else is about for whom to wait.
        environment.setattr(retries, "pause", lambda attempt: None)
        yield books


def name(prefix: str) -> str:
    """An id that no other has; later ones sort later."""
    return f"{prefix}_{next(_numbers):06d}"


def wallet(balance: int = 0, limits: Limits | None = None) -> str:
    """A wallet with `balance` on it."""
    account_id = _opened("wal", Kind.WALLET, limits)
    if balance:
        post({account_id: balance, FUNDING: -balance}, kind="deposit")
    return account_id


def settlement() -> str:
    """A settlement account at zero."""
    return _opened("stl", Kind.SETTLEMENT, None)


def _opened(prefix: str, kind: Kind, limits: Limits | None) -> str:
    row = ledger.accounts.new_row(
        account_id=name(prefix), owner_id="cus_1", kind=kind, currency="CNY", limits=limits
    )
    return ledger.accounts.open_account(row)[0].account_id


def change_status(account_id: str, status: Status) -> None:
    """Freeze, unfreeze or close an account, as a channel does."""
    row, transaction = ledger.accounts.find(account_id), Transaction()
    if status is Status.CLOSED:
        ledger.accounts.close(transaction, row, reason="asked for")
    else:
        freezes = {"channel": ""} if status is Status.FROZEN else {}
        ledger.accounts.set_freezes(transaction, row, freezes, reason="asked for")
    transaction.commit()


def journal(
    amounts: dict[str, int], kind: str = "payment", booked_at: str | None = None, wide: bool = False
) -> Journal:
    """A journal of now, in yuan."""
    number = name("jrn")
    return ledger.journal(
        number,
        kind=kind,
        reference=f"for {number}",
        currency="CNY",
        amounts=amounts,
        booked_at=booked_at or clock.instant(),
        wide=wide,
    )


def post(
    amounts: dict[str, int],
    kind: str = "payment",
    spending: frozenset[str] = frozenset(),
    wide: bool = False,
) -> Journal:
    """Post a journal of now in a transaction of its own."""
    transaction, made = Transaction(), journal(amounts, kind, wide=wide)
    ledger.post(transaction, made, read(made), made_by="cli_1", spending=spending)
    transaction.commit()
    return made


def read(made: Journal) -> dict[str, ledger.Account]:
    """The accounts that posting a journal asks for."""
    found = store.get_many([(AccountRow, leg.account_id) for leg in made.legs if leg.immediate])
    return ledger.accounts.by_id(ledger.rows.wholes(found))


def account(account_id: str) -> ledger.Account:
    """An account as it is now."""
    return ledger.accounts.find(account_id).to_domain()


def hold(
    account_id: str,
    amount: int,
    *,
    expires_at: str,
    hold_id: str = "",
    payee: str = "",
    reference: str = "",
) -> Hold:
    """A hold that has been placed: for `payee`, or as release 0.1 placed them, for nobody named."""
    transaction, hold_id = Transaction(), hold_id or name("hld")
    holds.place(
        transaction,
        hold_id=hold_id,
        account=account(account_id),
        amount=amount,
        payee_account_id=payee,
        expires_at=expires_at,
        reference=reference or f"pay_{hold_id[4:]}",
    )
    transaction.commit()
    return as_stored(hold_id)


def as_stored(hold_id: str) -> Hold:
    """A hold as it is now."""
    row = store.get(HoldRow, hold_id)
    assert row is not None
    return row.to_domain()


def capture(held: Hold, amounts: dict[str, int]) -> Transaction:
    """The transaction that would capture a hold by a journal of now."""
    transaction, made = Transaction(), journal(amounts, "capture")
    holds.capture(transaction, held, made, read(made), made_by="cli_1", partly=True)
    return transaction


def release(held: Hold, status: ledger.HoldStatus) -> Transaction:
    """The transaction that would void or expire a hold now."""
    transaction = Transaction()
    holds.release(transaction, [held], account(held.account_id), status, clock.instant())
    return transaction


def open_holds(at: str) -> set[str]:
    """Ids of the holds whose time is over at an instant, as the index has them."""
    return {row.hold_id for partition in open_partitions("pay") for row in expiry.due(partition, at)}


def postings(account_id: str) -> list[EntryRow]:
    """Every step of an account's balance, row by row, oldest first."""
    return list(ledger.statements.postings(ledger.accounts.find(account_id)))


def own_entries(account_id: str) -> list[EntryRow]:
    """An account's entries journal by journal, oldest first."""
    found = [
        row
        for shard in range(WIDE_SHARDS)
        for row in EntryRow.query(f"{account_id}#e{shard}", consistent_read=True)
    ]
    return sorted(found, key=lambda row: row.entry_key)
