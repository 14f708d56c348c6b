"""Adjustments: points that staff give or take, once another has approved it."""

from dataclasses import dataclass

from bank import clock, ids, store
from bank.access.principal import Principal
from bank.config import config
from bank.control import audit, stake
from bank.ledger.lots import Lots, earliest, expiry_month
from bank.points import accounts, booking
from bank.points.spending import InsufficientPoints
from bank.points.worth import worth
from bank.store import Transaction, idempotency
from points.service import members, reading
from points.tables import AdjustmentRow


@dataclass(frozen=True)
class Order:
    """Points to give, valid for so many months after this one, or to take where they are less than nil."""

    adjustment_id: str
    request_digest: str
    customer_id: str
    points: int
    valid_months: int
    reason: str


def adjust(*, order: Order, principal: Principal, actor: audit.Actor) -> tuple[AdjustmentRow, bool]:
    """Book an adjustment; whether it was booked before. Raises NoPoints, InsufficientPoints, KeyReused."""
    return idempotency.once(
        record=lambda: store.get(AdjustmentRow, order.adjustment_id),
        request_digest=order.request_digest,
        act=lambda: _adjust(order, principal, actor),
    )


def _adjust(order: Order, principal: Principal, actor: audit.Actor) -> AdjustmentRow:
    owner = reading.owner(order.customer_id, principal)
    stake.about(worth(abs(order.points)), config.home_currency)
    account = members.opened(owner)
    before = accounts.lots_of(account)
    after, lots = _adjusted(before, order)
    row = AdjustmentRow(
        adjustment_id=order.adjustment_id,
        customer_id=order.customer_id,
        points=order.points,
        lots=lots,
        reason=order.reason,
        journal_id=ids.derived("jrn", order.adjustment_id),
        made_by=actor.subject,
        booked_at=clock.instant(),
        request_digest=order.request_digest,
    )
    transaction = Transaction()
    transaction.create(row)
    booking.book_journal(
        transaction,
        account,
        after,
        journal_id=row.journal_id,
        kind="points-adjusted",
        reference=row.adjustment_id,
        booked_at=row.booked_at,
        made_by=actor.subject,
    )
    audit.record(
        transaction,
        actor=actor,
        action="points.adjusted",
        subject_id=order.customer_id,
        ownership=owner,
        after={"points": order.points, "lots": lots, "adjustment_id": row.adjustment_id},
        reason=order.reason,
    )
    transaction.commit()
    return row


def _adjusted(before: Lots, order: Order) -> tuple[Lots, dict[str, int]]:
    """The account's lots after it, and those that are given or taken."""
    if order.points > 0:
        given = {expiry_month(clock.business_date().isoformat(), order.valid_months): order.points}
        return before.with_free(given), given
    spendable = before.spendable(accounts.month())
    if sum(spendable.values()) < -order.points:
        raise InsufficientPoints(f"{sum(spendable.values())} points can be spent")
    taken = earliest(spendable, -order.points)
    return before.without_free(taken), taken
