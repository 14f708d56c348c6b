"""Counters of a spend: the owner's limits; a wallet's velocity, lowered limit and free limit.

Everything is counted on the account's own row in the update that debits it or holds, whose conditions are the
bounds. What is spent counts on the business day of one instant, that of its journal or hold, however long
the write takes; what returns of a hold counts again for that day, month and year, and for no later ones.
"""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import clock, errors
from bank.ledger import domain, lowering, refusals, velocity
from bank.ledger.domain import Account
from bank.ledger.metadata import WalletCustomer
from bank.ledger.tables import AccountRow
from bank.ledger.velocity import Spend, VelocityCounter
from bank.store import Item, RefusedBy, Stale, caps

Change = tuple[list[Action], Condition]


def count_spend(account: Account, amount: int, spend: Spend, at: datetime) -> Change:
    """Count `amount`, spent `at` an instant, against the limits, and a wallet's velocity and free limit.

    Raises LimitLowered, VelocityExceeded; Stale where the customer has to confirm it and has not.
    """
    today = clock.business_date(at).isoformat()
    actions, condition = take_limits(account, amount, today)
    if account.kind is not domain.Kind.WALLET:
        return actions, condition
    moved, unchanged = _move(account, amount, spend, int(at.timestamp()))
    free, within = _take_free_limit(account, amount, spend, today)
    return [*actions, *moved, *free], condition & unchanged & lowering.as_read(account.lowered) & within


def _take_free_limit(account: Account, amount: int, spend: Spend, today: str) -> Change:
    """Count what leaves a customer's wallet unconfirmed in a business day (whose start `take_limits` notes).

    Who decides anew asks the customer (`bank.risk.challenges`). What returns of a hold is not given back.
    """
    holder = WalletCustomer.of(account.metadata)
    there: Condition = AccountRow.account_id.exists()
    if holder is None:
        return [], there
    counts = 0 if spend.confirmed else amount
    if account.free_spent_on(today) + counts > holder.free_limit and counts:
        raise Stale
    if account.day != today:
        return [AccountRow.free_spent.set(counts)], there
    if not counts:
        return [], there
    spent = AccountRow.free_spent
    return [spent.set((spent | 0) + amount)], spent.does_not_exist() | (spent <= holder.free_limit - amount)


def _move(account: Account, amount: int, spend: Spend, seconds: int) -> Change:
    """Count `amount` in the windows, while the caps and a lowered limit leave room for it."""
    refusal = _velocity_refusal(account, amount, spend, seconds)
    if refusal:
        raise refusal
    read, now = account.velocity, account.velocity.at(seconds)
    origin = spend.origin.after(account.last_origin).pack()
    actions: list[Action] = [AccountRow.seen.set(origin)] if origin else []
    if now is read:
        room = now.room(spend.caps, seconds, account.lowered)
        actions += [
            AccountRow.minute_count.set(AccountRow.minute_count + 1),
            AccountRow.minute_sum.set(AccountRow.minute_sum + amount),
        ]
        condition: Condition = AccountRow.minute == now.minute
        if spend.caps or account.lowered:
            condition &= (AccountRow.minute_count <= room.count - 1) & (
                AccountRow.minute_sum <= room.sum - amount
            )
        return actions, condition
    # The first spend of a minute moves the buckets on: only from what was read.
    if read.minute:
        condition = (AccountRow.minute == read.minute) & (AccountRow.minute_count == read.in_minute.count)
    else:
        condition = AccountRow.minute.does_not_exist()
    return [*actions, *set_velocity(now.moved(VelocityCounter(1, amount)))], condition


def set_velocity(moved: velocity.Velocity) -> list[Action]:
    """Write it whole, for a change that holds only if the row is as it was read."""
    return [
        AccountRow.minute.set(moved.minute),
        AccountRow.minute_count.set(moved.in_minute.count),
        AccountRow.minute_sum.set(moved.in_minute.sum),
        AccountRow.earlier.set(moved.pack()),
    ]


def take_limits(account: Account, amount: int, today: str) -> Change:
    """Count `amount` against the limits of `today`; the first spend of a period starts its counter afresh."""
    condition: Condition = AccountRow.limit_per_payment >= amount
    actions: list[Action] = []
    for period, now, read, left, limit in (
        (AccountRow.day, today, account.day, AccountRow.day_left, AccountRow.limit_per_day),
        (AccountRow.month, today[:7], account.month, AccountRow.month_left, AccountRow.limit_per_month),
        (AccountRow.year, today[:4], account.year, AccountRow.year_left, AccountRow.limit_per_year),
    ):
        if read == now:
            action, within = caps.take(left, amount)
            actions.append(action)
            condition &= (period == now) & within
        else:
            actions += [period.set(now), left.set(limit - amount)]
            condition &= (period < now) & (limit >= amount)
    return actions, condition


def give_back_limits(account: Account, returned: Sequence[tuple[str, int]]) -> Change | None:
    """Return amounts, each spent on a day, to the counters that still count that day; None if none does."""
    actions: list[Action] = []
    condition: Condition | None = None
    for period, read, left in (
        (AccountRow.day, account.day, AccountRow.day_left),
        (AccountRow.month, account.month, AccountRow.month_left),
        (AccountRow.year, account.year, AccountRow.year_left),
    ):
        amount = sum(each for day, each in returned if read and day.startswith(read))
        if amount:
            actions.append(caps.give_back(left, amount))
            condition = (period == read) if condition is None else condition & (period == read)
    return (actions, condition) if condition is not None else None


def refused_spend(amount: int, spend: Spend) -> RefusedBy:
    """Return the error of a failed spend: the refusal by the account as it is now, or Stale."""

    def refused(item: Item | None) -> Exception:
        account = AccountRow.from_item(item).to_domain(one_row=True) if item else None
        return (account and spend_refusal(account, amount, spend)) or Stale()

    return refused


def spend_refusal(account: Account, amount: int, spend: Spend) -> errors.Refusal | None:
    """Return the refusal to spend `amount` now, or None: as a debit, then limits, lowered limit, velocity."""
    now = clock.now()
    refusal = refusals.limit_refusal(account, amount, clock.business_date(now).isoformat())
    if refusal is None and account.kind is domain.Kind.WALLET:
        return _velocity_refusal(account, amount, spend, int(now.timestamp()))
    return refusal


def _velocity_refusal(account: Account, amount: int, spend: Spend, seconds: int) -> errors.Refusal | None:
    name, moved = account.account_id, account.velocity
    return velocity.lowered_refusal(name, moved, account.lowered, amount, seconds) or velocity.cap_refusal(
        name, moved, amount, spend.caps, seconds
    )
