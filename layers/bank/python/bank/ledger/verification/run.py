"""State of one run of the verification: rows read, differences found."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bank import clock, store
from bank.ledger import lateness
from bank.ledger.domain import Journal, Kind, kind_of
from bank.ledger.lateness import IN_FLIGHT, Standing, Tail
from bank.ledger.parts import account_of
from bank.ledger.tables import AccountRow, JournalRow
from bank.ledger.verification.steps import Step

# How far the clocks of two processes may be apart.
CLOCK_SKEW = timedelta(minutes=1)
# Of what is late, and of what differs, a report names so many.
MOST_NAMED = 200


@dataclass
class Behind:
    """An account whose last postings are missing; of all its rows together."""

    tail: Tail = field(default_factory=lambda: Tail(0, 0))
    # Amounts of what the tail is made of.
    amounts: list[int] = field(default_factory=list)
    # Something was booked after the cut, whose journal may not have been read.
    fresh: bool = False


@dataclass
class Run:
    """One run. Instants are as `clock.instant` writes them."""

    moment: datetime
    started: str
    # What was booked up to here has been written, though what follows from it through streams may be late.
    cut: str
    # Nothing is booked after this.
    latest: str
    journals: dict[str, Journal] = field(default_factory=dict)
    # journal -> by account, what of its leg has not been met yet among the entries
    unbooked: dict[str, dict[str, int]] = field(default_factory=dict)
    # Rows of accounts that have several: when each that was met was opened, and those that were verified.
    met: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    sums: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    # internal account -> its balance by the journals up to the cut
    internal: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    # Last step that was read of each row of an internal account.
    ends: dict[str, Step] = field(default_factory=dict)
    behind: dict[str, Behind] = field(default_factory=lambda: defaultdict(Behind))
    accounts: int = 0
    differences: list[dict[str, str]] = field(default_factory=list)
    late: list[dict[str, str]] = field(default_factory=list)
    late_count: int = 0
    late_since: str = ""

    @classmethod
    def started_at(cls, now: datetime) -> "Run":
        """A run that starts now."""
        return cls(now, clock.instant(now), clock.instant(now - IN_FLIGHT), clock.instant(now + CLOCK_SKEW))

    def differs(self, what: str, name: str, detail: str, standing: Standing = Standing.CORRUPT) -> None:
        """Something does not agree."""
        difference = {"what": what, "id": name, "detail": detail, "standing": standing.value}
        self.differences.append(difference)

    def missing(self, what: str, name: str, detail: str, *, since: str, count: int = 1) -> Standing:
        """Something that a stream brings is not there, `count` times: it is late, or by now lost."""
        standing = lateness.standing(since, self.moment)
        if standing is Standing.LOST:
            self.differs(what, name, detail, standing)
        elif standing is Standing.LATE:
            self.late_count += count
            self.late_since = min(self.late_since or since, since)
            if count and len(self.late) < MOST_NAMED:
                self.late.append({"what": what, "id": name, "detail": detail, "since": since})
        return standing

    def journal(self, journal_id: str) -> Journal | None:
        """The journal, also when it was booked after the journals were read; None where it is not sound."""
        if journal_id not in self.journals:
            row = store.get(JournalRow, journal_id) if journal_id else None
            if row is None or not row.intact():
                return None
            self.journals[journal_id] = row.to_domain()
        return self.journals[journal_id]

    def meet(self, row: AccountRow, journal: Journal, amount: int) -> None:
        """Meet a journal's leg, or a row's share of it, among what was booked; summed up to the cut."""
        legs, account_id = self.unbooked.get(journal.journal_id), account_of(row.account_id)
        if legs is None:
            return
        left = legs.pop(account_id, 0)
        if not 0 < abs(amount) <= abs(left):
            self.differs("leg", journal.journal_id, f"its leg on {account_id} was booked twice")
            return
        if left != amount:
            legs[account_id] = left - amount
        self.sums[row.currency] += amount


def read_journals(run: Run) -> None:
    """Read every journal; those up to the cut are to be met."""
    for row in JournalRow.scan(consistent_read=True):
        if not row.intact():
            run.differs("journal", row.journal_id, "altered: its content does not give its digest")
            continue
        journal = row.to_domain()
        run.journals[journal.journal_id] = journal
        if journal.booked_at <= run.cut:
            run.unbooked[journal.journal_id] = {leg.account_id: leg.amount for leg in journal.legs}
            for leg in journal.legs:
                if kind_of(leg.account_id) is Kind.INTERNAL:
                    run.internal[leg.account_id] += leg.amount


def leg_on(journal: Journal | None, row_id: str) -> int:
    """The journal's leg on the account of a row; 0 where it has none."""
    account_id = account_of(row_id)
    return next((leg.amount for leg in journal.legs if leg.account_id == account_id), 0) if journal else 0


def has_leg(journal: Journal | None, row_id: str, amount: int) -> bool:
    """Return whether the journal books `amount` on the account of a row."""
    return amount != 0 and leg_on(journal, row_id) == amount
