"""Earnings of payments: noted once each, in whatever order payments and refunds are heard of.

A payment that was heard of has one row. Until that is due it only says what will be booked, and a refund
lowers that; afterwards a refund takes back what was booked: from its own lot, then from those that expire
first, and what is spent already is owed, so that later earnings pay it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.expressions.update import Action

from bank import clock, store
from bank.config import config
from bank.ledger.lots import Lots
from bank.points import accounts
from bank.store import AlreadyExists, Transaction
from points import domain
from points.domain import EarningStatus, Qualified
from points.service import members, programmes
from points.tables import EarningRow, MemberRow

# So long the refund of a payment that no one hears of is kept.
UNKNOWN_KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Paid:
    """A payment that has succeeded, of a customer; `amount` is what they paid in money, in minor units."""

    payment_id: str
    customer_id: str
    client_id: str
    unit_id: str
    amount: int
    currency: str
    capture: str
    paid_at: datetime


@dataclass(frozen=True)
class Refund:
    """A refund of a payment; `amount` is what the customer got in money."""

    payment_id: str
    refund_id: str
    amount: int


def take_paid(paid: Paid) -> str:
    """Note what a payment earns; what came of it. Again, it changes nothing. Raises RulesBroken.

    What is in another currency than the home currency earns nothing.
    """
    live, member = store.get_many([programmes.POINTER, members.key(paid.customer_id)])
    year = clock.business_date().isoformat()[:4]
    if live is None or paid.currency != config.home_currency:
        return "nothing"
    facts = domain.facts_of(paid.amount, paid.currency, paid.capture, paid.paid_at)
    qualified = member.qualified.in_year(year) if member else Qualified()
    points = programmes.points_of(live, paid.amount, facts, qualified)
    if not points:
        return "nothing"
    terms = programmes.known(live.programme_id).to_terms()
    row = EarningRow(
        payment_id=paid.payment_id,
        customer_id=paid.customer_id,
        client_id=paid.client_id,
        unit_id=paid.unit_id,
        amount=paid.amount,
        paid_at=clock.instant(paid.paid_at),
        programme_id=live.programme_id,
        points=points,
    )
    row.pending_since(domain.due_day(paid.paid_at, clock.now(), terms))
    if store.put_new(row):
        return "noted"
    return store.retry_on_conflict(lambda: _met(row))


def _met(row: EarningRow) -> str:
    """A payment that was there: heard of before, or by its refunds alone."""
    known = store.get(EarningRow, row.payment_id)
    if known is None:
        raise store.Stale
    if known.status != EarningStatus.UNKNOWN.value:
        return "again"
    row.refunds, row.revision = known.refunds, int(known.revision) + 1
    if row.refunded >= int(row.amount):
        row.status, row.due_shard, row.due_key = EarningStatus.VOID.value, None, None
    actions = [
        getattr(EarningRow, name).set(value)
        for name, value in row.attribute_values.items()
        if name != "payment_id" and value is not None
    ]
    transaction = Transaction()
    transaction.update(
        (EarningRow, row.payment_id),
        [*actions, EarningRow.purge_at.remove()],
        EarningRow.revision == int(known.revision),
        store.stale,
    )
    transaction.commit()
    return "noted"


def take_refund(refund: Refund) -> str:
    """Take back what a payment has earned by the part that is refunded, once; what came of it."""
    return store.retry_on_conflict(lambda: _refund(refund))


def _refund(refund: Refund) -> str:
    row = store.get(EarningRow, refund.payment_id)
    if row is None:
        return _before_payment(refund)
    if refund.refund_id in (row.refunds or {}):
        return "again"
    refunded = row.refunded + refund.amount
    if row.status == EarningStatus.BOOKED.value:
        return _after_booking(row, refund, refunded)
    transaction = Transaction()
    actions = [EarningRow.refunds.set({**(row.refunds or {}), refund.refund_id: refund.amount})]
    if row.status == EarningStatus.PENDING.value and refunded >= int(row.amount):
        actions += [EarningRow.status.set(EarningStatus.VOID.value)]
        actions += [EarningRow.due_shard.remove(), EarningRow.due_key.remove()]
    change(transaction, row, actions)
    transaction.commit()
    return "lowered"


def _before_payment(refund: Refund) -> str:
    row = EarningRow(
        payment_id=refund.payment_id,
        status=EarningStatus.UNKNOWN.value,
        refunds={refund.refund_id: refund.amount},
        purge_at=int((clock.now() + UNKNOWN_KEPT).timestamp()),
    )
    if not store.put_new(row):
        raise store.Stale
    return "noted"


def _after_booking(row: EarningRow, refund: Refund, refunded: int) -> str:
    """Take back what was booked for it, once, with the refund's note on the row."""
    granted, before = int(row.granted), int(row.taken_back)
    back = max(granted - before - domain.kept(granted, int(row.amount), refunded), 0)
    # What expired unspent is gone already, and which of a lot's points were spent nobody can say.
    back = 0 if (row.lot or "") < accounts.month() else back
    transaction = Transaction()
    if back:
        _take_back(transaction, row, refund, back)
    noted = {**(row.refunds or {}), refund.refund_id: refund.amount}
    change(transaction, row, [EarningRow.refunds.set(noted), EarningRow.taken_back.set(before + back)])
    try:
        transaction.commit()
    except AlreadyExists:
        raise store.Stale from None
    return "taken back" if back else "lowered"


def _take_back(transaction: Transaction, row: EarningRow, refund: Refund, back: int) -> None:
    member: MemberRow = store.get(MemberRow, row.customer_id) or members.new(row.customer_id)
    if member.closed_at:
        return
    account = members.opened(row.ownership)
    lots: Lots = accounts.lots_of(account)
    taken = domain.taken_back(back, row.lot or "", lots.spendable(accounts.month()))
    owed = back - sum(taken.values())
    if taken:
        members.add_journal(
            transaction,
            account,
            lots.without_free(taken),
            kind="points-taken-back",
            reference=row.payment_id,
            once=refund.refund_id,
        )
    # Of an earlier year they still count for the tier that they led to.
    same_year = member.year == row.due[:4]
    qualified = member.qualified.plus(-back if same_year else 0)
    members.change(transaction, member, owed=int(member.owed) + owed, in_year=qualified.points)


def change(transaction: Transaction, row: EarningRow, actions: Sequence[Action]) -> None:
    """Write what was decided on a row as it was read; else Stale."""
    revision = int(row.revision)
    transaction.update(
        (EarningRow, row.payment_id),
        [*actions, EarningRow.revision.set(revision + 1)],
        EarningRow.revision == revision,
        store.stale,
    )
