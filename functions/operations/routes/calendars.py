"""The calendar of working and trading days, a year at a time."""

from bank.access import acts
from bank.control import audit
from bank.http import Call
from operations import rendering, schemas
from operations.routes.api import STAFF, app
from operations.service import calendars
from operations.service.calendars import BadDay, YearNotFound


@app.get(
    "/calendars/{year}",
    scope="calendars:read",
    callers=STAFF,
    answer=schemas.CalendarAnswer,
    problems=[YearNotFound],
)
def get_calendar(call: Call, year: str) -> schemas.CalendarAnswer:
    """A year's holidays, make-up working days and days without trading, as they are now."""
    call.principal.require_head_office()
    return rendering.calendar(calendars.find(year))


@app.patch(
    "/calendars/{year}",
    act=acts.approved(acts.GUARD),
    scope="calendars:write",
    callers=STAFF,
    body=schemas.ChangeCalendar,
    answer=schemas.CalendarAnswer,
    problems=[YearNotFound, BadDay],
)
def change_calendar(call: Call, year: str, body: schemas.ChangeCalendar) -> schemas.CalendarAnswer:
    """Change some days of a year, and whether its holidays are published; what is left out stays."""
    call.principal.require_head_office()
    changed = calendars.change(
        year=year,
        days={each.day: rendering.special(each) for each in body.days},
        published=body.published,
        source=body.source,
        reason=body.reason,
        actor=audit.actor(call),
    )
    return rendering.calendar(changed)
