"""Refunds: many partial ones, each its own record, together never more than was captured.

Who paid, whom and how much is what the payment's journal says, which nobody changes: where the payment's row
says something else, nothing is given back by it.
"""

from collections.abc import Sequence
from typing import Any

from pynamodb.expressions.update import Action

from bank import clock, errors, ledger, store
from bank.access.principal import Principal
from bank.config import config
from bank.control import stake
from bank.ledger import AccountRow, JournalRow
from bank.ledger.payees import settlement_id
from bank.store import caps, idempotency
from payments import domain
from payments.domain import journals
from payments.service import accounts, made, scope, sharing
from payments.service.sharing import Returned
from payments.tables import PAYMENT, PaymentRow, RefundRow


def refund(
    *,
    payment_id: str,
    refund_id: str,
    request_digest: str,
    amount: int,
    reason: str,
    principal: Principal,
    lines: Sequence[tuple[int, int]] = (),
) -> tuple[RefundRow, bool]:
    """Refund `amount` of an order's value once; the refund, and whether this was a replay.

    `lines` says of which lines (number, amount) it is; else it is of all in proportion. Raises NotFound,
    KeyReused, NotCaptured, RefundTooLarge, NoSuchLine, and the refusals of the merchant's debit.
    """
    record = f"refund#{refund_id}"

    def row(**facts: Any) -> RefundRow:
        return RefundRow(
            payment_id=payment_id,
            record=record,
            refund_id=refund_id,
            amount=amount,
            reason=reason,
            made_by=principal.actor_id,
            created_at=clock.instant(),
            request_digest=request_digest,
            **facts,
        )

    def act() -> RefundRow:
        payment = refundable(payment_id, (RefundRow, payment_id, record), principal)
        stake.about(amount, payment.currency)
        settlement, payer, *of_benefits = store.get_many(
            [
                (AccountRow, payment.settlement_account_id),
                (AccountRow, payment.payer_account_id),
                *sharing.keys_of(payment),
            ]
        )
        returned = sharing.returned(payment, of_benefits, amount, lines)
        parts = domain.refund_parts(payment.money, amount, returned.shares)
        refunded = row(
            currency=payment.currency,
            fee_returned=parts.from_fee,
            shares=returned.shares or None,
            journal_id=journals.journal_id(refund_id) if parts.moved else None,
        )
        _book(payment, refunded, parts, returned, [settlement, payer])
        return refunded

    return idempotency.once(
        record=lambda: store.get(RefundRow, payment_id, record),
        request_digest=request_digest,
        act=act,
        refused=lambda refusal: row(refusal=refusal),
    )


def _book(
    payment: PaymentRow,
    refunded: RefundRow,
    parts: domain.RefundParts,
    returned: Returned,
    accounts_read: list[AccountRow],
) -> None:
    settlement = ledger.rows.whole(accounts_read[0])
    check_funds(payment, settlement.to_domain(), max(0, parts.from_merchant))
    now = clock.instant()
    transaction = store.Transaction()
    transaction.create(refunded)
    given_back = sharing.give_back(
        transaction,
        payment,
        returned,
        refund_id=refunded.refund_id,
        whole=parts.status is domain.Status.REFUNDED,
        at=now,
    )
    _take(transaction, payment, int(refunded.amount), parts, given_back)
    journal = journals.refund_journal(
        refund_id=refunded.refund_id,
        payer=payment.payer_account_id,
        settlement=payment.settlement_account_id,
        currency=payment.currency,
        parts=parts,
        booked_at=now,
    )
    if journal:
        posted = ledger.accounts.by_id([settlement, *accounts_read[1:]])
        ledger.post(transaction, journal, posted, made_by=refunded.made_by or "")
    transaction.commit()


def _take(
    transaction: store.Transaction,
    payment: PaymentRow,
    amount: int,
    parts: domain.RefundParts,
    also: Sequence[Action],
) -> None:
    """Use the payment's caps. The fee's part followed from what had been refunded: that must still hold.

    Where less is left by now, that is the refusal, whatever else has changed; else it is decided again.
    """

    def refused(item: store.Item | None) -> Exception:
        left = int(PaymentRow.from_item(item).refundable) if item else amount
        return domain.refund_refusal(left, amount) or store.Stale()

    action, enough = caps.take(PaymentRow.refundable, amount)
    transaction.update(
        (PaymentRow, payment.payment_id, PAYMENT),
        [
            action,
            PaymentRow.refunded_amount.set(PaymentRow.refunded_amount + amount),
            PaymentRow.fee_returned.set(PaymentRow.fee_returned + parts.from_fee),
            PaymentRow.splittable.set(PaymentRow.splittable - parts.from_splittable),
            PaymentRow.status.set(parts.status.value),
            # As it is still the first when this is written.
            *([] if payment.refunded_amount else [PaymentRow.refunds_listed.set(True)]),
            *also,
        ],
        enough
        & (PaymentRow.refunded_amount == int(payment.refunded_amount))
        & (PaymentRow.splittable == int(payment.splittable)),
        refused,
    )


def refundable(payment_id: str, record: store.Key, principal: Principal) -> PaymentRow:
    """The payment, if money of it was captured and `principal` may give it back or share it by `record`.

    Raises AlreadyExists where `record` is there, NotFound, NotThePayee, NotCaptured; errors.Altered.
    """
    keys: list[store.Key] = [(PaymentRow, payment_id, PAYMENT), (JournalRow, journals.journal_id(payment_id))]
    earlier, payment, journal = store.get_many([record, *keys])
    if earlier is not None:
        raise store.AlreadyExists(row=earlier)
    payment = scope.payee_of(payment_id, payment, principal)
    if payment.state not in domain.CAPTURED:
        raise domain.NotCaptured(f"payment {payment_id} is {payment.status}")
    _require_as_booked(payment, journal)
    return payment


def _require_as_booked(payment: PaymentRow, journal: JournalRow | None) -> None:
    """Raise errors.Altered where the row is not what was booked, or leaves more than that to give away."""
    money = payment.money
    booked = journals.payment_journal(
        record_id=payment.payment_id,
        kind="payment",
        payment_id=payment.payment_id,
        payer=payment.payer_account_id,
        settlement=payment.settlement_account_id,
        currency=payment.currency,
        amount=money.captured,
        fee=money.fee,
        booked_at="",
        shares=payment.shares,
    )
    same = journal is not None and journal.intact() and set(journal.to_domain().legs) == set(booked.legs)
    if not same or not domain.follows(money, int(payment.refundable), int(payment.split_amount)):
        raise errors.Altered(f"payment {payment.payment_id} is not as its journal has it")


def check_funds(payment: PaymentRow, settlement: ledger.Account, amount: int) -> None:
    """Make sure that this payment's own money has reached the merchant before judging its funds.

    A settlement account counts only what the applier has booked, which may be a second behind; booking this
    payment's journal here is exactly-once like any other. What is judged is the account as it is after that,
    whoever booked it. Raises its refusal, or Stale to read again.
    """
    if not amount or ledger.debit_refusal(settlement, amount) is None:
        return
    journal = store.get(JournalRow, payment.journal_id or "")
    if journal is not None:
        ledger.applier.apply([journal.to_domain()])
    now = ledger.accounts.find(settlement.account_id).to_domain()
    refusal = ledger.debit_refusal(now, amount)
    if isinstance(refusal, ledger.InsufficientFunds):
        refusal = _closed(payment.merchant_id) or refusal
    raise refusal or store.Stale()


def _closed(merchant_id: str) -> domain.MerchantClosed | None:
    """The refusal where the merchant is closed, which then is why it has nothing to refund."""
    terms_account = ledger.accounts.find(settlement_id(merchant_id, config.home_currency))
    if accounts.merchant(merchant_id, terms_account).status != "closed":
        return None
    return domain.MerchantClosed(f"merchant {merchant_id} is closed, and all that it had is paid out")


def list_refunds(
    *, payment_id: str, principal: Principal, after: str | None, limit: int
) -> tuple[list[RefundRow], str | None]:
    """A page of the refunds made of a payment, oldest first, and the next's place. Raises NotFound."""
    payment = scope.require_visible(payment_id, store.get(PaymentRow, payment_id, PAYMENT), principal)
    return made.page(RefundRow, "refund", payment, after=after, limit=limit)
