"""Payouts: what is due on a settlement account leaves it, once.

A payout's key is decided by what it pays (owner, currency, business date), its row and its journal are one
transaction, and the debit is guarded: so a payout may be tried again, twice at once, or die anywhere, and the
next try pays what is left to pay.
"""

from datetime import date

from bank import calendar, clock, errors, ids, ledger, store
from bank.access.principal import Principal
from bank.counterparties import bank_accounts
from bank.ledger import AccountRow, PayeeRow, statements
from bank.ledger.chart import PAYOUTS
from bank.observability import logger
from settlement import domain, tables
from settlement.tables import PayoutRow

# What can come of an account.
PAID, NOTHING_DUE, ALREADY_PAID = "paid", "nothing_due", "already_paid"
NOT_PAYABLE, REFUSED, FAILED = "not_payable", "refused", "failed"
NO_WORKING_DAY = "no_working_day"
# Names what made a payout, where other journals name who asked.
JOB = "settlement"


class OwnerNotFound(errors.NotFound):
    """404: no such owner of settlement accounts, or not the caller's to see."""

    code = "merchant_not_found"


class SupplierNotFound(errors.NotFound):
    """404: no such supplier, or not the caller's to see."""

    code = "supplier_not_found"


# Owners by the beginning of their ids: each kind is asked for by a route and a scope of its own.
MISSING: dict[str, type[errors.NotFound]] = {"mer_": OwnerNotFound, "sup_": SupplierNotFound}


def list_payouts(
    *, payee_id: str, kind: str, principal: Principal, after: str | None, limit: int
) -> tuple[list[PayoutRow], str | None]:
    """Payouts of an owner of a kind (of MISSING), newest first, and the record to go on after.

    Raises OwnerNotFound, SupplierNotFound.
    """
    missing = MISSING[kind](f"there is no {payee_id}")
    payee = store.get(PayeeRow, payee_id)
    if payee is None or not payee_id.startswith(kind):
        raise missing
    principal.require_sees(payee.ownership, missing)
    rows = tables.payouts(payee_id, before=after or tables.END, limit=limit + 1)
    return store.page(rows, limit, lambda row: row.record)


def pay_out(*, account_id: str, payee_id: str) -> str:
    """Pay out what has matured on an account, as of today's business date; what came of it."""
    today = clock.business_date()
    if not calendar.is_working_day(today):
        return NO_WORKING_DAY
    try:
        return store.retry_on_conflict(lambda: _decide(account_id, payee_id, today))
    except store.AlreadyExists:
        return ALREADY_PAID
    except errors.Refusal as refusal:
        logger.warning("payout refused", account_id=account_id, code=refusal.code)
        return REFUSED


def _decide(account_id: str, payee_id: str, today: date) -> str:
    payee, row = store.get_many([(PayeeRow, payee_id), (AccountRow, account_id)])
    if payee is None or not payee.payable:
        return NOT_PAYABLE
    account, days = ledger.rows.whole(row).to_domain(), int(payee.days)
    record = domain.payout_record(days, today, account.currency, account.version)
    closings = domain.closings(days, today, calendar.previous_working_day)
    earlier = tables.payouts_since(payee_id, closings[0]) if closings else []
    if any(payout.record == record for payout in earlier):
        return ALREADY_PAID
    closed_at = (_balance(row, domain.end_of(day), earlier) for day in closings)
    amount = domain.matured(account.available, closed_at)
    if not amount:
        return NOTHING_DUE
    _book(payee, account, amount, record=record, today=today)
    return PAID


def _balance(account: AccountRow, closing: str, earlier: list[PayoutRow]) -> int:
    """The balance at a closing, less what has been paid out since."""
    since = sum(
        int(payout.amount)
        for payout in earlier
        if payout.currency == account.currency and payout.booked_at > closing
    )
    return statements.balance_as_of(account, closing) - since


def _book(payee: PayeeRow, account: ledger.Account, amount: int, *, record: str, today: date) -> None:
    """The payout, its journal and its debit, on the payee as it was read. Raises Stale and refusals."""
    payout = _payout(payee, account, amount, record=record, today=today)
    journal = ledger.journal(
        payout.journal_id,
        kind="payout",
        reference=payout.payout_id,
        currency=account.currency,
        amounts={account.account_id: -amount, ledger.internal(PAYOUTS, account.currency): amount},
        booked_at=payout.booked_at,
    )
    transaction = store.Transaction()
    transaction.create(payout)
    ledger.payees.unchanged(transaction, payee)
    ledger.post(transaction, journal, {account.account_id: account}, made_by=JOB)
    try:
        transaction.commit()
    except ledger.InsufficientFunds:
        # A refund came between the read and the write.
        raise store.Stale from None


def _payout(payee: PayeeRow, account: ledger.Account, amount: int, *, record: str, today: date) -> PayoutRow:
    payout_id = ids.derived("po", payee.payee_id, record)
    return PayoutRow(
        payee_id=payee.payee_id,
        record=record,
        payout_id=payout_id,
        amount=amount,
        currency=account.currency,
        business_date=today.isoformat(),
        settlement_account_id=account.account_id,
        journal_id="jrn_" + payout_id.split("_", 1)[1],
        bank_account=bank_accounts.shown(payee.bank_account),
        booked_at=clock.instant(),
    )
