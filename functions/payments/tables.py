"""The payments room's tables. Access patterns and costs: README.md."""

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.benefits import bearers
from bank.benefits.bearers import Shares
from bank.ledger.payees import settlement_id
from bank.points.worth import price
from bank.risk.verdict import Outcome, Verdict
from bank.store import Table, table_name
from bank.store.idempotency import IdempotentRow
from payments.domain import Captured, Status

PAYMENT, LINES = "payment", "lines"


class PaymentRow(IdempotentRow):
    """A payment. No index: what lists need is written from this table's stream."""

    class Meta:
        table_name = table_name("payments")

    payment_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True, default=PAYMENT)
    status = UnicodeAttribute()
    payer_account_id = UnicodeAttribute()
    merchant_id = UnicodeAttribute()
    # The channel that made it. Whose the payer's and the merchant's accounts are stands on these.
    client_id = UnicodeAttribute(default="")
    currency = UnicodeAttribute()
    amount = NumberAttribute()
    captured_amount = NumberAttribute(default=0)
    refunded_amount = NumberAttribute(default=0)
    # What is left of the caps on refunds and splits; each is a condition on the write that uses it.
    refundable = NumberAttribute(default=0)
    splittable = NumberAttribute(default=0)
    split_amount = NumberAttribute(default=0)
    # Whether all of its refunds, or splits, have index rows; none where it had some before these were kept.
    refunds_listed = BooleanAttribute(null=True, attr_name="rl")
    splits_listed = BooleanAttribute(null=True, attr_name="sl")
    fee = NumberAttribute(default=0)
    fee_returned = NumberAttribute(default=0)
    # What benefits give, by entitlement and by who bears it, and what points pay (`bearers.POINTS`): of what
    # is captured, before that of the whole.
    shares: JSONAttribute = JSONAttribute(null=True, attr_name="shr")
    # The same as it was made, where only a part was captured.
    shares_first: JSONAttribute = JSONAttribute(null=True, attr_name="shf")
    # The same, less what refunds have taken back.
    shares_left: JSONAttribute = JSONAttribute(null=True, attr_name="shl")
    merchant_order_no = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    capture = UnicodeAttribute()
    journal_id = UnicodeAttribute(null=True)
    expires_at = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    decline: JSONAttribute = JSONAttribute(null=True)
    customer_id = UnicodeAttribute(null=True, attr_name="cid")
    unit_id = UnicodeAttribute(default=HEAD_OFFICE, attr_name="uid")
    device_id = UnicodeAttribute(null=True, attr_name="dev")
    # The verdict and its input (bank.risk.Verdict.pack).
    risk = UnicodeAttribute(null=True, attr_name="rsk")
    # The case that decided a review.
    case_id = UnicodeAttribute(null=True, attr_name="case")

    @property
    def settlement_account_id(self) -> str:
        """The merchant's account in this currency. Derived: the row must stay within 1 KB."""
        return settlement_id(self.merchant_id, self.currency)

    @property
    def verdict(self) -> Verdict | None:
        """Verdict of risk; None for refusals before risk was asked."""
        return Verdict.unpack(self.risk) if self.risk else None

    @property
    def reviewed(self) -> bool:
        """Return whether it was held for a review when it was made."""
        return self.risk is not None and Verdict.outcome_of(self.risk) is Outcome.REVIEW

    @property
    def made_by(self) -> Ownership:
        """Ownership by the channel and unit that made it."""
        return Ownership(client_id=self.client_id)

    @property
    def money(self) -> Captured:
        """Its money, as the rules see it."""
        # Of what is only held, benefits have given and points paid nothing yet.
        shares, left = (self.shares or {}, self.borne_now) if self.captured_amount else ({}, {})
        discount, borne = bearers.total(shares), bearers.of_merchant(shares)
        return Captured(
            captured=int(self.captured_amount),
            refunded=int(self.refunded_amount),
            fee=int(self.fee),
            fee_returned=int(self.fee_returned),
            splittable=int(self.splittable),
            discount=discount,
            discount_returned=discount - bearers.total(left),
            borne=borne,
            borne_returned=borne - bearers.of_merchant(left),
        )

    @property
    def reserved_points(self) -> int:
        """Return the points that were set aside for it when it was made; none where it was declined then."""
        if self.state is Status.DECLINED and not self.expires_at:
            return 0
        return price(bearers.of_points(self.shares_first or self.shares or {}))

    @property
    def borne_now(self) -> Shares:
        """Return who bears how much, as `shares`, after the refunds so far."""
        return self.shares_left if self.shares_left is not None else self.shares or {}

    @property
    def state(self) -> Status:
        """Its status, as the rules see it."""
        return Status(self.status)


class LinesRow(Table):
    """Lines of a payment that benefits or points were used on: `lines` under it.

    Prices and discounts (by line, by entitlement or `bearers.POINTS`) of what is captured, and of what is
    left after refunds.
    """

    class Meta:
        table_name = table_name("payments")

    payment_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True, default=LINES)
    # [[sku, category, quantity], ...]
    lines: JSONAttribute = JSONAttribute()
    prices: JSONAttribute = JSONAttribute()
    discounts: JSONAttribute = JSONAttribute()
    prices_left: JSONAttribute = JSONAttribute()
    discounts_left: JSONAttribute = JSONAttribute()


class OperationRow(IdempotentRow):
    """A capture or cancellation that was asked for: `capture#cap_...`, `cancel#can_...`, done or refused.

    `made_by`, as of refunds and splits: the id of who asked, a channel's or a member of staff's.
    """

    class Meta:
        table_name = table_name("payments")

    payment_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    amount = NumberAttribute()
    fee = NumberAttribute(default=0)
    made_by = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()


class RefundRow(IdempotentRow):
    """A refund, done or refused: `refund#ref_...` under its payment."""

    class Meta:
        table_name = table_name("payments")

    payment_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    refund_id = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute(null=True)
    fee_returned = NumberAttribute(default=0)
    # What of it those get back who bore the discounts, and points.
    shares: JSONAttribute = JSONAttribute(null=True)
    reason = UnicodeAttribute()
    journal_id = UnicodeAttribute(null=True)
    made_by = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()


class SplitRow(IdempotentRow):
    """A profit sharing, done or refused: `split#spl_...` under its payment."""

    class Meta:
        table_name = table_name("payments")

    payment_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    split_id = UnicodeAttribute()
    # [[merchant_id, amount], ...]
    receivers: JSONAttribute = JSONAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute(null=True)
    journal_id = UnicodeAttribute(null=True)
    made_by = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()


class IndexRow(Table):
    """Index rows of a payment; written by the stream's consumer, a second late at most."""

    class Meta:
        table_name = table_name("payment-index")

    index_key = UnicodeAttribute(hash_key=True)
    sort_key = UnicodeAttribute(range_key=True)


class PaymentCodeRow(Table):
    """A customer-presented code. Only its digest is stored: who reads the table cannot pay with it."""

    class Meta:
        table_name = table_name("payment-codes")

    code_digest = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()
    # That of the customer's session, where a customer asked for the code.
    device_id = UnicodeAttribute(null=True)
    expires_at = UnicodeAttribute()
    used_by = UnicodeAttribute(null=True)
    purge_at = NumberAttribute()
