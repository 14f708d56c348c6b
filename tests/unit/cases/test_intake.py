"""Alerts become cases: each once, gathered by whom they are about."""

from datetime import timedelta
from typing import Any

import pytest

from bank import clock
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Kind, Principal
from bank.control.audit import Actor
from cases.domain import Outcome, Status
from cases.events import Alert
from cases.service import intake, reading, work
from cases.tables import CaseRow
from tests.support.streams import Cloud
from tests.unit.cases import given

OFFICER = Principal("cli_console", frozenset(), Kind.STAFF, subject="stf_1", unit=HEAD_OFFICE)
ACTOR = Actor("stf_1", "staff")


def cases(status: Status = Status.OPEN) -> list[CaseRow]:
    found, _ = reading.list_cases(principal=OFFICER, status=status, assigned_to=None, after=None, limit=50)
    return found


def close(case: CaseRow) -> None:
    work.close(principal=OFFICER, actor=ACTOR, case_id=case.case_id, outcome=Outcome.CONFIRMED, reason="seen")


def test_an_alert_opens_a_case_and_taken_again_does_nothing(cloud: Cloud) -> None:
    for _ in range(3):
        given.deliver(given.alert())

    (case,) = cases()
    assert (case.alerts, case.customer_id, case.amount) == (1, "cus_1", 5000)
    assert case.record_ids == ["pay_alt_1"]


def test_alerts_about_one_customer_are_one_case_of_the_gravest(cloud: Cloud) -> None:
    given.deliver(given.alert("alt_1", severity="high"))
    given.deliver(given.alert("alt_2", severity="low", kind="new_device"))
    given.deliver(given.alert("alt_3", customer_id="cus_2"))

    first = next(case for case in cases() if case.customer_id == "cus_1")
    assert len(cases()) == 2
    assert (first.severity, first.kinds, first.alerts) == ("high", ["new_device", "velocity"], 2)
    assert (first.amount, first.record_ids) == (10_000, ["pay_alt_1", "pay_alt_2"])


def test_amounts_of_another_currency_are_not_added_up(cloud: Cloud) -> None:
    given.deliver(given.alert("alt_1"))
    given.deliver(given.alert("alt_2", currency="USD"))

    assert [(case.amount, case.currency) for case in cases()] == [(5000, "CNY")]


def test_after_a_case_is_closed_the_next_alert_opens_another(cloud: Cloud) -> None:
    given.deliver(given.alert("alt_1"))
    close(cases()[0])
    given.deliver(given.alert("alt_2"))

    assert [case.alerts for case in cases()] == [1]
    assert [case.outcome for case in cases(Status.CLOSED)] == ["confirmed"]


def test_alerts_about_nobody_are_cases_of_their_own(cloud: Cloud) -> None:
    given.deliver(given.alert("alt_1", customer_id=None))
    given.deliver(given.alert("alt_2", customer_id=None))

    assert len(cases()) == 2


def test_a_snoozed_customer_s_alerts_open_nothing_until_the_date_but_held_money_does(cloud: Cloud) -> None:
    now = clock.now()
    given.deliver(given.alert("alt_1"))
    case = cases()[0]
    work.snooze(
        principal=OFFICER,
        actor=ACTOR,
        case_id=case.case_id,
        until=now + timedelta(days=7),
        reason="travels until then",
    )
    close(case)

    given.deliver(given.alert("alt_2"))
    assert cases() == []
    given.deliver(given.held("pay_9"))
    assert [row.kinds for row in cases()] == [["review"]]
    close_reviewed(cases()[0], "pay_9")
    with clock.source(lambda: now + timedelta(days=8)):
        given.deliver(given.alert("alt_3"))
    assert [row.kinds for row in cases()] == [["velocity"]]


def close_reviewed(case: CaseRow, record_id: str) -> None:
    given.deliver(given.lapsed(record_id))
    close(case)


def test_a_suppressed_alert_stays_suppressed_when_it_is_delivered_later_again(cloud: Cloud) -> None:
    now = clock.now()
    given.deliver(given.alert("alt_1"))
    case = cases()[0]
    work.snooze(
        principal=OFFICER, actor=ACTOR, case_id=case.case_id, until=now + timedelta(days=1), reason="known"
    )
    close(case)
    given.deliver(given.alert("alt_2"))

    with clock.source(lambda: now + timedelta(days=2)):
        given.deliver(given.alert("alt_2"))

    assert cases() == []


def test_a_lapsed_review_is_settled_once_and_an_unknown_one_is_nothing(cloud: Cloud) -> None:
    given.deliver(given.held())
    for _ in range(2):
        given.deliver(given.lapsed())
        given.deliver(given.lapsed("pay_unknown"))

    file = reading.find_detail(principal=OFFICER, case_id=cases()[0].case_id)
    assert int(file.case.pending_reviews) == 0
    assert [review.status for review in file.reviews] == ["lapsed"]


def test_an_event_that_is_no_alert_is_passed_over(cloud: Cloud) -> None:
    given.deliver(given.message("perkbank.payments.PaymentSucceeded.v1", {"payment_id": "pay_1"}))

    assert cases() == []


@pytest.mark.parametrize("broken", [{"alert_id": 7}, {"kind": None}])
def test_an_alert_that_cannot_be_read_goes_back_to_the_queue(cloud: Cloud, broken: dict[str, Any]) -> None:
    from cases import app
    from tests.support.http import context

    answer = app.on_alerts(given.alert(**broken), context())

    assert answer["batchItemFailures"] == [{"itemIdentifier": "m1"}]


def test_a_case_that_is_closed_while_an_alert_is_taken_gets_it_not(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    given.deliver(given.alert("alt_1"))
    gather = intake._gather

    def closing_first(*arguments: Any) -> str:
        monkeypatch.setattr(intake, "_gather", gather)
        close(cases()[0])
        return gather(*arguments)

    monkeypatch.setattr(intake, "_gather", closing_first)
    alert = Alert.model_validate(given.alert_data("alt_2"))
    intake.take(alert=alert, source="/perkbank/risk", raised_at=given.NOW)

    assert [(int(case.alerts), case.record_ids) for case in cases()] == [(1, ["pay_alt_2"])]
    assert [int(case.alerts) for case in cases(Status.CLOSED)] == [1]
