"""Finding acts: by what the caller asks, among what the caller may see, newest first."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, islice

from bank import clock, errors, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Kind, Principal
from bank.control import audit
from bank.control.audit import AuditEntryRow

# Without an actor, a subject or a unit a list goes day by day.
LONGEST_WINDOW = timedelta(days=31)
# Days that a page looks at, each a query for every shard; with more in its window it goes on with its cursor.
DAYS_A_PAGE = 7


class EntryNotFound(errors.NotFound):
    """404: no such entry, or not one that the caller may see."""

    code, title = "audit_entry_not_found", "Audit entry not found"


@dataclass(frozen=True)
class Wanted:
    """Filter of entries: of [since, until), older than the entry `after`."""

    actor: str | None
    subject: str | None
    action: str | None
    unit: str | None
    since: datetime
    until: datetime
    after: str | None
    limit: int

    def fits(self, row: AuditEntryRow) -> bool:
        """Return whether an entry that one index holds is also what the other filters ask for."""
        return (
            self.actor in (None, row.actor)
            and self.subject in (None, row.subject_id)
            and self.action in (None, row.action)
            and self.unit in (None, row.unit_id)
            and clock.instant(self.since) <= row.at < clock.instant(self.until)
        )

    @property
    def upper(self) -> str:
        """The id that everything found is below."""
        bound = audit.first_id(self.until + timedelta(milliseconds=1))
        return min(bound, self.after) if self.after else bound


def find(*, principal: Principal, entry_id: str) -> AuditEntryRow:
    """One entry. Raises EntryNotFound."""
    row = store.get(AuditEntryRow, entry_id)
    missing = EntryNotFound(f"there is no audit entry {entry_id}")
    if row is None:
        raise missing
    principal.require_sees(row.ownership, missing)
    return row


def list_entries(*, principal: Principal, wanted: Wanted) -> tuple[list[AuditEntryRow], str | None]:
    """A page of entries, and the id to go on after."""

    def shown(batch: list[str]) -> list[AuditEntryRow | None]:
        rows = store.get_many([(AuditEntryRow, entry_id) for entry_id in batch])
        return [row if row and wanted.fits(row) and principal.sees(row.ownership) else None for row in rows]

    places, rest = _places(principal, wanted)
    found, last = store.sift(places, shown, limit=wanted.limit, place=str)
    return found, last or rest


def _places(principal: Principal, wanted: Wanted) -> tuple[Iterator[str], str | None]:
    """Ids of what may be wanted, newest first, from the narrowest index that has it all.

    And the id after which the rest of the window is still to be looked at, or None.
    """
    lower = audit.first_id(wanted.since)
    if wanted.upper <= lower:
        # DynamoDB refuses a range that ends before it begins; there is nothing in it.
        return iter(()), None
    bounds = AuditEntryRow.entry_id.between(lower, wanted.upper)
    if wanted.subject:
        shards = [AuditEntryRow.by_subject.query(wanted.subject, bounds, scan_index_forward=False)]
    elif wanted.actor:
        shards = [
            AuditEntryRow.by_actor.query(shard, bounds, scan_index_forward=False)
            for shard in audit.actor_shards(wanted.actor)
        ]
    elif wanted.unit or (principal.kind is Kind.STAFF and principal.unit != HEAD_OFFICE):
        shards = [
            AuditEntryRow.by_unit.query(shard, bounds, scan_index_forward=False)
            for unit in ([wanted.unit] if wanted.unit else principal.units())
            for shard in audit.unit_shards(unit)
        ]
    else:
        days = _days(wanted)
        page = list(islice(days, DAYS_A_PAGE))
        places = chain.from_iterable(_of_day(day, wanted) for day in page)
        return places, _start_of(page[-1]) if next(days, None) else None
    return _merged(shards, wanted), None


def _days(wanted: Wanted) -> Iterator[date]:
    """The business days of the window, newest first, from where the page before ended."""
    until = audit.time_of(wanted.after) if wanted.after else wanted.until
    day, first = clock.business_date(min(until, wanted.until)), clock.business_date(wanted.since)
    while day >= first:
        yield day
        day -= timedelta(days=1)


def _of_day(day: date, wanted: Wanted) -> Iterator[str]:
    bounds = AuditEntryRow.entry_id < wanted.upper
    shards = [
        AuditEntryRow.by_day.query(shard, bounds, scan_index_forward=False)
        for shard in audit.day_shards(day.isoformat())
    ]
    return _merged(shards, wanted)


def _start_of(day: date) -> str:
    """The id that no entry of the business day is below."""
    return audit.first_id(clock.midnight(day))


def _merged(shards: Sequence[Iterator[AuditEntryRow]], wanted: Wanted) -> Iterator[str]:
    merged = heapq.merge(*((row.entry_id for row in shard) for shard in shards), reverse=True)
    return (entry_id for entry_id in merged if entry_id < wanted.upper)
