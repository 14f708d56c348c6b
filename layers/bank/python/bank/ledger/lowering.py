"""Lowered limits: for some time little leaves an account, whoever asks and however it is confirmed.

After a reset of somebody's credentials nobody knows yet whether it was they. So the room that resets lowers,
in the same transaction, what may leave their wallets in any 24 hours: payments, transfers, withdrawals, lines
of batches and holds, with a payment token as without. A hold counts when it is placed, and what was spent
before the limit was lowered counts as well. Nothing lifts it but time.
"""

from datetime import datetime

from pynamodb.expressions.condition import Condition

from bank import clock, store
from bank.ledger.domain import Account, Kind
from bank.ledger.tables import AccountRow
from bank.ledger.velocity import Lowered
from bank.store import Transaction


def lower(transaction: Transaction, row: AccountRow, *, until: datetime, per_day: int) -> Lowered:
    """Let at most `per_day` minor units leave a wallet that was read in any 24 hours until `until`.

    In the caller's transaction, which is refused where the limit was lowered meanwhile (Stale). Lowered
    already, it keeps the later end and the lower amount. Returns what counts from now on.
    """
    assert row.kind == Kind.WALLET.value, "velocity is counted of wallets"
    read, wanted = row.lowered, Lowered(int(until.timestamp()), per_day)
    now = read.and_lower(wanted, int(clock.now().timestamp())) if read else wanted
    transaction.update(
        (AccountRow, row.account_id),
        [AccountRow.lowered_until.set(now.until), AccountRow.lowered_per_day.set(now.per_day)],
        AccountRow.account_id.exists() & as_read(read),
        store.stale,
    )
    return now


def as_read(lowered: Lowered | None) -> Condition:
    """The limit is as it was read: part of every write that spends."""
    if lowered is None:
        absent: Condition = AccountRow.lowered_until.does_not_exist()
        return absent
    unchanged: Condition = AccountRow.lowered_until == lowered.until
    unchanged &= AccountRow.lowered_per_day == lowered.per_day
    return unchanged


def now(account: Account) -> Lowered | None:
    """The lowered limit that counts now, if one does."""
    counts = account.lowered and account.lowered.binds(int(clock.now().timestamp()))
    return account.lowered if counts else None
