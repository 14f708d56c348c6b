"""Rows as answers. A replay is rendered as the request was first answered, whatever has come since."""

from bank import clock
from bank.access.principal import Kind, Principal
from bank.benefits import bearers
from bank.benefits.bearers import Shares
from bank.points.worth import price
from bank.privacy import exports
from payments import schemas
from payments.domain import Captured, Status
from payments.tables import LinesRow, OperationRow, PaymentRow, RefundRow, SplitRow

NOTHING = Captured(captured=0, refunded=0, fee=0, fee_returned=0, splittable=0)


def payment(row: PaymentRow) -> schemas.PaymentAnswer:
    """A payment as it is now."""
    return _payment(row, row.state, row.money, int(row.split_amount), row.borne_now)


def payment_as_created(row: PaymentRow) -> schemas.PaymentAnswer:
    """A payment as POST /payments first answered it: what it shows besides is never changed."""
    if row.reviewed:
        return _payment(row, _first_status(row), NOTHING)
    if row.decline:
        return _payment(row, Status.DECLINED, NOTHING)
    if row.capture == schemas.Capture.MANUAL:
        return _payment(row, Status.AUTHORIZED, NOTHING)
    return _payment(row, Status.SUCCEEDED, _captured(row, int(row.amount), int(row.fee)))


def _first_status(row: PaymentRow) -> Status:
    """Of a payment whose verdict was a review: it may have been declined for another reason, or held."""
    return Status.IN_REVIEW if row.expires_at else Status.DECLINED


def payment_as_captured(row: PaymentRow, capture: OperationRow) -> schemas.PaymentAnswer:
    """A payment as its capture first answered it."""
    return _payment(row, Status.SUCCEEDED, _captured(row, int(capture.amount), int(capture.fee)))


def payment_as_cancelled(row: PaymentRow) -> schemas.PaymentAnswer:
    """A payment as its cancellation first answered it."""
    return _payment(row, Status.CANCELLED, NOTHING)


def _captured(row: PaymentRow, amount: int, fee: int) -> Captured:
    """The money of a payment as it was captured."""
    shares = row.shares or {}
    return Captured(
        captured=amount,
        refunded=0,
        fee=fee,
        fee_returned=0,
        splittable=amount - fee - bearers.of_merchant(shares),
        discount=bearers.total(shares),
        borne=bearers.of_merchant(shares),
    )


def _payment(
    row: PaymentRow, status: Status, money: Captured, split_amount: int = 0, left: Shares | None = None
) -> schemas.PaymentAnswer:
    """A payment; `left`: who bears how much after refunds, where there may have been some."""
    # What was captured of it, or the whole that was asked for.
    amount, shares = money.captured, row.shares or {}
    if not amount:
        amount, shares = int(row.amount), row.shares_first or shares
    here, points = f"/payments/{row.payment_id}", bearers.of_points(shares)
    open_ = status is Status.AUTHORIZED
    return schemas.PaymentAnswer(
        payment_id=row.payment_id,
        status=status,
        payer_account_id=row.payer_account_id,
        merchant_id=row.merchant_id,
        amount=int(row.amount),
        currency=row.currency,
        captured_amount=money.captured,
        refunded_amount=money.refunded,
        fee=money.fee,
        fee_returned=money.fee_returned,
        discount_amount=bearers.of_benefits(shares),
        points_amount=points,
        points=price(points),
        points_returned=price(points - bearers.of_points(shares if left is None else left)),
        payer_amount=amount - bearers.total(shares),
        net=money.net,
        benefits=[
            schemas.UsedBenefit(entitlement_id=name, discount_amount=sum(parts.values()))
            for name, parts in shares.items()
            if name != bearers.POINTS
        ],
        split_amount=split_amount,
        merchant_order_no=row.merchant_order_no,
        description=row.description,
        capture=schemas.Capture(row.capture),
        created_at=clock.parse(row.created_at),
        expires_at=clock.parse(row.expires_at),
        decline=schemas.Decline(**row.decline) if row.decline and status is Status.DECLINED else None,
        links=schemas.Links(
            self=here,
            refunds=f"{here}/refunds",
            splits=f"{here}/splits",
            capture=f"{here}/capture" if open_ else None,
            cancel=f"{here}/cancel" if open_ else None,
        ),
    )


def own_data(rows: list[PaymentRow], refunds: list[RefundRow], lines: list[LinesRow]) -> exports.Part:
    """This room's part of an export: the payer's payments, what came back of them, and their lines."""
    of_the_merchant = {"fee", "fee_returned", "net", "split_amount", "links"}
    return {
        "payments": [payment(row).model_dump(mode="json", exclude=of_the_merchant) for row in rows],
        "refunds": [
            refund(row, None).model_dump(mode="json", exclude={"fee_returned", "made_by"}) for row in refunds
        ],
        "payment_lines": [{"payment_id": row.payment_id, "lines": row.lines} for row in lines],
    }


def refund(row: RefundRow, principal: Principal | None) -> schemas.RefundAnswer:
    """A refund, as this caller sees it."""
    shares = row.shares or {}
    return schemas.RefundAnswer(
        refund_id=row.refund_id,
        payment_id=row.payment_id,
        amount=int(row.amount),
        currency=row.currency or "",
        fee_returned=int(row.fee_returned),
        discount_returned=bearers.of_benefits(shares),
        points_amount=bearers.of_points(shares),
        points_returned=price(bearers.of_points(shares)),
        payer_amount=int(row.amount) - bearers.total(shares),
        reason=row.reason,
        journal_id=row.journal_id or "",
        made_by=row.made_by if principal is not None and principal.kind is Kind.STAFF else None,
        created_at=clock.parse(row.created_at),
    )


def split(row: SplitRow, principal: Principal) -> schemas.SplitAnswer:
    """A split, as this caller sees it."""
    receivers = [schemas.Receiver(merchant_id=name, amount=amount) for name, amount in row.receivers]
    return schemas.SplitAnswer(
        split_id=row.split_id,
        payment_id=row.payment_id,
        receivers=receivers,
        amount=int(row.amount),
        currency=row.currency or "",
        journal_id=row.journal_id or "",
        made_by=row.made_by if principal.kind is Kind.STAFF else None,
        created_at=clock.parse(row.created_at),
    )
