"""The calendar as staff read it, and as two of them change it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bank import calendar
from bank.calendar import years
from bank.control.audit import AuditEntryRow
from operations import app
from tests.support import http
from tests.unit.operations.given import Clock, get, refused_to_others

TYPHOON = {"day": "2026-12-03", "kind": "holiday", "name": "台风"}
TEXTS = {"source": "Municipal notice 9", "reason": "A typhoon"}

pytestmark = pytest.mark.usefixtures("cloud")


def change(year: int, *days: dict[str, Any], **more: Any) -> http.Reply:
    options = {name: more.pop(name) for name in ("approve",) if name in more}
    body = {"days": list(days), **TEXTS, **more}
    return http.call(app.app, "PATCH", f"/calendars/{year}", body, principal=http.staff(), **options)


def test_a_year_as_it_was_delivered(at: Clock) -> None:
    found = get("/calendars/2026")

    assert (found["edition"], found["published"], found["working_days"]) == (0, True, 248)
    # Weekdays that are no holiday: six days of work are made up for at weekends.
    assert found["trading_days"] == 242
    assert found["days"][3] == {
        "day": "2026-01-04",
        "kind": "make_up",
        "name": "元旦",
        "working": True,
        "trading": False,
    }


def test_a_year_that_is_not_published_says_so(at: Clock) -> None:
    found = get("/calendars/2027")

    assert (found["published"], found["days"], found["working_days"]) == (False, [], 261)


def test_nobody_changes_a_day_alone(at: Clock) -> None:
    assert change(2026, TYPHOON, approve=False).status == 202
    assert get("/calendars/2026")["edition"] == 0


def test_two_change_a_day_and_the_trail_says_what_it_was(at: Clock) -> None:
    reply = change(2026, TYPHOON)

    assert reply.status == 200, reply.body
    assert reply.json["edition"] == 1
    assert [each["day"] for each in reply.json["days"] if each["name"] == "台风"] == ["2026-12-03"]
    assert reply.json["working_days"] == 247
    years.forget()
    assert not calendar.is_working_day(date(2026, 12, 3))
    entry = next(row for row in AuditEntryRow.scan() if row.action == "operations.calendar_changed")
    assert (entry.actor, entry.subject_id, entry.reason) == ("stf_test", "calendar#2026", "A typhoon")
    assert entry.before["days"] == {"2026-12-03": None}
    assert entry.after["days"] == {"2026-12-03": {"kind": "holiday", "name": "台风"}}


def test_a_day_becomes_again_what_its_weekday_says(at: Clock) -> None:
    change(2026, TYPHOON)
    change(2026, {**TYPHOON, "kind": "ordinary"})

    found = get("/calendars/2026")
    assert (found["edition"], found["working_days"]) == (2, 248)
    assert "2026-12-03" not in {each["day"] for each in found["days"]}


def test_a_year_is_published_by_its_notice(at: Clock) -> None:
    assert change(2027, {"day": "2027-01-01", "kind": "holiday", "name": "元旦"}).json["published"] is False
    assert change(2027, published=True).json["published"] is True


def test_what_is_over_stays_as_it_was_once_the_year_is_published(at: Clock) -> None:
    at.moment = datetime(2026, 12, 3, 16, 30, tzinfo=UTC)  # The 4th in Shanghai.
    assert change(2026, TYPHOON).json["code"] == "bad_calendar_day"
    assert change(2026, {**TYPHOON, "day": "2026-12-04"}).status == 200
    # The notice may come late.
    assert change(2024, {"day": "2024-01-01", "kind": "holiday", "name": "元旦"}).status == 200


@pytest.mark.parametrize(
    "day",
    [
        {"day": "2027-01-01", "kind": "holiday"},
        {"day": "2026-12-07", "kind": "make_up"},
        {"day": "2026-12-06", "kind": "no_trading"},
    ],
)
def test_a_day_of_another_year_or_kind_is_refused(day: dict[str, str], at: Clock) -> None:
    reply = change(2026, {**day, "name": "x"})

    assert (reply.status, reply.json["code"], reply.json["day"]) == (422, "bad_calendar_day", day["day"])


@pytest.mark.parametrize("year", ["1999", "2100", "26", "next"])
def test_there_is_no_such_year(year: str, at: Clock) -> None:
    assert http.call(app.app, "GET", f"/calendars/{year}", principal=http.staff()).status == 404


def test_an_approval_of_an_edition_does_not_hold_for_the_next_one(at: Clock) -> None:
    """Somebody else's change came between: what its checkers were shown is not what would be changed."""
    proposed = change(2026, TYPHOON, approve=False)
    approval_id = http.approved(proposed.json)
    change(2026, {**TYPHOON, "day": "2026-12-04"})

    body = {"days": [TYPHOON], **TEXTS}
    reply = http.call(
        app.app,
        "PATCH",
        "/calendars/2026",
        body,
        principal=http.staff(),
        headers={"approval-id": approval_id},
    )

    assert reply.status == 409
    assert get("/calendars/2026")["edition"] == 1


def test_the_calendar_is_the_head_office_s(at: Clock) -> None:
    assert refused_to_others("GET", "/calendars/2026")
    assert refused_to_others("PATCH", "/calendars/2026", {"days": [TYPHOON], **TEXTS})
