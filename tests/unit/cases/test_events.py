"""What the room tells, from the changes of its table."""

from typing import Any

import pytest

from bank import errors, store
from cases import app as room
from cases import events
from cases.app import app, on_cases
from cases.tables import ReviewRow
from tests.support import http
from tests.support.http import context
from tests.support.streams import Cloud
from tests.unit.cases import given


def published_events(cloud: Cloud) -> list[tuple[str, dict[str, Any]]]:
    """The events that the changes since the last call mean."""
    records = cloud.records("cases")
    if records:
        on_cases({"Records": records}, context())
    images = [(r["dynamodb"].get("OldImage"), r["dynamodb"].get("NewImage")) for r in records]
    found = [events.of_change(old, new) for old, new in images]
    return [(type(event).__name__, event.model_dump()) for event in found if event]


def post(path: str, body: dict[str, Any]) -> None:
    assert http.call(app, "POST", path, body, principal=http.staff()).status == 200


def test_a_case_tells_of_its_opening_its_end_and_its_return(cloud: Cloud) -> None:
    given.deliver(given.alert(merchant_id="mer_1"))
    ((opened, facts),) = published_events(cloud)
    case_id = facts["case_id"]
    post(f"/cases/{case_id}/closing", {"outcome": "confirmed", "reason": "it was fraud"})
    ((closed, end),) = published_events(cloud)
    post(f"/cases/{case_id}/reopening", {"reason": "it was not"})
    ((reopened, again),) = published_events(cloud)

    assert (opened, closed, reopened) == ("CaseOpened", "CaseClosed", "CaseReopened")
    assert (end["outcome"], end["customer_id"], end["merchant_id"]) == ("confirmed", "cus_1", "mer_1")
    assert (end["record_ids"], end["amount"], end["currency"]) == (["pay_alt_1"], 5000, "CNY")
    assert again["outcome"] == "confirmed"


def test_a_comment_tells_nothing(cloud: Cloud) -> None:
    given.deliver(given.alert())
    ((_, facts),) = published_events(cloud)
    reply = http.call(
        app, "POST", f"/cases/{facts['case_id']}/comments", {"text": "hm"}, principal=http.staff()
    )

    assert reply.status == 201
    assert published_events(cloud) == []


def test_a_decision_on_held_money_is_published_and_a_lapse_is_not(cloud: Cloud) -> None:
    given.deliver(given.held("pay_1"))
    given.deliver(given.held("pay_2"))
    case_id = published_events(cloud)[0][1]["case_id"]
    given.deliver(given.lapsed("pay_2"))
    assert published_events(cloud) == []

    post(f"/cases/{case_id}/reviews/pay_1/decision", {"decision": "reject", "reason": "it was fraud"})

    ((name, facts),) = published_events(cloud)
    assert name == "ReviewDecided"
    assert (facts["record_id"], facts["product"], facts["decision"]) == ("pay_1", "payment", "reject")


@pytest.mark.parametrize("what", [("released", "pay_1"), ("rejected", "pay_2"), ("released", "pay_2")])
def test_a_review_that_a_row_alone_calls_decided_is_not_told_of(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, what: tuple[str, str]
) -> None:
    """Whoever writes to the table releases nothing: a decision is an act, on this record, in this way."""
    given.deliver(given.held("pay_1"))
    given.deliver(given.held("pay_2"))
    case_id = published_events(cloud)[0][1]["case_id"]
    post(f"/cases/{case_id}/reviews/pay_1/decision", {"decision": "reject", "reason": "it was fraud"})
    assert len(published_events(cloud)) == 1
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(room, "publish", told.extend)
    row = store.get(ReviewRow, case_id, "review#pay_2")
    assert row is not None

    row.status, row.record_id = what
    row.save()
    with pytest.raises(errors.Altered):
        on_cases({"Records": cloud.records("cases")}, context())

    assert told == []


def test_what_is_told_beside_a_review_that_nobody_decided_is_told_all_the_same(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    given.deliver(given.held("pay_1"))
    given.deliver(given.held("pay_2"))
    case_id = published_events(cloud)[0][1]["case_id"]
    row = store.get(ReviewRow, case_id, "review#pay_2")
    assert row is not None
    row.status = "released"
    row.save()
    post(f"/cases/{case_id}/reviews/pay_1/decision", {"decision": "reject", "reason": "it was fraud"})
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(room, "publish", told.extend)
    records = cloud.records("cases")

    for _ in range(2):
        with pytest.raises(errors.Altered, match="pay_2"):
            on_cases({"Records": records}, context())

    first, again = told
    assert (first["data"]["record_id"], first["data"]["decision"]) == ("pay_1", "reject")
    assert again == first
