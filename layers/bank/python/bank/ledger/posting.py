"""Posting a journal: the parts of a transaction that create it and change the immediate balances.

Each change carries its conditions (status, available, limits), so nothing is checked and then acted on. The
booking times of an account never go back (`booked_at <= :now`), which keeps its balance as of any instant one
key lookup away; the rare write that meets a later time reads again and decides again (`Stale`).
"""

from collections.abc import Mapping, Set
from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action

from bank import clock, ids, money, store
from bank.ledger import chart, counting, domain, parts, refusals
from bank.ledger.counting import Change
from bank.ledger.domain import Account, Hold, Journal, Kind, Leg
from bank.ledger.tables import AccountRow, JournalRow
from bank.ledger.velocity import Spend
from bank.store import AlreadyExists, Item, RefusedBy, Stale, Transaction, caps

# Kinds of journals that take money from a settlement account: all others would pass by its merchant's
# suspension and settlement cycle.
SETTLING = frozenset({"payout", "refund", "split"})

# A row (by id), the amount by which its balance changes, how, and what its refusal means.
RowChange = tuple[str, int, Change, RefusedBy]


def post(
    transaction: Transaction,
    journal: Journal,
    accounts: Mapping[str, Account],
    *,
    made_by: str,
    spending: Set[str] = frozenset(),
    spend: Spend | None = None,
    captured: Hold | None = None,
    lots: Change | None = None,
) -> None:
    """Add `journal`, as made by `made_by`, and its immediate legs to `transaction`.

    `accounts` holds those legs' accounts as they were read; debits of accounts in `spending` count against
    the owner's limits and velocity (`spend`); the debit of `captured`'s account is paid from that hold.
    Another debit of an account of several parts is taken from as many of them as it needs. A leg on an
    account of points says what becomes of its `lots`, on the row as it was read (bank.points).
    Refusals: InsufficientFunds, AccountFrozen, AccountClosed, LimitExceeded, LimitLowered, VelocityExceeded;
    Stale.
    ValueError for a leg on an internal account that the bank has not, and for a debit of a settlement account
    by what is none of SETTLING.
    """
    chart.require_charted([leg.account_id for leg in journal.legs])
    _require_settling(journal, captured)
    row, shares = JournalRow.of(replace(journal, made_by=made_by)), dict[str, int]()
    updates: list[tuple[Leg, RowChange]] = []
    for leg in journal.immediate:
        account = accounts[leg.account_id]
        assert account.currency == journal.currency, "a leg's account is of the journal's currency"
        changes: list[RowChange]
        if account.kind is Kind.POINTS:
            assert lots, "points move with their lots"
            changes = [(leg.account_id, leg.amount, lots, store.stale)]
        elif captured and leg.account_id == captured.account_id:
            changes = [(leg.account_id, leg.amount, _capture(account, leg, captured), _refused_credit)]
        elif leg.amount > 0:
            changes = [(leg.account_id, leg.amount, _credit(leg), _refused_credit)]
        elif leg.account_id in spending:
            changes = [_spend(account, leg, spend or Spend(), clock.parse(journal.booked_at))]
        else:
            changes = _debits(account, journal.journal_id, -leg.amount)
        updates += [(leg, change) for change in changes]
        if account.parts:
            shares |= {row_id: amount for row_id, amount, *_ in changes}
    row.shares = shares or None
    transaction.create(row, AlreadyExists)
    for leg, (row_id, amount, (actions, condition), refused) in updates:
        transaction.update(
            (AccountRow, row_id),
            [*actions, *_step(journal, leg, amount)],
            condition & (AccountRow.booked_at <= journal.booked_at),
            refused,
        )


def _require_settling(journal: Journal, captured: Hold | None) -> None:
    """Raise ValueError where a settlement account would pay for anything but what may pass from it.

    A hold of before there was this rule is captured still.
    """
    held = captured.account_id if captured else ""
    for leg in journal.immediate:
        pays = leg.amount < 0 and leg.account_id != held
        if pays and domain.kind_of(leg.account_id) is Kind.SETTLEMENT and journal.kind not in SETTLING:
            raise ValueError(f"a {journal.kind} takes nothing from settlement account {leg.account_id}")


def _step(journal: Journal, leg: Leg, amount: int) -> list[Action]:
    return [
        AccountRow.balance.set(AccountRow.balance + amount),
        AccountRow.version.set(AccountRow.version + 1),
        AccountRow.booked_at.set(journal.booked_at),
        AccountRow.last.set(last_posting(journal, leg, amount)),
    ]


def last_posting(journal: Journal, leg: Leg, amount: int) -> dict[str, Any]:
    """Return the data from which the stream of a row writes the entry; short keys, being on a hot row.

    `amount` is this row's part of the leg.
    """
    return {
        "j": journal.journal_id,
        "k": journal.kind,
        "r": journal.reference,
        "c": journal.counterparty(leg.account_id),
        "a": amount,
        **({"w": leg.amount} if amount != leg.amount else {}),
    }


def _credit(leg: Leg) -> Change:
    return [caps.give_back(AccountRow.available, leg.amount)], AccountRow.status != domain.Status.CLOSED.value


def _debits(account: Account, journal_id: str, amount: int) -> list[RowChange]:
    """Divide `amount` over the account's rows. Raises the refusal of an account that has too little."""
    if not account.parts:
        return [(account.account_id, -amount, _debit(amount), _refused_debit(amount))]
    available = {row.account_id: row.available for row in account.parts}
    taken = money.draw(available, amount, ids.shard(journal_id, len(available)))
    if taken is None:
        raise refusals.debit_refusal(account, amount) or Stale()
    # What a row lacks by now, another may have: only the account's status refuses.
    return [(row, -share, _debit(share), _refused_debit(0)) for row, share in taken.items()]


def _debit(amount: int) -> Change:
    action, enough = caps.take(AccountRow.available, amount)
    return [action], (AccountRow.status == domain.Status.ACTIVE.value) & enough


def _spend(account: Account, leg: Leg, spend: Spend, at: datetime) -> RowChange:
    actions, condition = _debit(-leg.amount)
    counted, within = counting.count_spend(account, -leg.amount, spend, at)
    change = [*actions, *counted], condition & within
    return leg.account_id, leg.amount, change, counting.refused_spend(-leg.amount, spend)


def _capture(account: Account, leg: Leg, hold: Hold) -> Change:
    returned = hold.amount + leg.amount
    action, held = caps.take(AccountRow.held, hold.amount)
    actions, condition = [action, caps.give_back(AccountRow.available, returned)], held
    limits = counting.give_back_limits(account, [(hold.day, returned)])
    if limits:
        return [*actions, *limits[0]], condition & limits[1]
    return actions, condition


def _account(item: Item | None) -> Account | None:
    if item is None:
        return None
    row = AccountRow.from_item(item).to_domain(one_row=True)
    return replace(row, account_id=parts.account_of(row.account_id))


def _refused_credit(item: Item | None) -> Exception:
    account = _account(item)
    return (account and refusals.credit_refusal(account)) or Stale()


def _refused_debit(amount: int) -> RefusedBy:
    def refused(item: Item | None) -> Exception:
        account = _account(item)
        return (account and refusals.debit_refusal(account, amount)) or Stale()

    return refused
