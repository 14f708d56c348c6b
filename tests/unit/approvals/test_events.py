"""Events of approvals: which are published, and without what."""

from datetime import timedelta
from typing import Any

import pytest

from approvals import app, events
from bank import clock, store
from bank.access.organisation import HEAD_OFFICE
from bank.control.approval.tables import ApprovalRow
from tests.support.http import context
from tests.support.streams import Cloud
from tests.unit.approvals.given import LARGE, decide, submitted


@pytest.fixture
def published_events(bank: Cloud, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The envelopes that the room published, once the stream is settled."""
    published: list[dict[str, Any]] = []
    monkeypatch.setattr(app, "publish", lambda envelopes: published.extend(envelopes))

    def settled() -> list[tuple[str, dict[str, Any]]]:
        bank.settle()
        return [(each["type"].split(".")[2], each["data"]) for each in published]

    return settled


def test_what_is_submitted_and_granted_is_published_with_who_checked(published_events: Any) -> None:
    approval_id = submitted(amount=LARGE)
    decide("stf_a", "unit_a", approval_id)
    decide("stf_head", HEAD_OFFICE, approval_id, comment="the customer is a friend")

    (first, _), (second, data) = published_events()

    assert (first, second) == ("ApprovalSubmitted", "ApprovalGranted")
    assert data["checkers"] == ["stf_a", "stf_head"]
    assert (data["maker"], data["amount"], data["unit_id"]) == ("stf_maker", LARGE, "unit_a1")
    assert "friend" not in str(data)


@pytest.mark.parametrize(
    ("act", "body", "name"),
    [("reject", {"reason": "no"}, "ApprovalRejected"), ("withdraw", {}, "ApprovalWithdrawn")],
)
def test_each_end_is_published_once(published_events: Any, act: str, body: dict[str, str], name: str) -> None:
    approval_id = submitted(maker="stf_a" if act == "withdraw" else "stf_maker")
    decide("stf_a", "unit_a", approval_id, act, **body)

    assert [each for each, _ in published_events()] == ["ApprovalSubmitted", name]


def test_the_job_ends_what_is_due_and_nothing_else(published_events: Any) -> None:
    due, later = submitted(), submitted()
    row = store.get(ApprovalRow, due)
    assert row is not None
    ApprovalRow(later).update(
        [
            ApprovalRow.expires_at.set(clock.instant(clock.now() + timedelta(days=9))),
            ApprovalRow.due_key.set(f"{clock.instant(clock.now() + timedelta(days=9))}#{later}"),
        ]
    )
    with clock.source(lambda: clock.parse(row.expires_at) + timedelta(seconds=1)):
        assert app.on_expiry({}, context()) == {"expired": 1}
        assert app.on_expiry({}, context()) == {"expired": 0}

    assert [name for name, _ in published_events()].count("ApprovalExpired") == 1


def test_a_use_of_an_approval_is_no_news(bank: Cloud) -> None:
    approval_id = submitted()
    old, new = store.get(ApprovalRow, approval_id), store.get(ApprovalRow, approval_id)
    assert new is not None
    new.used_at = clock.instant()

    assert events.of_change(old, new) is None
    assert events.of_change(old, None) is None
