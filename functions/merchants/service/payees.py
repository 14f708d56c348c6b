"""Merchants as payees: what the room that pays out reads of one, and how those of before become some."""

from typing import Any

from bank import ledger, store
from bank.counterparties.cycles import Cycle
from bank.ledger import AccountRow, PayeeRow
from bank.store import Transaction
from merchants import tables
from merchants.domain import Status
from merchants.tables import MerchantRow, MovedPayoutRow, PayoutRow


def payee(row: MerchantRow) -> PayeeRow:
    """A merchant as the room that pays it out has to know it."""
    return PayeeRow(
        payee_id=row.merchant_id,
        days=Cycle(row.settlement).days,
        stopped=row.status == Status.SUSPENDED,
        bank_account=row.bank_account,
        revision=int(row.revision),
        created_at=row.created_at,
        client_id=row.client_id,
        unit_id=row.unit_id,
    )


def follow(transaction: Transaction, row: MerchantRow, read: PayeeRow | None) -> None:
    """Let the payee that was `read` follow a change of its merchant.

    A merchant of before that is not enrolled yet has none, is not paid out, and has none after it either.
    """
    if read is not None:
        ledger.payees.change(transaction, payee(row))
    else:
        absent = PayeeRow.payee_id.does_not_exist()
        transaction.check((PayeeRow, row.merchant_id), absent, store.stale)


def enrol(merchant_id: str) -> int:
    """Make a payee of a merchant of before; how many payouts of before were moved. Twice is as once.

    First its payouts are there, then its accounts are found, then it is paid out: nothing twice, and nothing
    before its time, wherever this dies.
    """
    paid = tables.payouts(merchant_id)
    store.put_many([_moved(row) for row in paid])
    for account in ledger.accounts.all_of(merchant_id):
        _listed(account)
    store.retry_on_conflict(lambda: _create(merchant_id))
    return len(paid)


def _moved(row: PayoutRow) -> MovedPayoutRow:
    facts: dict[str, Any] = dict(row.attribute_values)
    return MovedPayoutRow(payee_id=facts.pop("merchant_id"), moved=True, **facts)


def _listed(account: AccountRow) -> None:
    """Enter a settlement account of before in the index by which they are paid out.

    One that was closed, while money was on its way maybe, is open again: it is paid out as any other.
    """
    if account.kind == ledger.Kind.SETTLEMENT and account.settlement_shard is None:
        transaction = Transaction()
        shard = ledger.payees.spread(account.account_id, ledger.Kind.SETTLEMENT)
        actions = [AccountRow.settlement_shard.set(shard)]
        if account.status == ledger.Status.CLOSED:
            actions.append(AccountRow.status.set(ledger.Status.ACTIVE.value))
        as_read = AccountRow.status == account.status
        transaction.update((AccountRow, account.account_id), actions, as_read, store.stale)
        transaction.commit()


def _create(merchant_id: str) -> None:
    row = store.get(MerchantRow, merchant_id, tables.MERCHANT)
    if row is None:
        return
    transaction = Transaction()
    transaction.create(payee(row))
    as_read = MerchantRow.revision == int(row.revision)
    transaction.check(tables.key(merchant_id), as_read, store.stale)
    try:
        transaction.commit()
    except store.AlreadyExists:
        return
