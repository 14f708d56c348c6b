"""Opening, reading and changing accounts. Balances change only by posting."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import clock, errors, store
from bank.access.authority import Stops
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Principal
from bank.ledger import domain, parts, payees, refusals, rows
from bank.ledger.domain import Account, Kind, Limits, Status
from bank.ledger.tables import AccountRow, ByOwner
from bank.store import AlreadyExists, Stale, Transaction

Told = Callable[[Transaction, AccountRow, Limits], None]


class AccountNotFound(errors.NotFound):
    """404: no such account, or not the caller's to see."""

    code = "account_not_found"


class NotAtZero(errors.Conflict):
    """409: an account is closed only with nothing on it and nothing held."""

    code, title = "account_not_at_zero", "Account not at zero"


class CreditInUse(errors.Conflict):
    """409: the client owes more than the credit limit would be."""

    code, title = "credit_in_use", "Credit in use"


class WrongStatus(errors.Conflict):
    """409: the account's status does not allow this change of it."""

    code, title = "account_status", "Account status"


def new_row(
    *,
    account_id: str,
    owner_id: str,
    kind: Kind,
    currency: str,
    limits: Limits | None = None,
    metadata: Mapping[str, Any] | None = None,
    request_digest: str | None = None,
    client_id: str = "",
    unit_id: str = HEAD_OFFICE,
    credit_limit: int = 0,
) -> AccountRow:
    """The row of an account at zero, for `Transaction.create`."""
    assert domain.kind_of(account_id) is kind, "an account's id tells its kind"
    limits = limits or Limits()
    return AccountRow(
        account_id=account_id,
        owner_id=owner_id,
        kind=kind.value,
        currency=currency,
        limit_per_payment=limits.per_payment,
        limit_per_day=limits.per_day,
        limit_per_month=limits.per_month,
        limit_per_year=limits.per_year,
        client_id=client_id,
        unit_id=unit_id,
        opened_at=clock.instant(),
        metadata=dict(metadata) if metadata else None,
        request_digest=request_digest,
        credit_limit=credit_limit or None,
        available=credit_limit,
        settlement_shard=payees.spread(account_id, kind),
    )


def open_account(row: AccountRow) -> tuple[AccountRow, bool]:
    """Open it; answers the stored row and whether it was there already."""
    transaction = Transaction()
    transaction.create(row)
    try:
        transaction.commit()
    except AlreadyExists as existing:
        if existing.item is None:
            raise Stale from existing
        return AccountRow.from_item(existing.item), True
    return row, False


def find(account_id: str, *, principal: Principal | None = None) -> AccountRow:
    """The account as it is now, for `principal`, where one asks. Raises AccountNotFound."""
    return rows.whole(require_visible(account_id, store.get(AccountRow, account_id), principal))


def require_visible(account_id: str, row: AccountRow | None, principal: Principal | None) -> AccountRow:
    """The row that was read, if it is there and `principal` may know of it. Raises AccountNotFound."""
    missing = AccountNotFound(f"there is no account {account_id}")
    if row is None or parts.is_further(row.account_id):
        raise missing
    if principal is not None:
        principal.require_sees(row.ownership, missing)
    return row


def named(
    account_id: str,
    row: AccountRow | None,
    *,
    principal: Principal | None,
    currency: str | None = None,
    settlement: bool = False,
) -> AccountRow:
    """The row that was read of an account that a caller names, to move money (in `currency`) or to change it.

    Raises AccountNotFound; AccountKind, CurrencyMismatch as `refusals.naming_mistake` has it.
    """
    row = require_visible(account_id, row, principal)
    mistake = refusals.naming_mistake(row, currency, settlement=settlement)
    if mistake:
        raise mistake
    return rows.whole(row)


def ids_of(owner_id: str, *, after: str | None = None) -> Iterator[str]:
    """Ids of an owner's accounts in their order, after the id `after`; read as they are asked for."""
    beyond = ByOwner.account_id > after if after else None
    found = AccountRow.by_owner.query(owner_id, beyond, page_size=store.BATCH_GET_LIMIT)
    return (key.account_id for key in found if not parts.is_further(key.account_id))


def all_of(owner_id: str) -> Iterator[AccountRow]:
    """Every account of an owner, closed ones too."""
    keys: Iterator[store.Key] = ((AccountRow, account_id) for account_id in ids_of(owner_id))
    while some := list(itertools.islice(keys, store.BATCH_GET_LIMIT)):
        yield from rows.wholes([row for row in store.get_many(some) if row is not None])


def set_limits(account_id: str, change: Callable[[Limits], Limits], *, told: Told | None = None) -> None:
    """Change the limits; what the running periods have spent still counts against the new ones.

    `told` adds to the transaction what tells of it: it gets the row as it was, and the new limits.
    """

    def decide() -> None:
        row, transaction = find(account_id), Transaction()
        limits = change(row.to_domain().limits)
        actions, condition = _limits_change(row, limits)
        transaction.update((AccountRow, account_id), actions, condition, store.stale)
        if told:
            told(transaction, row, limits)
        transaction.commit()

    store.retry_on_conflict(decide)


def set_credit(transaction: Transaction, row: AccountRow, limits: Limits, credit_limit: int) -> None:
    """Change both limits and credit limit of a clearing account that was read, in the caller's transaction.

    Refused where it has changed meanwhile (Stale). Raises CreditInUse where it owes more than that.
    """
    read = int(row.credit_limit or 0)
    if int(row.available) + credit_limit - read < 0:
        raise CreditInUse(f"account {row.account_id} owes {-int(row.balance)}, more than {credit_limit}")
    actions, condition = _limits_change(row, limits)
    actions += [
        AccountRow.credit_limit.set(credit_limit),
        AccountRow.available.set(AccountRow.available + (credit_limit - read)),
    ]
    condition &= (AccountRow.available >= read - credit_limit) & (
        AccountRow.credit_limit == read
        if row.credit_limit is not None
        else AccountRow.credit_limit.does_not_exist()
    )
    transaction.update((AccountRow, row.account_id), actions, condition, store.stale)


def _limits_change(row: AccountRow, wanted: Limits) -> tuple[list[Action], Condition]:
    """Actions that set the limits, what the counted periods have spent still counted; their condition."""
    actions: list[Action] = [AccountRow.limit_per_payment.set(wanted.per_payment)]
    condition: Condition = AccountRow.limit_per_payment == int(row.limit_per_payment)
    for period, limit, left, new in (
        (AccountRow.day, AccountRow.limit_per_day, AccountRow.day_left, wanted.per_day),
        (AccountRow.month, AccountRow.limit_per_month, AccountRow.month_left, wanted.per_month),
        (AccountRow.year, AccountRow.limit_per_year, AccountRow.year_left, wanted.per_year),
    ):
        read_period, read_limit = getattr(row, period.attr_name), int(getattr(row, limit.attr_name))
        # Whichever period the row counts: the clock that started it may be ahead of this one.
        actions += [limit.set(new), left.set(left + (new - read_limit))]
        condition &= (limit == read_limit) & (period == read_period)
    return actions, condition


def set_freezes(transaction: Transaction, row: AccountRow, freezes: Stops, *, reason: str) -> None:
    """Write who freezes an account that was read, in the caller's transaction: frozen while anybody does.

    Raises WrongStatus; refused where it has changed meanwhile (Stale).
    """
    if row.status == Status.CLOSED.value:
        raise WrongStatus(f"account {row.account_id} is closed")
    unchanged = as_read(row)
    row.status = (Status.FROZEN if freezes else Status.ACTIVE).value
    row.freezes, row.status_reason = dict(freezes) or None, reason
    actions = [AccountRow.status.set(row.status), AccountRow.status_reason.set(reason)]
    actions.append(AccountRow.freezes.set(row.freezes) if row.freezes else AccountRow.freezes.remove())
    rows.change(transaction, row, actions, unchanged)


def close(transaction: Transaction, row: AccountRow, *, reason: str) -> None:
    """Close an account in the caller's transaction, for good, while nothing is on it or held.

    Raises WrongStatus, NotAtZero; refused where it has changed meanwhile (Stale).
    """
    if row.status == Status.CLOSED.value:
        raise WrongStatus(f"account {row.account_id} is closed")
    read = row.to_domain()
    if read.balance or read.held:
        raise NotAtZero(f"account {row.account_id} has a balance of {read.balance} and holds of {read.held}")
    unchanged, row.status = as_read(row), Status.CLOSED.value
    actions: list[Action] = [AccountRow.status.set(row.status), AccountRow.status_reason.set(reason)]
    empty = (AccountRow.balance == 0) & (AccountRow.held == 0)
    rows.change(transaction, row, actions, unchanged & empty)


def as_read(row: AccountRow) -> Condition:
    """Status and freezes are those that were read; the same on every row of an account."""
    freezes = AccountRow.freezes == row.freezes if row.freezes else AccountRow.freezes.does_not_exist()
    unchanged: Condition = (AccountRow.status == row.status) & freezes
    return unchanged


def set_metadata(transaction: Transaction, account_id: str, metadata: Mapping[str, Any]) -> None:
    """Replace what other rooms read of the owner on this account."""
    transaction.update(
        (AccountRow, account_id),
        [AccountRow.metadata.set(dict(metadata))],
        AccountRow.account_id.exists(),
        store.stale,
    )


def by_id(accounts: Iterable[AccountRow | None]) -> dict[str, Account]:
    """Accounts as read, by id, as posting takes them."""
    return {row.account_id: row.to_domain() for row in accounts if row is not None}
