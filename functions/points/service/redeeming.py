"""Points that pay for something: taken, once, with the lots that they came from; returned to these.

A payment reserves points in its own transaction (`bank.points.spending`); its events say how it ended, and
here the reservation is taken or given back. A channel redeems points without a payment. What is returned goes
back to the lots that it was taken from, those that expire last first; what of these has expired meanwhile is
returned and expired at once, each with its journal.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bank import clock, errors, ids, store
from bank.access.principal import Ownership, Principal
from bank.ledger import AccountRow
from bank.ledger.lots import added, earliest
from bank.points import accounts, booking, spending
from bank.store import Transaction, idempotency
from points import domain
from points.service import members, reading, runs
from points.tables import RedemptionRow


class RedemptionNotFound(errors.NotFound):
    """404: no such redemption, or not the caller's to see."""

    code, title = "redemption_not_found", "Redemption not found"


class MoreThanRedeemed(errors.Refusal):
    """409: more points would be returned than were taken."""

    code, title = "more_than_redeemed", "More than redeemed"


class OfPayment(errors.Conflict):
    """409: what a payment took is returned by refunds of the payment alone."""

    code, title = "points_of_payment", "Points of a payment"


@dataclass(frozen=True)
class Order:
    """Points to redeem for something that the channel names."""

    redemption_id: str
    request_digest: str
    customer_id: str
    points: int
    reference: str
    made_by: str


def redeem(*, order: Order, principal: Principal) -> tuple[RedemptionRow, bool]:
    """Take points at once; whether that was done before.

    Raises NoPoints, InsufficientPoints, AccountFrozen, AccountClosed, KeyReused.
    """
    return idempotency.once(
        record=lambda: store.get(RedemptionRow, order.redemption_id),
        request_digest=order.request_digest,
        act=lambda: _redeem(order, principal),
    )


def _redeem(order: Order, principal: Principal) -> RedemptionRow:
    owner = reading.owner(order.customer_id, principal)
    account = store.get(*accounts.key(order.customer_id))
    refused = spending.refusal(account, order.points)
    if refused or account is None:
        raise refused or spending.InsufficientPoints()
    account = members.current(account)
    taken = earliest(accounts.spendable(account), order.points)
    row = _row(order.redemption_id, owner, taken, order.reference, order.made_by)
    row.request_digest = order.request_digest
    transaction = Transaction()
    transaction.create(row)
    booking.book_journal(
        transaction,
        account,
        accounts.lots_of(account).without_free(taken),
        journal_id=row.journal_id,
        kind="points-redemption",
        reference=row.redemption_id,
        booked_at=row.booked_at,
        made_by=order.made_by,
        statuses=booking.ACTIVE,
    )
    transaction.commit()
    return row


def take(payment_id: str, customer_id: str) -> str:
    """Take what a payment that succeeded has reserved, once; what came of it.

    Raises NotReserved where nothing is, nor was taken.
    """
    return store.retry_on_conflict(lambda: _take(payment_id, customer_id))


def _take(payment_id: str, customer_id: str) -> str:
    account, known = store.get_many([accounts.key(customer_id), (RedemptionRow, payment_id)])
    if known is not None:
        return "again"
    if account is None:
        raise spending.NotReserved(payment_id)
    reserved = accounts.lots_of(account).reserved.get(payment_id, {})
    row = _row(payment_id, account.ownership, reserved, payment_id, members.JOB)
    transaction = Transaction()
    transaction.create(row, store.stale)
    spending.capture(
        transaction,
        account,
        payment_id,
        journal_id=row.journal_id,
        booked_at=row.booked_at,
        made_by=members.JOB,
    )
    transaction.commit()
    return "taken"


def give_back(payment_id: str, customer_id: str) -> str:
    """Give back what a payment that came to nothing has reserved, once; what came of it."""

    def attempt() -> str:
        account = store.get(*accounts.key(customer_id))
        transaction = Transaction()
        if account is None:
            return "nothing"
        try:
            spending.give_back(transaction, account, payment_id)
        except spending.NotReserved:
            return "again"
        transaction.commit()
        return "given back"

    came = store.retry_on_conflict(attempt)
    _expire(accounts.account_id(customer_id))
    return came


def find(*, redemption_id: str, principal: Principal) -> RedemptionRow:
    """A redemption that the caller may see. One round trip. Raises RedemptionNotFound."""
    missing = RedemptionNotFound(f"there is no redemption {redemption_id}")
    row = store.get(RedemptionRow, redemption_id)
    if row is None:
        raise missing
    principal.require_sees(row.ownership, missing)
    return row


def require_of_channel(*, redemption_id: str, principal: Principal) -> None:
    """Require one that the caller sees and no payment made. Raises RedemptionNotFound, OfPayment."""
    row = find(redemption_id=redemption_id, principal=principal)
    if row.redemption_id == row.reference:
        raise OfPayment(f"{redemption_id} is a payment's")


def reverse(*, redemption_id: str, reversal_id: str, points: int) -> RedemptionRow:
    """Return points to the lots that a redemption took them from, once for each `reversal_id`.

    Raises RedemptionNotFound, MoreThanRedeemed.
    """
    row = store.retry_on_conflict(lambda: _reverse(redemption_id, reversal_id, points))
    _expire(accounts.account_id(row.customer_id))
    return row


def _reverse(redemption_id: str, reversal_id: str, points: int) -> RedemptionRow:
    row = store.get(RedemptionRow, redemption_id)
    if row is None:
        raise RedemptionNotFound(f"there is no redemption {redemption_id}")
    if reversal_id in row.reversals:
        return row
    left = added(row.lots, {month: -part for month, part in row.returned.items()})
    if points > sum(left.values()):
        raise MoreThanRedeemed(f"{sum(left.values())} points are left of {redemption_id}")
    back = domain.latest(left, points)
    transaction = Transaction()
    _note(transaction, row, reversal_id, points, back)
    account: AccountRow | None = store.get(*accounts.key(row.customer_id))
    assert account is not None, "points were taken from it"
    # A customer who has left gets nothing back: there is nobody to spend it.
    if account.status != "closed":
        members.add_journal(
            transaction,
            account,
            accounts.lots_of(account).with_free(back),
            kind="points-returned",
            reference=redemption_id,
            once=reversal_id,
        )
    transaction.commit()
    row.returned = added(row.returned, back)
    row.reversals = {**row.reversals, reversal_id: points}
    return row


def _note(
    transaction: Transaction, row: RedemptionRow, reversal_id: str, points: int, back: Mapping[str, int]
) -> None:
    revision = int(row.revision)
    transaction.update(
        (RedemptionRow, row.redemption_id),
        [
            RedemptionRow.reversals.set({**row.reversals, reversal_id: points}),
            RedemptionRow.returned.set(added(row.returned, back)),
            RedemptionRow.revision.set(revision + 1),
        ],
        RedemptionRow.revision == revision,
        store.stale,
    )


def _row(
    redemption_id: str, owner: Ownership, lots: Mapping[str, int], reference: str, made_by: str
) -> RedemptionRow:
    return RedemptionRow(
        redemption_id=redemption_id,
        customer_id=owner.customer_id,
        client_id=owner.client_id,
        unit_id=owner.unit_id,
        points=sum(lots.values()),
        lots=dict(lots),
        reference=reference,
        journal_id=ids.derived("jrn", redemption_id, "points"),
        made_by=made_by,
        booked_at=clock.instant(),
    )


def _expire(account_id: str) -> None:
    """Book at once what came back to a lot that has expired; where this dies, the next movement does."""
    runs.expire(account_id)
