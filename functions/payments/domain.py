"""The rules of payments: fees, captures, refunds and splits. Pure, in whole minor units."""

from dataclasses import dataclass
from enum import StrEnum

from bank import errors
from bank.ledger import domain as ledger
from bank.ledger.chart import FEES
from bank.ledger.metadata import MerchantTerms
from bank.money import basis_points, portion

# Of a payment's row, which must stay within 1 KB whatever it carries.
MAX_DESCRIPTION_BYTES = 256


class Status(StrEnum):
    """Statuses of a payment. declined, cancelled, expired and refunded are final."""

    IN_REVIEW = "in_review"
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"


CAPTURED = (Status.SUCCEEDED, Status.PARTIALLY_REFUNDED, Status.REFUNDED)


class MerchantSuspended(errors.Refusal):
    """The merchant takes no payments and no part in splits."""

    code, title = "merchant_suspended", "Merchant suspended"


class MerchantClosed(errors.Refusal):
    """409: the merchant closes or is closed: it takes no payments, and may have nothing left to refund."""

    code, title = "merchant_closed", "Merchant closed"


class PaymentCodeSpent(errors.Refusal):
    """The payment code was used, or its time is over."""

    code, title = "payment_code_spent", "Payment code spent"


class NotAuthorized(errors.Refusal):
    """409: only an authorized payment can be captured or cancelled."""

    code, title = "payment_not_authorized", "Payment not authorized"


class CaptureTooLarge(errors.Refusal):
    """409: more than was authorized."""

    code, title = "capture_exceeds_authorization", "Capture exceeds authorization"


class NotCaptured(errors.Refusal):
    """409: only a captured payment can be refunded or split."""

    code, title = "payment_not_captured", "Payment not captured"


class RefundTooLarge(errors.Refusal):
    """409: more than was captured and not refunded yet."""

    code, title = "refund_exceeds_captured", "Refund exceeds captured amount"


class SplitTooLarge(errors.Refusal):
    """409: more than is left of the payment's net."""

    code, title = "split_exceeds_net", "Split exceeds net amount"


@dataclass(frozen=True)
class Merchant:
    """Terms of a merchant, as its home settlement account has them; the fee is bounded in its `currency`."""

    merchant_id: str
    status: str
    fee_basis_points: int
    fee_min: int
    fee_max: int | None
    currency: str
    # Working days that its money waits before it is paid out.
    days: int = 0

    @classmethod
    def of(cls, terms: MerchantTerms, currency: str) -> "Merchant":
        """From what the merchants room keeps on the settlement account, whose `currency` the terms are in."""
        return cls(
            merchant_id=terms.merchant_id,
            status=terms.status,
            fee_basis_points=terms.fee["basis_points"],
            fee_min=terms.fee.get("min") or 0,
            fee_max=terms.fee.get("max"),
            currency=currency,
            days=terms.days,
        )

    def refusal(self) -> errors.Refusal | None:
        """Return the refusal of what would be paid to it, or None."""
        if self.status == "suspended":
            return MerchantSuspended(f"merchant {self.merchant_id} is suspended")
        if self.status != "active":
            return MerchantClosed(f"merchant {self.merchant_id} is {self.status}")
        return None

    def fee(self, amount: int, currency: str) -> int:
        """Its fee on `amount`, rounded half up: at most the amount, and in its own currency within bounds."""
        fee = basis_points(amount, self.fee_basis_points)
        if currency == self.currency:
            fee = min(max(fee, self.fee_min), amount if self.fee_max is None else self.fee_max)
        return min(fee, amount)


@dataclass(frozen=True)
class Captured:
    """The money of a captured payment as it stands. `splittable` is what is left of its net to share."""

    captured: int
    refunded: int
    fee: int
    fee_returned: int
    splittable: int

    @property
    def refundable(self) -> int:
        """Return the amount that may still be refunded."""
        return self.captured - self.refunded


@dataclass(frozen=True)
class RefundParts:
    """Shares of a refund: the bank returns the fee's part, the merchant the rest."""

    from_fee: int
    from_merchant: int
    from_splittable: int
    status: Status


def refund_refusal(refundable: int, amount: int) -> RefundTooLarge | None:
    """Return the refusal to refund `amount` where `refundable` is left, or None."""
    if amount <= refundable:
        return None
    return RefundTooLarge(f"{refundable} of this payment can still be refunded, not {amount}")


def split_refusal(splittable: int, amount: int) -> SplitTooLarge | None:
    """Return the refusal to share `amount` where `splittable` is left of the net, or None."""
    return SplitTooLarge(f"{splittable} of this payment can still be split") if amount > splittable else None


def follows(money: Captured, refundable: int, split: int) -> bool:
    """Return whether what is left to refund and to split follows from what was captured and went."""
    if not 0 <= money.refunded <= money.captured or refundable != money.refundable or split < 0:
        return False
    fee_returned = portion(money.fee, money.refunded, money.captured)
    net = money.captured - money.fee
    return money.fee_returned == fee_returned and 0 <= money.splittable <= net - split


def refund_parts(money: Captured, amount: int) -> RefundParts:
    """Split a refund of `amount`; the fee returned so far always follows the largest remainder.

    Working on the running total keeps the sum of many partial refunds exact: refunding all returns all.
    Raises RefundTooLarge.
    """
    refusal = refund_refusal(money.refundable, amount)
    if refusal:
        raise refusal
    total = money.refunded + amount
    returned = portion(money.fee, total, money.captured)
    from_fee = returned - money.fee_returned
    from_merchant = amount - from_fee
    status = Status.REFUNDED if total == money.captured else Status.PARTIALLY_REFUNDED
    return RefundParts(from_fee, from_merchant, min(from_merchant, money.splittable), status)


def journal_id(record_id: str) -> str:
    """The journal of a payment, capture, refund or split: its id follows the record's."""
    return "jrn_" + record_id.partition("_")[2]


def hold_id(payment_id: str) -> str:
    """The hold of an authorized payment."""
    return "hld_" + payment_id.partition("_")[2]


def payment_journal(
    *,
    record_id: str,
    kind: str,
    payment_id: str,
    payer: str,
    settlement: str,
    currency: str,
    amount: int,
    fee: int,
    booked_at: str,
    wide: bool = False,
) -> ledger.Journal:
    """The payer pays `amount`, the merchant gets it less the fee; `wide` for a merchant in several parts."""
    amounts = {payer: -amount, settlement: amount - fee, ledger.internal(FEES, currency): fee}
    facts = {"kind": kind, "reference": payment_id, "currency": currency, "booked_at": booked_at}
    return ledger.journal(journal_id(record_id), amounts=amounts, wide=wide, **facts)


def refund_journal(
    *, refund_id: str, payer: str, settlement: str, currency: str, parts: RefundParts, booked_at: str
) -> ledger.Journal:
    """The payer gets back what the merchant and the returned fee pay."""
    amounts = {
        payer: parts.from_merchant + parts.from_fee,
        settlement: -parts.from_merchant,
        ledger.internal(FEES, currency): -parts.from_fee,
    }
    return ledger.journal(
        journal_id(refund_id),
        kind="refund",
        reference=refund_id,
        currency=currency,
        amounts=amounts,
        booked_at=booked_at,
    )


def split_journal(
    *, split_id: str, settlement: str, receivers: dict[str, int], currency: str, booked_at: str
) -> ledger.Journal:
    """The merchant shares with `receivers`: amounts by settlement account."""
    return ledger.journal(
        journal_id(split_id),
        kind="split",
        reference=split_id,
        currency=currency,
        amounts={settlement: -sum(receivers.values()), **receivers},
        booked_at=booked_at,
    )
