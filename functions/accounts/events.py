"""What the accounts room tells: changes of accounts, and money that came in or left."""

from typing import ClassVar

from bank.events import DomainEvent
from bank.ledger import AccountRow


class AccountsEvent(DomainEvent):
    """Base of this room's events."""

    room: ClassVar[str] = "accounts"
    account_id: str


class AccountOpened(AccountsEvent):
    """An account was opened."""

    owner_id: str
    kind: str
    currency: str


class AccountStatusChanged(AccountsEvent):
    """An account was frozen, unfrozen or closed."""

    status: str
    previous: str
    reason: str


class AccountLimitsChanged(AccountsEvent):
    """An account's limits changed; in minor units, 10^15 meaning none."""

    per_payment: int
    per_day: int
    per_month: int
    per_year: int


class MoneyDeposited(AccountsEvent):
    """Money came in from outside; `cash`: over the counter."""

    movement_id: str
    journal_id: str
    amount: int
    currency: str
    cash: bool


class MoneyWithdrawn(AccountsEvent):
    """Money left for outside; `cash`: over the counter."""

    movement_id: str
    journal_id: str
    amount: int
    currency: str
    cash: bool


class LedgerVerificationFailed(DomainEvent):
    """The scheduled verification found something that does not agree."""

    room: ClassVar[str] = "accounts"
    as_of: str
    zero_sum: bool
    difference_count: int


PUBLISHED: tuple[type[DomainEvent], ...] = (
    AccountOpened,
    AccountStatusChanged,
    AccountLimitsChanged,
    MoneyDeposited,
    MoneyWithdrawn,
    LedgerVerificationFailed,
)
MOVED: dict[str, type[MoneyDeposited | MoneyWithdrawn]] = {
    "deposit": MoneyDeposited,
    "withdrawal": MoneyWithdrawn,
}


def of_change(
    old: AccountRow | None, new: AccountRow | None, cash: frozenset[str] = frozenset()
) -> list[AccountsEvent]:
    """The events that a change of an account's row means; `cash` are the movements that were cash."""
    if new is None:
        return []
    if old is None:
        return [
            AccountOpened(
                account_id=new.account_id, owner_id=new.owner_id, kind=new.kind, currency=new.currency
            )
        ]
    return [*_status(old, new), *_limits(old, new), *_moved(old, new, cash)]


def _status(old: AccountRow, new: AccountRow) -> list[AccountsEvent]:
    if old.status == new.status:
        return []
    return [
        AccountStatusChanged(
            account_id=new.account_id,
            status=new.status,
            previous=old.status,
            reason=new.status_reason or "",
        )
    ]


def _limits(old: AccountRow, new: AccountRow) -> list[AccountsEvent]:
    before, after = old.to_domain().limits, new.to_domain().limits
    if before == after:
        return []
    return [
        AccountLimitsChanged(
            account_id=new.account_id,
            per_payment=after.per_payment,
            per_day=after.per_day,
            per_month=after.per_month,
            per_year=after.per_year,
        )
    ]


def _moved(old: AccountRow, new: AccountRow, cash: frozenset[str]) -> list[AccountsEvent]:
    if old.version == new.version or not new.last or new.last.get("k") not in MOVED:
        return []
    return [
        MOVED[new.last["k"]](
            account_id=new.account_id,
            movement_id=new.last["r"],
            journal_id=new.last["j"],
            amount=abs(new.last["a"]),
            currency=new.currency,
            cash=new.last["r"] in cash,
        )
    ]
