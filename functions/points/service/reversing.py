"""Reversals: points of a redemption that return to the lots that they were taken from, never more.

Those that expire last return first. What of these has expired meanwhile is returned and expired at once, each
with its journal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bank import clock, errors, store
from bank.access.principal import Principal
from bank.ledger import AccountRow, Status
from bank.ledger.lots import added
from bank.points import accounts
from bank.store import Transaction, idempotency
from points import domain
from points.service import members, redeeming, runs
from points.tables import RedemptionRow, ReversalRow


class MoreThanRedeemed(errors.Refusal):
    """409: more points would be returned than were taken."""

    code, title = "more_than_redeemed", "More than redeemed"


class OfPayment(errors.Conflict):
    """409: what a payment took is returned by refunds of the payment alone."""

    code, title = "points_of_payment", "Points of a payment"


@dataclass(frozen=True)
class Reversal:
    """Points of a redemption to return."""

    reversal_id: str
    redemption_id: str
    points: int
    made_by: str


def reverse(*, order: Reversal, request_digest: str, principal: Principal) -> tuple[ReversalRow, bool]:
    """Return points of a channel's redemption to their lots; whether that was done before.

    Raises RedemptionNotFound, OfPayment, MoreThanRedeemed, KeyReused.
    """
    redemption = redeeming.find(redemption_id=order.redemption_id, principal=principal)
    if redemption.redemption_id == redemption.reference:
        raise OfPayment(f"{order.redemption_id} is a payment's")
    found, replayed = idempotency.once(
        record=lambda: store.get(ReversalRow, order.reversal_id),
        request_digest=request_digest,
        act=lambda: _reverse(order, request_digest),
        refused=lambda refusal: _reversal(order, {}, request_digest, refusal),
    )
    runs.expire(accounts.account_id(redemption.customer_id))
    return found, replayed


def refund(*, order: Reversal) -> str:
    """Return points that a payment has taken, once for each refund; what came of it.

    Raises RedemptionNotFound where the payment has taken none yet, MoreThanRedeemed.
    """

    def attempt() -> str:
        if store.get(ReversalRow, order.reversal_id) is None:
            _reverse(order, None)
            return "returned"
        return "again"

    try:
        came = store.retry_on_conflict(attempt)
    except store.AlreadyExists:
        came = "again"
    row = store.get(RedemptionRow, order.redemption_id)
    if row is not None:
        runs.expire(accounts.account_id(row.customer_id))
    return came


def _reverse(order: Reversal, request_digest: str | None) -> ReversalRow:
    row = store.get(RedemptionRow, order.redemption_id)
    if row is None:
        raise redeeming.RedemptionNotFound(f"there is no redemption {order.redemption_id}")
    left = added(row.lots, {month: -part for month, part in row.returned.items()})
    if order.points > sum(left.values()):
        raise MoreThanRedeemed(f"{sum(left.values())} points are left of {order.redemption_id}")
    back = domain.latest(left, order.points)
    made, transaction = _reversal(order, back, request_digest), Transaction()
    transaction.create(made)
    revision = int(row.revision)
    transaction.update(
        (RedemptionRow, row.redemption_id),
        [
            RedemptionRow.returned.set(added(row.returned, back)),
            RedemptionRow.revision.set(revision + 1),
        ],
        RedemptionRow.revision == revision,
        store.stale,
    )
    account: AccountRow | None = store.get(*accounts.key(row.customer_id))
    assert account is not None, "points were taken from it"
    # A customer who has left gets nothing back: there is nobody to spend it.
    if account.status != Status.CLOSED.value:
        members.add_journal(
            transaction,
            account,
            accounts.lots_of(account).with_free(back),
            kind="points-returned",
            reference=order.redemption_id,
            once=order.reversal_id,
        )
    transaction.commit()
    return made


def _reversal(
    order: Reversal,
    lots: Mapping[str, int],
    request_digest: str | None,
    refusal: dict[str, Any] | None = None,
) -> ReversalRow:
    return ReversalRow(
        reversal_id=order.reversal_id,
        redemption_id=order.redemption_id,
        points=order.points,
        lots=dict(lots),
        made_by=order.made_by,
        booked_at=clock.instant(),
        request_digest=request_digest,
        refusal=refusal,
    )
