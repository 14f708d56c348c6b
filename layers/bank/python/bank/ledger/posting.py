"""Posting a journal: the parts of a transaction that create it and change the immediate balances.

Each change carries its conditions (status, available, limits), so nothing is checked and then acted on. The
booking times of an account never go back (`booked_at <= :now`), which keeps its balance as of any instant one
key lookup away; the rare write that meets a later time reads again and decides again (`Stale`).
"""

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import clock, errors
from bank.ledger import chart, domain, lowering, refusals, velocity
from bank.ledger.domain import Account, Hold, Journal, Leg
from bank.ledger.tables import AccountRow, JournalRow
from bank.ledger.velocity import Spend, VelocityCounter
from bank.store import AlreadyExists, Item, RefusedBy, Stale, Transaction, caps

Change = tuple[list[Action], Condition]


def post(
    transaction: Transaction,
    journal: Journal,
    accounts: Mapping[str, Account],
    *,
    made_by: str,
    spending: Set[str] = frozenset(),
    spend: Spend | None = None,
    captured: Hold | None = None,
) -> None:
    """Add `journal`, as made by `made_by`, and its immediate legs to `transaction`.

    `accounts` holds those legs' accounts as they were read; debits of accounts in `spending` count against
    the owner's limits and velocity (`spend`); the debit of `captured`'s account is paid from that hold.
    Refusals: InsufficientFunds, AccountFrozen, AccountClosed, LimitExceeded, LimitLowered, VelocityExceeded;
    Stale.
    ValueError for a leg on an internal account that the bank has not.
    """
    chart.require_charted([leg.account_id for leg in journal.legs])
    transaction.create(JournalRow.of(replace(journal, made_by=made_by)), AlreadyExists)
    for leg in journal.immediate:
        account = accounts[leg.account_id]
        assert account.currency == journal.currency, "a leg's account is of the journal's currency"
        change: Change
        refused: RefusedBy
        if captured and leg.account_id == captured.account_id:
            change, refused = _capture(account, leg, captured), _refused_credit
        elif leg.amount > 0:
            change, refused = _credit(leg), _refused_credit
        elif leg.account_id in spending:
            spend = spend or Spend()
            change, refused = _spend(account, -leg.amount, spend), refused_spend(-leg.amount, spend)
        else:
            change, refused = _debit(-leg.amount), _refused_debit(-leg.amount)
        actions, condition = change
        transaction.update(
            (AccountRow, leg.account_id),
            [*actions, *_step(journal, leg)],
            condition & (AccountRow.booked_at <= journal.booked_at),
            refused,
        )


def _step(journal: Journal, leg: Leg) -> list[Action]:
    return [
        AccountRow.balance.set(AccountRow.balance + leg.amount),
        AccountRow.version.set(AccountRow.version + 1),
        AccountRow.booked_at.set(journal.booked_at),
        AccountRow.last.set(last_posting(journal, leg)),
    ]


def last_posting(journal: Journal, leg: Leg) -> dict[str, Any]:
    """Return the data from which the account's stream writes the entry; short keys, being on a hot row."""
    return {
        "j": journal.journal_id,
        "k": journal.kind,
        "r": journal.reference,
        "c": journal.counterparty(leg.account_id),
        "a": leg.amount,
    }


def _credit(leg: Leg) -> Change:
    return [caps.give_back(AccountRow.available, leg.amount)], AccountRow.status != domain.Status.CLOSED.value


def _debit(amount: int) -> Change:
    action, enough = caps.take(AccountRow.available, amount)
    return [action], (AccountRow.status == domain.Status.ACTIVE.value) & enough


def _spend(account: Account, amount: int, spend: Spend) -> Change:
    actions, condition = _debit(amount)
    counted, within = count_spend(account, amount, spend)
    return [*actions, *counted], condition & within


def count_spend(account: Account, amount: int, spend: Spend) -> Change:
    """Count `amount` against the owner's limits, and a wallet's velocity.

    Raises LimitLowered, VelocityExceeded.
    """
    actions, condition = take_limits(account, amount)
    if account.kind is domain.Kind.WALLET:
        moved, unchanged = _move(account, amount, spend)
        return [*actions, *moved], condition & unchanged & lowering.as_read(account.lowered)
    return actions, condition


def _move(account: Account, amount: int, spend: Spend) -> Change:
    """Count `amount` in the windows, while the caps and a lowered limit leave room for it."""
    seconds = int(clock.now().timestamp())
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


def take_limits(account: Account, amount: int) -> Change:
    """Count `amount` against the limits; the first spend of a period starts its counter afresh."""
    today = clock.business_date().isoformat()
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


def give_back_limits(account: Account, amount: int, day: str) -> Change | None:
    """Return `amount` spent on `day` to the counters that still count its periods; None if none does."""
    actions: list[Action] = []
    condition: Condition | None = None
    for period, then, read, left in (
        (AccountRow.day, day, account.day, AccountRow.day_left),
        (AccountRow.month, day[:7], account.month, AccountRow.month_left),
        (AccountRow.year, day[:4], account.year, AccountRow.year_left),
    ):
        if amount and read == then:
            actions.append(caps.give_back(left, amount))
            condition = (period == then) if condition is None else condition & (period == then)
    return (actions, condition) if condition is not None else None


def _capture(account: Account, leg: Leg, hold: Hold) -> Change:
    returned = hold.amount + leg.amount
    action, held = caps.take(AccountRow.held, hold.amount)
    actions, condition = [action, caps.give_back(AccountRow.available, returned)], held
    limits = give_back_limits(account, returned, hold.day)
    if limits:
        return [*actions, *limits[0]], condition & limits[1]
    return actions, condition


def _account(item: Item | None) -> Account | None:
    return AccountRow.from_item(item).to_domain() if item else None


def _refused_credit(item: Item | None) -> Exception:
    account = _account(item)
    return (account and refusals.credit_refusal(account)) or Stale()


def _refused_debit(amount: int) -> RefusedBy:
    def refused(item: Item | None) -> Exception:
        account = _account(item)
        return (account and refusals.debit_refusal(account, amount)) or Stale()

    return refused


def refused_spend(amount: int, spend: Spend) -> RefusedBy:
    """Return the error of a failed spend: the refusal by the account as it is now, or Stale."""

    def refused(item: Item | None) -> Exception:
        account = _account(item)
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
