"""Booking what is due: a customer's earnings in one transaction, within the bounds of day and month."""

from collections.abc import Sequence
from dataclasses import dataclass

from bank import clock, ids, store
from bank.ledger.lots import expiry_month
from bank.points import accounts
from bank.store import Transaction
from points import domain
from points.domain import Counted, EarningStatus
from points.service import earning, members, programmes
from points.tables import EarningRow, MemberRow

# Earnings of a customer in one transaction; account, member and two journals go with them.
MOST = 90


@dataclass(frozen=True)
class Granted:
    """A row with the points that it gets: some pay what is owed, the others go into a lot."""

    row: EarningRow
    points: int
    lot: str


def book(customer_id: str, payment_ids: Sequence[str]) -> int:
    """Book what is due of these earnings, MOST at most, of one customer; how many. Again, it books none."""
    return store.retry_on_conflict(lambda: _book(customer_id, payment_ids))


def _book(customer_id: str, payment_ids: Sequence[str]) -> int:
    found = store.get_many(
        [members.key(customer_id), *((EarningRow, payment_id) for payment_id in payment_ids)]
    )
    member: MemberRow = found[0] or members.new(customer_id)
    today = clock.business_date().isoformat()
    due = [row for row in found[1:] if row and row.status == EarningStatus.PENDING.value and row.due <= today]
    if not due:
        return 0
    transaction = Transaction()
    if member.closed_at:
        for row in due:
            _end(transaction, row, EarningStatus.VOID, 0, None, None)
    else:
        _grant(transaction, member, sorted(due, key=lambda row: (row.due, row.payment_id)), today)
    try:
        transaction.commit()
    except store.AlreadyExists:
        raise store.Stale from None
    return len(due)


def _grant(transaction: Transaction, member: MemberRow, due: Sequence[EarningRow], today: str) -> None:
    account = members.opened(due[0].ownership)
    granted, counted = _within_bounds(member.counted, due, today)
    booking_id = ids.derived("ern", due[0].payment_id)
    owed, lots = int(member.owed), accounts.lots_of(account)
    for each in granted:
        _end(transaction, each.row, EarningStatus.BOOKED, each.points, each.lot, booking_id)
        paid = min(owed, each.points)
        owed -= paid
        lots = lots.with_free({each.lot: each.points - paid})
    if lots.total > int(account.balance):
        members.add_journal(
            transaction, account, lots, kind="points-earned", reference=booking_id, once=due[0].payment_id
        )
    qualified = member.qualified.in_year(today[:4]).plus(sum(each.points for each in granted))
    members.change(
        transaction,
        member,
        day=counted.day,
        on_day=counted.on_day,
        in_month=counted.in_month,
        owed=owed,
        year=qualified.year,
        in_year=qualified.points,
        year_before=qualified.before,
    )


def _within_bounds(counted: Counted, due: Sequence[EarningRow], today: str) -> tuple[list[Granted], Counted]:
    """The points that each gets, in the order of their days, and what is counted then."""
    granted = []
    for row in due:
        terms, counted = programmes.known(row.programme_id).to_terms(), counted.on(row.due)
        left = domain.kept(int(row.points), int(row.amount), row.refunded)
        points = domain.within(left, counted, terms)
        counted = counted.plus(points)
        granted.append(Granted(row, points, expiry_month(today, terms.valid_months)))
    return granted, counted


def _end(
    transaction: Transaction,
    row: EarningRow,
    status: EarningStatus,
    points: int,
    lot: str | None,
    booking_id: str | None,
) -> None:
    actions = [
        EarningRow.status.set(status.value),
        EarningRow.granted.set(points),
        EarningRow.due_shard.remove(),
        EarningRow.due_key.remove(),
    ]
    if lot and booking_id:
        actions += [EarningRow.lot.set(lot), EarningRow.booking_id.set(booking_id)]
    earning.change(transaction, row, actions)
