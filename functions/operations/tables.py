"""The operations room's tables. Patterns and costs: README.md."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank.store import Table, table_name

# The one key of the index of open incidents: there are few, and none is on anybody's way.
OPEN = "open"


class WatchedJobRow(Table):
    """A job as the watchdog saw it last. Its runs are kept by the kernel (`bank.jobs`)."""

    class Meta:
        table_name = table_name("watched-jobs")

    job = UnicodeAttribute(hash_key=True)
    since = UnicodeAttribute()
    # Of the last good run: planned instant and end.
    good = UnicodeAttribute(null=True)
    good_finished_at = UnicodeAttribute(null=True)


class OpenIncidents(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Incidents that somebody has to look at still, by when they began."""

    class Meta:
        index_name = "open_incidents"
        projection = KeysOnlyProjection()

    open_key = UnicodeAttribute(hash_key=True)
    # `2026-11-29T18:00:00.000000Z#inc_...`: several may begin at once.
    place = UnicodeAttribute(range_key=True)


class IncidentRow(Table):
    """An alarm that went off, until it is over and somebody has acknowledged it."""

    class Meta:
        table_name = table_name("incidents")

    incident_id = UnicodeAttribute(hash_key=True)
    # Without the stage's prefix: `accounts-DeadLetters`.
    alarm = UnicodeAttribute()
    # CloudWatch's own words.
    detail = UnicodeAttribute()
    began_at = UnicodeAttribute()
    over_at = UnicodeAttribute(null=True)
    escalated_at = UnicodeAttribute(null=True)
    acknowledged_at = UnicodeAttribute(null=True)
    acknowledged_by = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    # Absent once it is over and acknowledged.
    open_key = UnicodeAttribute(null=True)
    place = UnicodeAttribute()
    open_incidents = OpenIncidents()
