"""Risk reports: counted from history alone, unit by unit, and shown within the data scope."""

from datetime import timedelta
from typing import Any

import pytest

from bank import clock
from bank.access import organisation
from bank.access.organisation import UnitRow
from risk import app
from tests.support import http
from tests.unit.risk import given


@pytest.fixture(autouse=True)
def _the_day_after() -> Any:
    organisation.forget()
    with clock.source(lambda: clock.parse(given.NOW) + timedelta(days=1)):
        yield
    organisation.forget()


def counted() -> int:
    count: int = app.on_reports({}, http.context())["reports"]
    return count


def report(**options: Any) -> dict[str, Any]:
    answer: dict[str, Any] = given.call("GET", "/risk/reports", query={"day": given.DAY}, **options).json
    return answer


def test_a_day_is_counted_by_outcome_with_what_was_lost_and_stopped() -> None:
    challenged = {"outcome": "challenge", "reasons": ["over_own_history"]}
    given.decided(
        given.decision("pay_1", 100),
        given.decision("pay_2", 200, risk=challenged),
        given.decision(
            "pay_3", 400, type="PaymentDeclined", risk={"outcome": "decline", "reasons": ["blocked_device"]}
        ),
        given.decision("pay_4", 800, risk={"posture": True}),
    )
    given.case_closed(given.closed(record_ids=("pay_1", "pay_3")))
    given.case_closed(given.closed("false_positive", record_ids=("pay_2",), event_id="evt_2"))

    counted()

    (total,) = report()["totals"]
    assert (total["decisions"], total["amount"]) == (4, 1_500)
    assert (total["approved"], total["challenged"], total["reviewed"], total["declined"]) == (2, 1, 0, 1)
    assert total["by_posture"] == 1
    assert (total["frauds"], total["fraud_amount"]) == (2, 500)
    assert (total["lost_amount"], total["stopped_amount"]) == (100, 400)
    assert {
        (rule["reason"], rule["hits"], rule["frauds"], rule["false_positives"]) for rule in report()["rules"]
    } == {
        ("over_own_history", 1, 0, 1),
        ("blocked_device", 1, 1, 0),
    }


def test_a_payment_that_was_held_and_let_go_is_one_decision_and_was_paid() -> None:
    held = {"outcome": "review", "reasons": ["watched_customer"]}
    given.decided(given.decision("pay_1", 100, type="PaymentHeldForReview", event_id="evt_1", risk=held))
    later = "2026-11-21T05:00:00.000000Z"
    given.decided(given.decision("pay_1", 100, event_id="evt_2", risk=held, time=later))
    given.case_closed(given.closed())

    counted()

    (total,) = report()["totals"]
    assert (total["decisions"], total["reviewed"]) == (1, 1)
    assert (total["lost_amount"], total["stopped_amount"]) == (100, 0)


def test_counting_again_counts_the_same() -> None:
    given.decided(given.decision("pay_1", 100))
    counted()
    before = report()

    counted()

    assert report() == before


def test_a_branch_sees_its_own_subtree_and_the_head_office_all() -> None:
    tree = {"unit_branch": "unit_head", "unit_sub": "unit_branch", "unit_other": "unit_head"}
    for unit_id, parent in tree.items():
        UnitRow(unit_id=unit_id, parent_id=parent, name=unit_id).save()
    given.decided(
        given.decision("pay_1", 100),
        given.decision("pay_2", 200, unit_id="unit_sub"),
        given.decision("pay_3", 400, unit_id="unit_other"),
    )
    counted()

    head, branch = report(), report(principal=given.BRANCH)

    assert {unit["unit_id"] for unit in head["units"]} == {"unit_branch", "unit_sub", "unit_other"}
    assert head["totals"][0]["amount"] == 700
    assert {unit["unit_id"] for unit in branch["units"]} == {"unit_branch", "unit_sub"}
    assert branch["totals"][0]["amount"] == 300


def test_a_day_without_decisions_is_empty() -> None:
    assert counted() == 0
    assert report() == {"day": given.DAY, "units": [], "totals": [], "rules": []}


def test_currencies_are_not_added_up() -> None:
    given.decided(given.decision("pay_1", 100), given.decision("pay_2", 100, currency="USD"))
    counted()

    assert [(total["currency"], total["amount"]) for total in report()["totals"]] == [
        ("CNY", 100),
        ("USD", 100),
    ]


def test_a_report_is_not_for_channels_but_the_bank_s_own_systems() -> None:
    query = {"day": given.DAY}

    refused = given.call("GET", "/risk/reports", query=query, principal=http.CHANNEL)

    assert (refused.status, refused.json["code"]) == (403, "bank_only")
    assert given.call("GET", "/risk/reports", query=query, principal={"bank_wide": "true"}).status == 200
