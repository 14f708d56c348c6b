"""The rules of payments: fees, captures, refunds and splits. Pure, in whole minor units."""

from dataclasses import dataclass
from enum import StrEnum

from bank import errors
from bank.benefits import bearers
from bank.benefits.bearers import Shares
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


class CaptureTooSmall(errors.Refusal):
    """409: benefits and points pay all of so small a part: the payer would pay nothing of it."""

    code, title = "capture_too_small", "Capture too small"


class NotCaptured(errors.Refusal):
    """409: only a captured payment can be refunded or split."""

    code, title = "payment_not_captured", "Payment not captured"


class RefundTooLarge(errors.Refusal):
    """409: more than was captured and not refunded yet."""

    code, title = "refund_exceeds_captured", "Refund exceeds captured amount"


class SplitTooLarge(errors.Refusal):
    """409: more than is left of the payment's net."""

    code, title = "split_exceeds_net", "Split exceeds net amount"


class MerchantShareTooLarge(errors.Refusal):
    """409: the merchant's share of the discounts, and the fee, are more than the payment."""

    code, title = "merchant_share_exceeds_net", "Merchant's share exceeds net"


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
    category: str = ""

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
            category=terms.category,
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
    """The money of a captured payment as it stands. `splittable` is what is left of its net to share.

    `captured` and `refunded` are of the order's value: `discount` of the first is what benefits gave and
    points paid, `borne` the merchant's share of it; `..._returned` what refunds have taken back of each.
    """

    captured: int
    refunded: int
    fee: int
    fee_returned: int
    splittable: int
    discount: int = 0
    discount_returned: int = 0
    borne: int = 0
    borne_returned: int = 0

    @property
    def refundable(self) -> int:
        """Return the amount that may still be refunded."""
        return self.captured - self.refunded

    @property
    def net(self) -> int:
        """Return what the merchant keeps, before splits."""
        kept = self.captured - self.fee - self.borne
        return kept - (self.refunded - self.fee_returned - self.borne_returned)


@dataclass(frozen=True)
class RefundParts:
    """Shares of a refund: the bank returns the fee's part, the merchant the rest.

    `shares`: what those who bore the discounts get back, and points; the payer gets what is left.
    """

    from_fee: int
    from_merchant: int
    from_splittable: int
    status: Status
    shares: Shares

    @property
    def moved(self) -> bool:
        """Return whether money moves: none does for a part that the merchant bore itself."""
        return bool(self.from_fee or self.from_merchant or self.to_payer)

    @property
    def to_payer(self) -> int:
        """Return what the payer gets back."""
        borne = bearers.total(self.shares) - bearers.of_merchant(self.shares)
        return self.from_fee + self.from_merchant - borne


def refund_refusal(refundable: int, amount: int) -> RefundTooLarge | None:
    """Return the refusal to refund `amount` where `refundable` is left, or None."""
    if amount <= refundable:
        return None
    return RefundTooLarge(f"{refundable} of this payment can still be refunded, not {amount}")


def split_refusal(splittable: int, amount: int) -> SplitTooLarge | None:
    """Return the refusal to share `amount` where `splittable` is left of the net, or None."""
    return SplitTooLarge(f"{splittable} of this payment can still be split") if amount > splittable else None


def splittable(amount: int, fee: int, shares: Shares) -> int:
    """Return what the merchant gets of `amount`, less its fee and share.

    Raises MerchantShareTooLarge, also where that share is all of it, so that nobody would pay anything.
    """
    borne = bearers.of_merchant(shares)
    if borne == amount or amount - fee - borne < 0:
        raise MerchantShareTooLarge(f"the fee of {fee} and the merchant's share of {borne} exceed {amount}")
    return amount - fee - borne


def follows(money: Captured, refundable: int, split: int) -> bool:
    """Return whether what is left to refund and to split follows from what was captured and went."""
    if not 0 <= money.refunded <= money.captured or refundable != money.refundable or split < 0:
        return False
    fee_returned = portion(money.fee, money.refunded, money.captured)
    net = money.captured - money.fee - money.borne
    return money.fee_returned == fee_returned and 0 <= money.splittable <= net - split


def refund_parts(money: Captured, amount: int, shares: Shares) -> RefundParts:
    """Split a refund of `amount`, with `shares` of it borne by others than the payer.

    The fee returned so far always follows the largest remainder: working on the running total keeps the sum
    of many partial refunds exact, and refunding all returns all. Raises RefundTooLarge.
    """
    refusal = refund_refusal(money.refundable, amount)
    if refusal:
        raise refusal
    total = money.refunded + amount
    returned = portion(money.fee, total, money.captured)
    from_fee = returned - money.fee_returned
    from_merchant = amount - from_fee - bearers.of_merchant(shares)
    status = Status.REFUNDED if total == money.captured else Status.PARTIALLY_REFUNDED
    # By rounding, a merchant that bears a share may get a minor unit by a refund: it is not for sharing.
    from_splittable = max(0, min(from_merchant, money.splittable))
    return RefundParts(from_fee, from_merchant, from_splittable, status, shares)
