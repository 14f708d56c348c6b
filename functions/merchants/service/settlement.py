"""Settlement: what is due to merchants leaves their settlement accounts, once.

Nothing here remembers how far a run came. A payout's key is decided by what it pays (merchant, currency,
business date), its row and its journal are one transaction, and the debit is guarded: so a run may be
repeated, run twice at once, or die anywhere, and the next one pays what is left to pay.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from bank import clock, errors, ids, ledger, store
from bank.ledger import AccountRow, statements
from bank.ledger.chart import PAYOUTS
from bank.observability import logger
from merchants import domain, tables
from merchants.domain import Cycle
from merchants.tables import MerchantRow, PayoutRow, settlement_account_id

# What can come of a merchant or of one of its accounts.
PAID, NOTHING_DUE, ALREADY_PAID = "paid", "nothing_due", "already_paid"
NOT_PAYABLE, REFUSED, FAILED, UNFINISHED = "not_payable", "refused", "failed", "unfinished"
OUTCOMES = (PAID, NOTHING_DUE, ALREADY_PAID, NOT_PAYABLE, REFUSED, FAILED, UNFINISHED)
# Names what made a payout, where other journals name who asked.
JOB = "settlement"
# A run stops before its time is up, so that what it has counted is told.
RESERVE_MS = 10_000
ACCOUNTS_PAGE = 50


def settle(*, left_ms: Callable[[], int]) -> dict[str, int]:
    """Pay out every merchant; how often each outcome came. `left_ms` says how much time the run still has.

    A merchant that fails is logged and counted, and the others are paid.
    """
    today = clock.business_date()
    counts = Counter(dict.fromkeys(OUTCOMES, 0))
    for merchant in tables.all_merchants():
        if left_ms() < RESERVE_MS:
            logger.error("settlement ran out of time; the next run goes on", business_date=today.isoformat())
            counts[UNFINISHED] += 1
            break
        with _apart(counts, merchant.merchant_id):
            _settle(merchant, today, counts)
    return dict(counts)


@contextmanager
def _apart(counts: Counter[str], merchant_id: str) -> Iterator[None]:
    """Log and count a failure, so that it stops nothing else."""
    try:
        yield
    except Exception:
        logger.exception("a merchant was not settled", merchant_id=merchant_id)
        counts[FAILED] += 1


def _settle(merchant: MerchantRow, today: date, counts: Counter[str]) -> None:
    if not merchant.payable:
        counts[NOT_PAYABLE] += 1
        return
    for currency in _currencies_with_money(merchant.merchant_id):
        with _apart(counts, merchant.merchant_id):
            counts[pay_out(merchant_id=merchant.merchant_id, currency=currency, today=today)] += 1


def _currencies_with_money(merchant_id: str) -> Iterator[str]:
    """The currencies of the merchant's settlement accounts on which something is available."""
    after = None
    while rows := ledger.accounts.owned_by(merchant_id, after=after, limit=ACCOUNTS_PAGE):
        for row in rows:
            is_settlement = row.account_id == settlement_account_id(merchant_id, row.currency)
            if is_settlement and int(row.available) > 0:
                yield row.currency
        after = rows[-1].account_id


def pay_out(*, merchant_id: str, currency: str, today: date) -> str:
    """Pay out what has matured on one account, as of business date `today`; what came of it."""
    try:
        return store.retry_on_conflict(lambda: _decide(merchant_id, currency, today))
    except store.AlreadyExists:
        return ALREADY_PAID
    except errors.Refusal as refusal:
        logger.warning("payout refused", merchant_id=merchant_id, currency=currency, code=refusal.code)
        return REFUSED


def _decide(merchant_id: str, currency: str, today: date) -> str:
    account_id = settlement_account_id(merchant_id, currency)
    merchant, row = store.get_many([tables.key(merchant_id), (AccountRow, account_id)])
    if not merchant.payable:
        return NOT_PAYABLE
    cycle = Cycle(merchant.settlement)
    record = domain.payout_record(cycle, today, currency, int(row.version))
    closings = domain.closings(cycle, today)
    earlier = tables.payouts_since(merchant_id, closings[0]) if closings else []
    if any(payout.record == record for payout in earlier):
        return ALREADY_PAID
    closed_at = (_balance(account_id, currency, domain.end_of(day), earlier) for day in closings)
    amount = domain.matured(int(row.available), closed_at)
    if not amount:
        return NOTHING_DUE
    _book(merchant, row.to_domain(), amount, record=record, today=today)
    return PAID


def _balance(account_id: str, currency: str, closing: str, earlier: list[PayoutRow]) -> int:
    """The balance at a closing, less what has been paid out since."""
    since = sum(
        int(payout.amount) for payout in earlier if payout.currency == currency and payout.booked_at > closing
    )
    return statements.balance_as_of(account_id, closing) - since


def _book(merchant: MerchantRow, account: ledger.Account, amount: int, *, record: str, today: date) -> None:
    """The payout, its journal and its debit, on the merchant as it was read. Raises Stale and refusals."""
    payout = _payout(merchant, account, amount, record=record, today=today)
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
    transaction.check(
        tables.key(merchant.merchant_id), MerchantRow.revision == int(merchant.revision), store.stale
    )
    ledger.post(transaction, journal, {account.account_id: account}, made_by=JOB)
    try:
        transaction.commit()
    except ledger.InsufficientFunds:
        # A refund came between the read and the write.
        raise store.Stale from None


def _payout(
    merchant: MerchantRow, account: ledger.Account, amount: int, *, record: str, today: date
) -> PayoutRow:
    payout_id = ids.derived("po", merchant.merchant_id, record)
    return PayoutRow(
        merchant_id=merchant.merchant_id,
        record=record,
        payout_id=payout_id,
        amount=amount,
        currency=account.currency,
        business_date=today.isoformat(),
        settlement_account_id=account.account_id,
        journal_id="jrn_" + payout_id.split("_", 1)[1],
        bank_account=domain.shown(merchant.bank_account),
        booked_at=clock.instant(),
    )
