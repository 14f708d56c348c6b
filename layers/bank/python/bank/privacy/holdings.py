"""Holdings: data of people in the rows of a table. Each room says it of its own tables, in its `holdings`.

`tests/contract/test_holdings.py` finds every table there is, and fails for one that no room classifies.
"""

from dataclasses import dataclass
from enum import StrEnum

from bank.calendar.tables import CalendarYearRow
from bank.caps import CapRow
from bank.events import ConsumedEventRow
from bank.jobs import JobPartRow, JobRunRow
from bank.privacy.laws import Law
from bank.store import Table


class Whose(StrEnum):
    """Persons whose data a row holds."""

    CUSTOMERS = "customers"
    STAFF = "staff"
    MERCHANTS = "merchants"
    SUPPLIERS = "suppliers"
    CHANNELS = "channels"
    NOBODY = "nobody"


class Ground(StrEnum):
    """Grounds on which an export does not give what is held of a customer."""

    SECRETS = "digests of secrets and what guards them: nothing to read, and a prize for a thief"
    TIPPING_OFF = (
        "confidential whether or not there is anything: Anti-Money Laundering Law (2024), article 7; PIPL, "
        "articles 18 and 45; FATF recommendation 21"
    )
    CONTROL = "how the bank finds fraud, and the rights of others: GDPR, article 15(4)"
    ELSEWHERE = "the same facts are given from another row"
    OTHERS = "of others than the customer who asks"


# Told to whoever asks for an export, the same to everybody.
NOT_EXPORTED = (
    f"records of duties against money laundering and fraud, and of approvals: {Ground.TIPPING_OFF}",
    f"profiles and reasons of the control of fraud: {Ground.CONTROL}",
    f"passwords and codes: {Ground.SECRETS}",
    "numbers of bank cards and accounts of others, which are masked: rights of others, GDPR, article 15(4)",
)


class Fate(StrEnum):
    """Fates of what is held when its customer leaves."""

    ERASED = "erased"
    EXPIRES = "expires"
    KEPT = "kept"
    STAYS = "stays"


@dataclass(frozen=True)
class End:
    """End of a holding: its fate, the law that keeps it where one does, and what to say of it."""

    fate: Fate
    law: Law | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Holding:
    """Data of people in the rows of a model.

    `personal` are attributes beyond ids; `given` is their section of an export.
    """

    model: type[Table]
    whose: Whose
    holds: str
    end: End
    personal: tuple[str, ...] = ()
    given: str = ""
    withheld: Ground | None = None


def erased(detail: str = "at once") -> End:
    """Gone when the customer leaves."""
    return End(Fate.ERASED, None, detail)


def expires(detail: str) -> End:
    """Deleted by the table itself after its time, whether or not the customer leaves."""
    return End(Fate.EXPIRES, None, detail)


def kept(law: Law, detail: str = "") -> End:
    """Kept for as long as this law has it kept."""
    return End(Fate.KEPT, law, detail)


def impersonal(model: type[Table], holds: str, *, whose: Whose = Whose.NOBODY) -> Holding:
    """A table that no customer's leaving changes."""
    return Holding(model=model, whose=whose, holds=holds, end=End(Fate.STAYS))


# Tables that all rooms write to and none owns.
SHARED = (
    impersonal(ConsumedEventRow, "ids of events that were taken, for 30 days"),
    impersonal(JobRunRow, "runs of jobs, and who of staff had one repeated", whose=Whose.STAFF),
    impersonal(JobPartRow, "parts of runs that are done, with counts"),
    impersonal(CalendarYearRow, "working days, and who of staff changed them", whose=Whose.STAFF),
    impersonal(CapRow, "what was taken of each cap, whose id names no customer"),
)
