"""Closed cases: labels for backtests, frauds on the profiles that they speak against, block lists."""

import json
from typing import Any

import pytest

from bank import clock, ids, store
from bank.risk.tables import ProfileRow
from risk.adapters import object_store
from risk.domain.labels import against_merchant
from tests.unit.risk import given

PAYER = f"payer#{ids.derived('wal', 'cus_1', 'CNY')}"


@pytest.fixture(autouse=True)
def _at_the_time() -> Any:
    with clock.source(lambda: clock.parse(given.NOW)):
        yield


def frauds(profile: str) -> int:
    row = store.get(ProfileRow, profile)
    return sum((row.frauds or {}).values()) if row else 0


def hit(record_id: str, *reasons: str, **changed: Any) -> None:
    risk = {"outcome": "challenge", "reasons": list(reasons)}
    given.decided(given.decision(record_id, risk=risk, **changed))


def test_a_fraud_that_nothing_about_the_payer_explains_speaks_against_the_merchant() -> None:
    given.case_closed(given.closed())

    assert (frauds("merchant#mer_1"), frauds(PAYER)) == (1, 0)


def test_a_fraud_over_the_payer_s_own_history_speaks_of_the_payer_and_not_of_the_merchant() -> None:
    hit("pay_1", "over_own_history")

    given.case_closed(given.closed())

    assert (frauds("merchant#mer_1"), frauds(PAYER)) == (0, 1)


def test_a_case_of_many_payments_counts_each() -> None:
    hit("pay_1", "over_own_history")
    hit("pay_2", "over_own_history", device_id=None)

    given.case_closed(given.closed(record_ids=("pay_1", "pay_2", "pay_3"), device_id="dev_1"))

    assert (frauds("merchant#mer_1"), frauds(PAYER), frauds("device#dev_1")) == (1, 2, 3)


def test_a_closing_delivered_again_counts_once() -> None:
    for _ in range(2):
        given.case_closed(given.closed())

    assert frauds("merchant#mer_1") == 1
    assert len(given.objects("labels")) == 1


def test_a_case_closed_anew_counts_again() -> None:
    given.case_closed(given.closed())
    given.case_closed(given.closed(event_id="evt_again"))

    assert frauds("merchant#mer_1") == 2


def test_the_device_of_a_confirmed_fraud_is_blocked_for_ninety_days() -> None:
    given.case_closed(given.closed(device_id="dev_1"))

    row = store.get(ProfileRow, "device#dev_1")
    assert row is not None
    assert row.block_until == "2027-02-19T04:00:00.000000Z"
    entry = given.call("GET", "/risk/lists", query={"list": "block"}).json["items"][0]
    assert (entry["subject"], entry["source"]) == ("dev_1", "cas_1")


def test_a_block_that_staff_made_stays_as_it_is() -> None:
    given.call(
        "POST", "/risk/lists", {"list": "block", "kind": "device", "subject": "dev_1", "reason": "for good"}
    )

    given.case_closed(given.closed(device_id="dev_1"))

    entry = given.call("GET", "/risk/lists", query={"list": "block"}).json["items"][0]
    assert (entry["reason"], entry["expires_at"]) == ("for good", None)


@pytest.mark.parametrize("outcome", ["false_positive", "valuable"])
def test_another_outcome_only_labels(outcome: str) -> None:
    given.case_closed(given.closed(outcome, device_id="dev_1"))

    line = json.loads(object_store.read(given.objects("labels")[0]))
    assert (line["record_id"], line["label"], line["day"]) == ("pay_1", outcome, given.DAY)
    assert frauds("merchant#mer_1") == 0
    assert store.get(ProfileRow, "device#dev_1") is None


def test_frauds_are_forgotten_after_four_weeks() -> None:
    given.case_closed(given.closed(event_id="evt_old", closed_at="2026-10-20T04:00:00.000000Z"))

    given.case_closed(given.closed())

    assert frauds("merchant#mer_1") == 1


@pytest.mark.parametrize(
    ("reasons", "against"),
    [
        ([], True),
        (["many_payments"], True),
        (["large_amount"], False),
        (["over_own_history", "unusual_device"], False),
        (["merchant_at_risk", "over_own_history"], True),
    ],
)
def test_whose_fraud_it_was_evidence_of(reasons: list[str], against: bool) -> None:
    assert against_merchant(reasons) is against
