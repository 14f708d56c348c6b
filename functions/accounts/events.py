"""Events of the accounts room: changes of accounts, deposits and withdrawals."""

from typing import Any, ClassVar

from accounts.tables import MovementRow
from bank import clock, ledger
from bank.events import DomainEvent
from bank.ledger import AccountRow
from bank.risk.reviews import NOT_REVIEWED, VerdictTold


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


class AccountLimitLowered(AccountsEvent):
    """For some time little leaves the account: until an instant at most `per_day` minor units in 24 hours."""

    lowered_until: str
    per_day: int


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


class WithdrawalStep(AccountsEvent):
    """Base of the events that tell of a withdrawal as risk judged it."""

    movement_id: str
    amount: int
    currency: str
    # Whose account it is, if a customer's; which device, if the channel said; who let it in; what risk said.
    customer_id: str | None
    unit_id: str
    device_id: str | None
    client_id: str
    risk: VerdictTold | None


class WithdrawalHeldForReview(WithdrawalStep):
    """Money is held until a person has looked at the withdrawal; it is rejected where nobody has by then."""

    expires_at: str


class WithdrawalSucceeded(WithdrawalStep):
    """A withdrawal was booked, at once or after its review."""

    journal_id: str


class WithdrawalDeclined(WithdrawalStep):
    """A withdrawal was refused, at once or by its review; no money left."""

    code: str


class WithdrawalReviewLapsed(AccountsEvent):
    """Nobody decided the review in time: the withdrawal was declined and its hold returned."""

    movement_id: str


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
    AccountLimitLowered,
    MoneyDeposited,
    MoneyWithdrawn,
    WithdrawalHeldForReview,
    WithdrawalSucceeded,
    WithdrawalDeclined,
    WithdrawalReviewLapsed,
    LedgerVerificationFailed,
)
MOVED: dict[str, type[MoneyDeposited | MoneyWithdrawn]] = {
    "deposit": MoneyDeposited,
    "withdrawal": MoneyWithdrawn,
}
# What a deposit's source or a withdrawal's destination is called when it is cash.
CASH = "cash"


def of_change(old: AccountRow | None, new: AccountRow | None) -> list[AccountsEvent]:
    """The events that a change of an account's row means; movements have rows of their own."""
    if new is None or ledger.parts.is_further(new.account_id):
        return []
    if old is None:
        return [
            AccountOpened(
                account_id=new.account_id, owner_id=new.owner_id, kind=new.kind, currency=new.currency
            )
        ]
    return [*_status(old, new), *_limits(old, new), *_lowered(old, new)]


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
    before, after = (row.to_domain(one_row=True).limits for row in (old, new))
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


def _lowered(old: AccountRow, new: AccountRow) -> list[AccountsEvent]:
    now = new.lowered
    if now is None or old.lowered == now:
        return []
    until = clock.instant(now.ends_at)
    return [AccountLimitLowered(account_id=new.account_id, lowered_until=until, per_day=now.per_day)]


MovementEvent = MoneyDeposited | MoneyWithdrawn | WithdrawalStep | WithdrawalReviewLapsed


def of_movement(old: MovementRow | None, new: MovementRow | None) -> list[MovementEvent]:
    """The events that a change of a movement means, whatever kind of account it is on.

    That money moved, once; of a withdrawal, each step, too.
    """
    if new is None or (old is not None and old.status == new.status):
        return []
    moved = _moved(new)
    return [*moved, *_steps(new)] if new.type == "withdrawal" else moved


def _moved(new: MovementRow) -> list[MovementEvent]:
    if new.status != "booked" or new.refusal:
        return []
    return [
        MOVED[new.type](
            account_id=new.account_id,
            movement_id=new.movement_id,
            journal_id=new.journal_id,
            amount=int(new.amount),
            currency=new.currency,
            cash=new.counterparty == CASH,
        )
    ]


def _steps(new: MovementRow) -> list[MovementEvent]:
    facts: dict[str, Any] = {
        "account_id": new.account_id,
        "movement_id": new.movement_id,
        "amount": int(new.amount),
        "currency": new.currency,
        "customer_id": new.customer_id,
        "unit_id": new.unit_id,
        "device_id": new.device_id,
        "client_id": new.client_id,
        "risk": new.verdict.summary() if new.verdict else None,
    }
    if new.status == "in_review":
        return [WithdrawalHeldForReview(**facts, expires_at=new.review_until)]
    if new.status == "booked":
        return [WithdrawalSucceeded(**facts, journal_id=new.journal_id)]
    decline = new.decline or new.refusal
    declined = WithdrawalDeclined(**facts, code=decline["code"])
    if decline != NOT_REVIEWED:
        return [declined]
    return [declined, WithdrawalReviewLapsed(account_id=new.account_id, movement_id=new.movement_id)]
