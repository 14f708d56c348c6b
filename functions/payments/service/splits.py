"""Splits (profit sharing): parts of a payment's net for other merchants, now or later, capped by the net."""

from collections.abc import Mapping
from typing import Any

from bank import clock, errors, ledger, store
from bank.access.principal import Principal
from bank.control import stake
from bank.ledger.payees import settlement_id
from bank.store import caps, idempotency
from payments import domain
from payments.domain import Merchant, journals
from payments.service import accounts, made, scope
from payments.service.refunds import check_funds, refundable
from payments.tables import PAYMENT, PaymentRow, SplitRow


class NotAReceiver(errors.Unprocessable):
    """422: a merchant cannot share with itself."""

    code, title = "not_a_receiver", "Not a receiver"


class SplitTooSoon(errors.Refusal):
    """409: the receiver would be paid out sooner than the merchant whose payment it was."""

    code, title = "split_too_soon", "Split too soon"


def split(
    *, payment_id: str, split_id: str, request_digest: str, receivers: Mapping[str, int], principal: Principal
) -> tuple[SplitRow, bool]:
    """Share with `receivers` (amounts by merchant) once; the split, and whether this was a replay.

    Raises NotFound, MerchantNotFound, NotAReceiver, KeyReused, NotCaptured, SplitTooLarge, MerchantSuspended,
    SplitTooSoon, and the ledger's refusals of the merchant's debit.
    """
    record = f"split#{split_id}"
    total = sum(receivers.values())

    def row(**facts: Any) -> SplitRow:
        return SplitRow(
            payment_id=payment_id,
            record=record,
            split_id=split_id,
            receivers=[list(pair) for pair in receivers.items()],
            amount=total,
            made_by=principal.actor_id,
            created_at=clock.instant(),
            request_digest=request_digest,
            **facts,
        )

    def act() -> SplitRow:
        payment = refundable(payment_id, (SplitRow, payment_id, record), principal)
        stake.about(total, payment.currency)
        if payment.merchant_id in receivers:
            raise NotAReceiver("a merchant cannot share with itself")
        refusal = domain.split_refusal(int(payment.splittable), total)
        if refusal:
            raise refusal
        made = row(currency=payment.currency, journal_id=journals.journal_id(split_id))
        _book(payment, made, _settlements(payment, receivers))
        return made

    return idempotency.once(
        record=lambda: store.get(SplitRow, payment_id, record),
        request_digest=request_digest,
        act=act,
        refused=lambda refusal: row(refusal=refusal),
    )


def _settlements(payment: PaymentRow, receivers: Mapping[str, int]) -> dict[str, int]:
    """Amounts by the receivers' settlement accounts.

    Raises MerchantNotFound, MerchantSuspended, SplitTooSoon.
    """
    currency, merchant_ids = payment.currency, [payment.merchant_id, *receivers]
    keys = [key for merchant_id in merchant_ids for key in accounts.keys(merchant_id, currency)]
    rows = store.get_many(keys)
    giver = accounts.merchant(payment.merchant_id, rows[0])
    for merchant_id, terms_account, settlement_account in zip(receivers, rows[2::2], rows[3::2], strict=True):
        refusal = _sharing_refusal(giver, accounts.merchant(merchant_id, terms_account))
        if refusal:
            raise refusal
        accounts.ensure_settlement(merchant_id, currency, settlement_account, terms_account)
    return {settlement_id(name, currency): amount for name, amount in receivers.items()}


def _sharing_refusal(giver: Merchant, receiver: Merchant) -> errors.Refusal | None:
    """Return the refusal to share a payment of `giver`'s with `receiver`, or None.

    Shared money would else pass by a suspension, or be paid out before its time. A merchant that closes still
    gives its partners what is theirs, and gets nothing.
    """
    giver_refusal = giver.refusal()
    if isinstance(giver_refusal, domain.MerchantSuspended):
        return giver_refusal
    if refusal := receiver.refusal():
        return refusal
    if receiver.days < giver.days:
        return SplitTooSoon(
            f"merchant {receiver.merchant_id} settles T+{receiver.days}, before T+{giver.days}"
        )
    return None


def _book(payment: PaymentRow, made: SplitRow, receivers: dict[str, int]) -> None:
    total = int(made.amount)
    settlement = ledger.accounts.find(payment.settlement_account_id).to_domain()
    check_funds(payment, settlement, total)

    def refused(item: store.Item | None) -> Exception:
        left = int(PaymentRow.from_item(item).splittable) if item else total
        return domain.split_refusal(left, total) or store.Stale()

    action, enough = caps.take(PaymentRow.splittable, total)
    first = [] if payment.split_amount else [PaymentRow.splits_listed.set(True)]
    transaction = store.Transaction()
    transaction.create(made)
    transaction.update(
        (PaymentRow, payment.payment_id, PAYMENT),
        [action, PaymentRow.split_amount.set(PaymentRow.split_amount + total), *first],
        enough & (PaymentRow.split_amount == 0) if first else enough,
        refused,
    )
    journal = journals.split_journal(
        split_id=made.split_id,
        settlement=settlement.account_id,
        receivers=receivers,
        currency=payment.currency,
        booked_at=clock.instant(),
    )
    ledger.post(transaction, journal, {settlement.account_id: settlement}, made_by=made.made_by or "")
    transaction.commit()


def list_splits(
    *, payment_id: str, principal: Principal, after: str | None, limit: int
) -> tuple[list[SplitRow], str | None]:
    """A page of the splits made of a payment, oldest first, and the next's place. Raises NotFound."""
    payment = scope.require_visible(payment_id, store.get(PaymentRow, payment_id, PAYMENT), principal)
    return made.page(SplitRow, "split", payment, after=after, limit=limit)
