"""Editions of a year. The newest holds; earlier ones stay, so that what a settlement went by can be told."""

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute

from bank.store import Table, table_name


class CalendarYearRow(Table):
    """A year as staff left it with one change."""

    class Meta:
        table_name = table_name("calendar-years")

    year = UnicodeAttribute(hash_key=True)
    # `0001`, after what the release knows.
    edition = UnicodeAttribute(range_key=True)
    # {"2027-01-01": {"kind": "holiday", "name": "元旦"}}
    days: JSONAttribute = JSONAttribute()
    published = BooleanAttribute()
    source = UnicodeAttribute()
    changed_at = UnicodeAttribute()
    changed_by = UnicodeAttribute()
