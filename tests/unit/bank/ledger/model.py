"""What a wallet is, in the plainest terms: the machine compares the ledger with it after every step."""

from collections import defaultdict
from dataclasses import dataclass, field, replace

from bank import errors
from bank.ledger import (
    AccountClosed,
    AccountFrozen,
    Hold,
    HoldStatus,
    InsufficientFunds,
    LimitExceeded,
    Limits,
    Status,
)
from bank.ledger.accounts import NotAtZero, WrongStatus

Refused = type[errors.BankError] | None


@dataclass
class Wallet:
    """A wallet. What was spent is kept for each day (`2026-01-30`), month (`2026-01`) and year of it."""

    account_id: str
    limits: Limits
    status: Status = Status.ACTIVE
    balance: int = 0
    held: int = 0
    spent: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def refuses_credit(self) -> Refused:
        """Why it takes no money."""
        return AccountClosed if self.status is Status.CLOSED else None

    def refuses_spend(self, amount: int, day: str) -> Refused:
        """Why its owner cannot spend so much."""
        if self.status is Status.CLOSED:
            return AccountClosed
        if self.status is Status.FROZEN:
            return AccountFrozen
        if self.balance - self.held < amount:
            return InsufficientFunds
        left = (self.limits.per_payment, *self.remaining_limits(day))
        return LimitExceeded if amount > min(left) else None

    def refuses_status(self, status: Status) -> Refused:
        """Why it cannot become that."""
        if self.status is Status.CLOSED:
            return WrongStatus
        return NotAtZero if status is Status.CLOSED and (self.balance or self.held) else None

    def remaining_limits(self, day: str) -> tuple[int, int, int]:
        """What the day's, the month's and the year's limit leave."""
        return (
            self.limits.per_day - self.spent[day],
            self.limits.per_month - self.spent[day[:7]],
            self.limits.per_year - self.spent[day[:4]],
        )

    def spend(self, amount: int, day: str) -> None:
        """Count it against the limits."""
        self.spent[day] += amount
        self.spent[day[:7]] += amount
        self.spent[day[:4]] += amount

    def end(self, hold: Hold, captured: int) -> None:
        """End a hold: what it captured is gone, what it returns was never spent."""
        self.held -= hold.amount
        self.balance -= captured
        self.spend(captured - hold.amount, hold.day)


@dataclass
class Reservation:
    """A hold and its end, if it has had one."""

    wallet: Wallet
    placed: Hold
    end: Hold | None = None

    def refuses(self, status: HoldStatus, at: str) -> bool:
        """Whether it cannot end so at an instant."""
        over = self.placed.expires_at <= at
        too_late = status is HoldStatus.CAPTURED and over
        too_early = status is HoldStatus.EXPIRED and not over
        return self.end is not None or too_late or too_early

    def ends(self, status: HoldStatus, captured: int = 0) -> None:
        """Its one end."""
        returned = self.placed.amount - captured
        self.end = replace(self.placed, status=status, captured=captured, returned=returned)
        self.wallet.end(self.placed, captured)
