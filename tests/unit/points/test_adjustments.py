"""Adjustments: what staff give or take takes another who approves it, and is booked once."""

from bank.control.approval.tables import ApprovalRow
from points.tables import AdjustmentRow
from tests.support import http
from tests.unit.points.given import MINE, Bank, account, call, live, lots

GIVE = {"customer_id": MINE, "points": 500, "valid_months": 1, "reason": "a complaint, case 7"}


def test_points_are_given_once_with_who_and_why(bank: Bank) -> None:
    proposed = call("POST", "/points/adjustments", GIVE, key="k", approve=False)
    headers = {"approval-id": http.approved(proposed.json)}
    first, again = (call("POST", "/points/adjustments", GIVE, key="k", headers=headers) for _ in range(2))

    assert first.status == 201, first.body
    assert again.json == first.json
    assert first.json["lots"] == [{"month": "2026-12", "points": 500}]
    assert lots() == {"2026-12": 500}
    row = AdjustmentRow.get(first.json["adjustment_id"])
    assert (row.made_by, row.reason) == ("stf_test", "a complaint, case 7")
    bank.agrees()


def test_nobody_gives_points_alone_and_the_approval_is_about_their_worth(bank: Bank) -> None:
    reply = call("POST", "/points/adjustments", {**GIVE, "points": 5_000_000}, key="k", approve=False)

    assert reply.status == 202
    assert account() is None or not lots()
    approval = ApprovalRow.get(reply.json["approval_id"])
    assert (int(approval.amount), approval.currency) == (1_000_000, "CNY")


def test_points_are_taken_earliest_first_and_never_more_than_there_are(bank: Bank) -> None:
    for months, points in ((2, 300), (1, 200)):
        call(
            "POST", "/points/adjustments", {**GIVE, "points": points, "valid_months": months}, key=str(months)
        )
    taken = call("POST", "/points/adjustments", {**GIVE, "points": -350}, key="take")
    assert taken.json["lots"] == [{"month": "2026-12", "points": 200}, {"month": "2027-01", "points": 150}]
    more = call("POST", "/points/adjustments", {**GIVE, "points": -151}, key="more")

    assert (more.status, more.json["code"]) == (409, "insufficient_points")
    assert lots() == {"2027-01": 150}
    bank.agrees()


def test_nothing_is_no_adjustment(bank: Bank) -> None:
    assert call("POST", "/points/adjustments", {**GIVE, "points": 0}, key="k").status == 422


def test_staff_adjust_whom_they_may_see(bank: Bank) -> None:
    live()
    branch = http.staff("unit_branch")
    for body in (GIVE, {**GIVE, "customer_id": "cus_none"}):
        reply = call("POST", "/points/adjustments", body, key="k", principal=branch)
        assert (reply.status, reply.json["code"]) == (404, "customer_not_found")
