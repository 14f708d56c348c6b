"""The rules of the ledger: pure, in whole minor units, without AWS, clock or randomness.

A balance is credits less debits, as the bank owes it: a customer's wallet is positive, the bank's own cash is
negative, and all of a currency sum to zero. A leg's amount is signed the same way: a credit is positive.

An account's id says its kind, so that a journal can be built without reading every account it touches:
`wal_` a customer's wallet, `pts_` a customer's points, `stl_` a settlement account, `clr_` a client's
clearing account, `int_` an account of the bank's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bank.ledger import parts
from bank.ledger.velocity import Lowered, Origin, Velocity

NO_LIMIT = 10**15
MAX_LEGS = 40
# The unit of points. It is no currency, so that no caller names it.
PTS = "PTS"


class Kind(StrEnum):
    """Kinds of account; the kind decides how it is posted."""

    WALLET = "wallet"
    POINTS = "points"
    SETTLEMENT = "settlement"
    CLEARING = "clearing"
    INTERNAL = "internal"


class Status(StrEnum):
    """Frozen refuses debits and takes credits (a refund must be able to land); closed refuses both."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


PREFIXES = dict(zip(Kind, ("wal", "pts", "stl", "clr", "int"), strict=True))
KINDS = {prefix: kind for kind, prefix in PREFIXES.items()}
# One customer's: booked in the journal's own transaction, both ways.
OWN = frozenset({Kind.WALLET, Kind.POINTS})
# Credited by many at once: their credits are left to the applier.
SHARED = frozenset({Kind.SETTLEMENT, Kind.CLEARING})


def kind_of(account_id: str) -> Kind:
    """The kind that an account's id tells."""
    return KINDS[account_id.split("_", 1)[0]]


def internal(name: str, currency: str) -> str:
    """The id of one of the bank's own accounts: `int_cash_CNY`. It is opened by its first posting."""
    return f"int_{name}_{currency}"


@dataclass(frozen=True)
class Limits:
    """Spending limits in minor units: at once, in a day, a calendar month and year (Shanghai)."""

    per_payment: int = NO_LIMIT
    per_day: int = NO_LIMIT
    per_month: int = NO_LIMIT
    per_year: int = NO_LIMIT


@dataclass(frozen=True)
class Account:
    """An account as it was read. `available` is the available balance: less holds, with its credit limit."""

    account_id: str
    owner_id: str
    kind: Kind
    currency: str
    status: Status
    balance: int
    held: int
    available: int
    limits: Limits
    day: str
    day_left: int
    month: str
    month_left: int
    year: str
    year_left: int
    version: int
    booked_at: str
    opened_at: str
    metadata: dict[str, object]
    credit_limit: int = 0
    velocity: Velocity = field(default_factory=Velocity)
    last_origin: Origin = field(default_factory=Origin)
    lowered: Lowered | None = None
    free_spent: int = 0
    # Of points: their lots (bank.ledger.lots), packed.
    lots: str = ""
    # Each of its rows, where it has several (bank.ledger.parts); what it has is then their sum.
    parts: tuple["Account", ...] = ()

    @property
    def guarded(self) -> bool:
        """Return whether it may never be overdrawn."""
        return self.kind is not Kind.INTERNAL

    def remaining_limits(self, today: str) -> tuple[int, int, int]:
        """Return what the day's, month's and year's limits leave on business date `today` (YYYY-MM-DD)."""
        day = self.day_left if self.day == today else self.limits.per_day
        month = self.month_left if self.month == today[:7] else self.limits.per_month
        year = self.year_left if self.year == today[:4] else self.limits.per_year
        return day, month, year

    def free_spent_on(self, today: str) -> int:
        """Return what has left it on business date `today` without its customer's confirmation."""
        return self.free_spent if self.day == today else 0

    def whole(self, others: Sequence["Account"]) -> "Account":
        """This account with its further rows: what stands on all of them, added up."""
        rows = (self, *others)
        return replace(
            self,
            balance=sum(row.balance for row in rows),
            available=sum(row.available for row in rows),
            version=sum(row.version for row in rows),
            booked_at=max(row.booked_at for row in rows),
            velocity=parts.velocity(row.velocity for row in rows),
            parts=rows,
        )


@dataclass(frozen=True)
class Leg:
    """One side of a journal: a credit of `amount` to the account, or a debit where it is negative."""

    account_id: str
    amount: int

    @property
    def immediate(self) -> bool:
        """Return whether it changes the balance in the journal's own transaction.

        Customers' accounts do, and so does whatever takes from an account that must not be overdrawn. A
        credit to a settlement or clearing account and anything on an internal one is left to the applier:
        those rows are shared.
        """
        kind = kind_of(self.account_id)
        return kind in OWN or (kind in SHARED and self.amount < 0)


@dataclass(frozen=True)
class Journal:
    """A balanced, immutable booking in one currency. `reference` names what it was made for.

    `made_by` is the id of who asked for it (a customer, a channel, a member of staff), or of the case or the
    job that it followed from; posting sets it. `wide`: its entry on a settlement account, which the applier
    writes, lies in one of many partitions (`bank.ledger.statements`).
    """

    journal_id: str
    kind: str
    reference: str
    currency: str
    legs: tuple[Leg, ...]
    booked_at: str
    made_by: str = ""
    wide: bool = False

    def __post_init__(self) -> None:
        if sum(leg.amount for leg in self.legs) != 0:
            raise ValueError(f"journal {self.journal_id} does not balance")
        if not 2 <= len(self.legs) <= MAX_LEGS or any(leg.amount == 0 for leg in self.legs):
            raise ValueError(f"journal {self.journal_id} needs 2 to {MAX_LEGS} legs that are not zero")
        if len({leg.account_id for leg in self.legs}) != len(self.legs):
            raise ValueError(f"journal {self.journal_id} has two legs on one account")
        if any(parts.is_further(leg.account_id) for leg in self.legs):
            raise ValueError(f"journal {self.journal_id} names a part of an account")
        if self.wide and any(kind_of(leg.account_id) in SHARED for leg in self.immediate):
            raise ValueError(f"journal {self.journal_id} is wide and debits a settlement account")

    @property
    def immediate(self) -> list[Leg]:
        """The legs booked in the journal's own transaction."""
        return [leg for leg in self.legs if leg.immediate]

    @property
    def deferred(self) -> list[Leg]:
        """The legs that the applier books."""
        return [leg for leg in self.legs if not leg.immediate]

    def counterparty(self, account_id: str) -> str:
        """The account on the other side: the first leg of the opposite sign."""
        own = next(leg for leg in self.legs if leg.account_id == account_id)
        return next(leg.account_id for leg in self.legs if (leg.amount < 0) != (own.amount < 0))


def journal(
    journal_id: str,
    *,
    kind: str,
    reference: str,
    currency: str,
    amounts: dict[str, int],
    booked_at: str,
    wide: bool = False,
) -> Journal:
    """A journal from signed amounts by account; amounts of zero are left out."""
    legs = tuple(Leg(account_id, amount) for account_id, amount in amounts.items() if amount)
    return Journal(journal_id, kind, reference, currency, legs, booked_at, wide=wide)


class HoldStatus(StrEnum):
    """A hold ends exactly one way."""

    HELD = "held"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Hold:
    """Money set aside: `captured + returned = amount` once it has ended."""

    hold_id: str
    account_id: str
    amount: int
    currency: str
    status: HoldStatus
    captured: int
    returned: int
    day: str
    expires_at: str
    reference: str
    # Who gets what is captured, but for the bank's fee; None for holds of before there was one.
    payee_account_id: str | None = None
    # Whether it still is as it was placed.
    intact: bool = True

    def due(self, now: str) -> bool:
        """Return whether it has outlived its time without having ended."""
        return self.status is HoldStatus.HELD and self.expires_at <= now

    def ended(self, status: HoldStatus, captured: int) -> "Hold":
        """This hold after its one end."""
        if self.status is not HoldStatus.HELD or not 0 <= captured <= self.amount:
            raise ValueError(f"hold {self.hold_id} cannot end as {status} with {captured}")
        return replace(self, status=status, captured=captured, returned=self.amount - captured)
