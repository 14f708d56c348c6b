"""What staff do with cases, over HTTP: within their data scope, once, and with a trace."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bank import clock
from bank.access import organisation
from bank.access.organisation import HEAD_OFFICE, UnitRow
from bank.control.audit import AuditEntryRow
from cases.app import app
from tests.support import http
from tests.support.http import Reply
from tests.support.streams import Cloud
from tests.unit.cases import given

REASON = {"reason": "asked for by the auditor"}


@pytest.fixture
def branches(cloud: Cloud) -> Iterator[Cloud]:
    """Two branches, with a case each, and one of the head office."""
    organisation.forget()
    for unit_id in ("unit_hz", "unit_nb"):
        UnitRow(unit_id=unit_id, parent_id=HEAD_OFFICE, name=unit_id).save()
    given.deliver(given.alert("alt_0"))
    given.deliver(given.alert("alt_1", customer_id="cus_hz", unit_id="unit_hz"))
    given.deliver(given.alert("alt_2", customer_id="cus_nb", unit_id="unit_nb"))
    yield cloud
    organisation.forget()


def in_a_week() -> str:
    return (clock.now() + timedelta(days=7)).isoformat()


def get(path: str, unit: str = HEAD_OFFICE, query: dict[str, str] | None = None, **options: Any) -> Reply:
    return http.call(app, "GET", path, query=query, principal=http.staff(unit), **options)


def post(path: str, body: dict[str, Any], unit: str = HEAD_OFFICE, **options: Any) -> Reply:
    return http.call(app, "POST", path, body, principal=http.staff(unit), **options)


def the_case(unit: str = HEAD_OFFICE) -> str:
    return str(get("/cases", unit).json["items"][0]["case_id"])


@pytest.mark.parametrize(
    ("act", "body"), [("closing", {"outcome": "valuable"}), ("snooze", {"until": "2027-01-01T00:00:00Z"})]
)
def test_no_system_says_that_nothing_is_to_be_looked_into(
    branches: Cloud, act: str, body: dict[str, Any]
) -> None:
    """One that sees the whole bank did, for half a year, without anybody's session or factor."""
    case_id = the_case()
    path = f"/cases/{case_id}"

    reply = http.call(app, "POST", f"{path}/{act}", {**body, **REASON}, principal={"kind": "channel"})

    assert (reply.status, reply.json["code"]) == (403, "caller_kind")
    (case,) = [each for each in get("/cases").json["items"] if each["case_id"] == case_id]
    assert case["status"] == "open"


def test_the_head_office_sees_all_cases_and_a_branch_its_own(branches: Cloud) -> None:
    assert {row["unit_id"] for row in get("/cases").json["items"]} == {"unit_head", "unit_hz", "unit_nb"}
    assert {row["unit_id"] for row in get("/cases", "unit_hz").json["items"]} == {"unit_hz"}
    assert get("/cases", "unit_gone").json["items"] == []


def test_a_channel_sees_none_and_a_customer_is_not_let_in(branches: Cloud) -> None:
    case_id = the_case("unit_hz")
    customer = http.customer("cus_hz")

    assert http.call(app, "GET", "/cases", principal=http.CHANNEL).json["items"] == []
    assert http.call(app, "GET", f"/cases/{case_id}", principal=http.CHANNEL).status == 404
    assert http.call(app, "GET", "/cases", principal=customer).status == 403
    assert http.call(app, "GET", f"/cases/{case_id}", principal=customer).status == 403


def test_another_branch_s_case_is_not_found_whatever_is_done_to_it(branches: Cloud) -> None:
    case_id = the_case("unit_nb")
    own = the_case("unit_hz")
    tried = [
        get(f"/cases/{case_id}", "unit_hz"),
        post(f"/cases/{case_id}/assignment", {"staff_id": "stf_1"}, "unit_hz"),
        post(f"/cases/{case_id}/comments", {"text": "hello"}, "unit_hz"),
        post(f"/cases/{case_id}/closing", {"outcome": "valuable", **REASON}, "unit_hz"),
        post(f"/cases/{case_id}/reopening", REASON, "unit_hz"),
        post(f"/cases/{case_id}/links", {"case_id": own, **REASON}, "unit_hz"),
        post(f"/cases/{own}/links", {"case_id": case_id, **REASON}, "unit_hz"),
        post(f"/cases/{case_id}/snooze", {"until": in_a_week(), **REASON}, "unit_hz"),
        post(f"/cases/{case_id}/reviews/pay_1/decision", {"decision": "release", **REASON}, "unit_hz"),
    ]

    assert [reply.status for reply in tried] == [404] * 9
    assert get(f"/cases/{case_id}").json["notes"] == []


def test_a_case_goes_its_way_and_its_diary_and_the_audit_trail_tell(branches: Cloud) -> None:
    case_id = the_case("unit_hz")
    post(f"/cases/{case_id}/assignment", {"staff_id": "stf_7"}, "unit_hz")
    post(f"/cases/{case_id}/comments", {"text": "called the customer"}, "unit_hz")
    closed = post(f"/cases/{case_id}/closing", {"outcome": "confirmed", **REASON}, "unit_hz")
    reopened = post(f"/cases/{case_id}/reopening", REASON, "unit_hz")

    assert (closed.json["status"], closed.json["outcome"]) == ("closed", "confirmed")
    assert (reopened.json["status"], reopened.json["outcome"]) == ("investigating", None)
    file = get(f"/cases/{case_id}").json
    assert [note["what"] for note in file["notes"]] == [
        "assigned",
        "commented",
        "closed as confirmed",
        "reopened",
    ]
    assert {note["author"] for note in file["notes"]} == {"stf_test"}
    entries = [entry for entry in AuditEntryRow.scan() if entry.subject_id == case_id]
    assert {entry.action for entry in entries} == {
        "cases.assigned",
        "cases.commented",
        "cases.closed",
        "cases.reopened",
    }
    assert all("called the customer" not in str(entry.to_simple_dict()) for entry in entries)


def test_a_release_is_approved_for_its_payment_whoever_has_the_case_and_whatever_else_is_released(
    branches: Cloud,
) -> None:
    both = ("pay_101", "pay_102")
    for payment_id in both:
        given.deliver(given.held(payment_id, customer_id="cus_two"))
    ids = [str(row["case_id"]) for row in get("/cases").json["items"]]
    (case_id,) = (each for each in ids if len(get(f"/cases/{each}").json["reviews"]) == 2)
    body = {"decision": "release", **REASON}
    paths = [f"/cases/{case_id}/reviews/{payment_id}/decision" for payment_id in both]
    approvals = [http.approved(post(path, body, approve=False).json) for path in paths]
    assert post(f"/cases/{case_id}/assignment", {"staff_id": "stf_7"}).status == 200

    used = [
        post(path, body, approve=False, headers={"approval-id": approval_id})
        for path, approval_id in zip(paths, approvals, strict=True)
    ]

    assert [reply.status for reply in used] == [200, 200]


def test_a_list_is_of_one_status_and_of_one_assignee(branches: Cloud) -> None:
    case_id = the_case("unit_hz")
    post(f"/cases/{case_id}/assignment", {"staff_id": "stf_7"})

    assert len(get("/cases").json["items"]) == 2
    mine = get("/cases", query={"status": "investigating", "assigned_to": "stf_7"}).json["items"]
    assert [row["case_id"] for row in mine] == [case_id]
    others = get("/cases", query={"status": "investigating", "assigned_to": "stf_8"}).json["items"]
    assert others == []


def test_pages_follow_each_other_without_a_gap(branches: Cloud) -> None:
    first = get("/cases", query={"limit": "2"}).json
    second = get("/cases", query={"limit": "2", "cursor": first["next_cursor"]}).json

    found = [row["case_id"] for row in first["items"] + second["items"]]
    assert len(set(found)) == 3 == len(found)
    assert second["next_cursor"] is None


def test_a_closed_case_takes_no_work_and_an_open_one_is_not_reopened(branches: Cloud) -> None:
    case_id = the_case("unit_hz")
    assert post(f"/cases/{case_id}/reopening", REASON).json["code"] == "case_not_closed"
    post(f"/cases/{case_id}/closing", {"outcome": "valuable", **REASON})

    again = post(f"/cases/{case_id}/closing", {"outcome": "confirmed", **REASON})
    assigned = post(f"/cases/{case_id}/assignment", {"staff_id": "stf_7"})

    assert (again.status, again.json["code"]) == (409, "case_closed")
    assert (assigned.status, assigned.json["code"]) == (409, "case_closed")
    assert get(f"/cases/{case_id}").json["case"]["outcome"] == "valuable"


def test_links_stand_on_both_sides_and_once(branches: Cloud) -> None:
    one, other = the_case("unit_hz"), the_case("unit_nb")
    for _ in range(2):
        assert post(f"/cases/{one}/links", {"case_id": other, **REASON}).status == 200

    assert [link["what"] for link in get(f"/cases/{one}").json["links"]] == [other]
    assert [link["what"] for link in get(f"/cases/{other}").json["links"]] == [one]


@pytest.mark.parametrize("until", ["2001-01-01T00:00:00+08:00", "2099-01-01T00:00:00+08:00"])
def test_a_snooze_ends_in_the_future_and_not_too_far(branches: Cloud, until: str) -> None:
    reply = post(f"/cases/{the_case()}/snooze", {"until": until, **REASON})

    assert (reply.status, reply.json["errors"][0]["field"]) == (422, "until")


def test_held_money_is_decided_once_and_published(branches: Cloud) -> None:
    given.deliver(given.held("pay_1", customer_id="cus_held"))
    case_id = next(row["case_id"] for row in get("/cases").json["items"] if row["customer_id"] == "cus_held")
    path = f"/cases/{case_id}/reviews/pay_1/decision"

    early = post(f"/cases/{case_id}/closing", {"outcome": "confirmed", **REASON})
    released = post(path, {"decision": "release", **REASON})
    again = post(path, {"decision": "reject", **REASON})
    closed = post(f"/cases/{case_id}/closing", {"outcome": "false_positive", **REASON})

    assert (early.status, early.json["code"]) == (409, "reviews_pending")
    assert (released.status, released.json["status"]) == (200, "released")
    assert (again.status, again.json["code"]) == (409, "review_decided")
    assert closed.json["status"] == "closed"


def test_a_review_that_is_not_there_is_not_found(branches: Cloud) -> None:
    reply = post(f"/cases/{the_case()}/reviews/pay_no/decision", {"decision": "release", **REASON})

    assert (reply.status, reply.json["code"]) == (404, "review_not_found")


@pytest.mark.parametrize(
    "body",
    [{"outcome": "fine", **REASON}, {"outcome": "confirmed"}, {"outcome": "confirmed", "x": 1, **REASON}],
)
def test_a_closing_that_cannot_be_is_refused(branches: Cloud, body: dict[str, Any]) -> None:
    assert post(f"/cases/{the_case()}/closing", body).status == 422
