"""Decisions from the bus: history once, profiles by set, shadows without effect, alerts for the declined."""

import json
from typing import Any

import pytest

from bank import store
from bank.ledger.velocity import Velocity, VelocityCounter
from bank.money import MINOR_DIGITS, valued
from bank.risk.tables import ProfileRow, short
from bench.meter import Meter
from risk import app, events
from risk.adapters import object_store
from risk.service import decisions
from risk.tables import HitRow
from tests.support.http import context
from tests.unit.risk import given

ABROAD = [code for code in MINOR_DIGITS if code != "CNY"]


@pytest.fixture(autouse=True)
def published_events(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the room publishes."""
    published: list[dict[str, Any]] = []
    monkeypatch.setattr(decisions, "publish", lambda envelopes: published.extend(envelopes))
    return published


def lines(kind: str = "decisions") -> list[dict[str, Any]]:
    return [json.loads(line) for key in given.objects(kind) for line in object_store.read(key).splitlines()]


def test_a_batch_is_one_object_of_its_day() -> None:
    given.decided(given.decision("pay_1"), given.decision("pay_2"))

    assert len(given.objects("decisions")) == 1
    assert given.objects("decisions")[0].startswith(f"decisions/day={given.DAY}/")
    assert [line["record_id"] for line in lines()] == ["pay_1", "pay_2"]
    assert lines()[0]["input"] == given.decision("pay_1")["data"]["risk"]["input"]


def test_a_batch_delivered_again_in_another_order_is_the_same_object() -> None:
    first, second = given.decision("pay_1"), given.decision("pay_2")

    given.decided(first, second)
    given.decided(second, first)

    assert len(given.objects("decisions")) == 1


def test_days_are_those_of_shanghai() -> None:
    given.decided(given.decision(time="2026-11-21T16:00:00.000000Z"))

    assert lines()[0]["day"] == "2026-11-22"


def test_what_cannot_be_read_comes_again_and_costs_the_others_nothing() -> None:
    event = given.messages(given.decision("pay_1"))
    event["Records"].append({"messageId": "bad", "body": "{}", "eventSource": "aws:sqs"})

    answer = app.on_decisions(event, context())

    assert answer["batchItemFailures"] == [{"itemIdentifier": "bad"}]
    assert [line["record_id"] for line in lines()] == ["pay_1"]


def test_a_decision_in_no_currency_that_the_bank_deals_in_costs_the_others_nothing() -> None:
    event = given.messages(given.decision("pay_1"), given.decision("pay_2", currency="XXX"))

    answer = app.on_decisions(event, context())

    assert answer["batchItemFailures"] == [{"itemIdentifier": "m1"}]
    assert [line["record_id"] for line in lines()] == ["pay_1"]


def test_a_payer_s_devices_and_payees_become_known_when_money_moved() -> None:
    given.decided(given.decision(), given.decision())

    payer, device = store.get(ProfileRow, "payer#wal_1"), store.get(ProfileRow, "device#dev_1")

    assert payer is not None
    assert device is not None
    assert set(payer.devices) == {short("dev_1")}
    assert set(payer.payees) == {short("mer_1")}
    assert set(device.payers) == {short("wal_1")}


def claimed(customer: str, device: str) -> dict[str, Any]:
    """The event of a claim, from its schema's fields."""
    names = {
        "entitlement_id": f"ent_{customer}",
        "account_id": f"wal_{customer}",
        "type": "EntitlementIssued",
    }
    event = given.decision(f"ent_{customer}", device_id=device, customer_id=customer, **names)
    for each in ("type", "source"):
        event[each] = event[each].replace("payments", "benefits")
    return event


def test_a_claim_teaches_its_device_and_is_no_spend_of_its_channel() -> None:
    given.decided(*(claimed(f"cus_{number}", "dev_1") for number in range(3)))

    device, channel = store.get(ProfileRow, "device#dev_1"), store.get(ProfileRow, "channel#cli_app")

    assert device is not None
    assert set(device.payers) == {short(f"wal_cus_{number}") for number in range(3)}
    assert channel is None
    assert [(line["product"], line["record_id"], line["first"], line["spent"]) for line in lines()] == [
        ("benefit", f"ent_cus_{number}", True, False) for number in range(3)
    ]


def test_what_a_batch_teaches_is_written_in_few_transactions() -> None:
    """A payment each by sixty payers from sixty devices: four profiles a payment, one of them the shop's."""
    batch = [
        given.decision(f"pay_{number}", payer_account_id=f"wal_{number}", device_id=f"dev_{number}")
        for number in range(60)
    ]
    with Meter() as meter:
        given.decided(*batch)

    assert meter.usage.calls["TransactWriteItems"] == 3
    for number in range(60):
        payer = store.get(ProfileRow, f"payer#wal_{number}")
        assert payer is not None
        assert (set(payer.devices), set(payer.payees)) == ({short(f"dev_{number}")}, {short("mer_1")})


def test_what_changed_while_a_batch_was_read_is_learned_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    given.decided(given.decision(device_id="dev_1"))
    together = decisions._change_together

    def overtaken(changes: dict[str, decisions.Change]) -> None:
        monkeypatch.setattr(decisions, "_change_together", together)
        given.decided(given.decision("pay_2", device_id="dev_2"))
        together(changes)

    monkeypatch.setattr(decisions, "_change_together", overtaken)
    given.decided(given.decision("pay_3", device_id="dev_3"))

    payer = store.get(ProfileRow, "payer#wal_1")
    assert payer is not None
    assert set(payer.devices) == {short(f"dev_{number}") for number in (1, 2, 3)}


def test_what_was_declined_makes_nothing_known() -> None:
    given.decided(given.decision(type="PaymentDeclined", risk={"outcome": "decline", "reasons": ["x"]}))

    assert store.get(ProfileRow, "payer#wal_1") is None
    assert store.get(ProfileRow, "channel#cli_app") is None


def test_a_channel_s_windows_count_what_moved_through_it() -> None:
    given.decided(given.decision("pay_1", 100), given.decision("pay_2", 200))
    given.decided(given.decision("pay_3", 300, time="2026-11-21T04:01:30.000000Z"))

    row = store.get(ProfileRow, "channel#cli_app")

    assert row is not None
    counted = Velocity.unpack(
        int(row.minute), VelocityCounter(int(row.minute_count), int(row.minute_sum)), row.earlier
    )
    now = 1_795_233_690
    assert counted.counters(now)["1h"] == VelocityCounter(3, 600)
    assert counted.in_minute == VelocityCounter(1, 300)


def test_a_channel_s_sums_are_what_amounts_of_all_currencies_count_for_in_one() -> None:
    """100 fen and 100 dinar's thousandths are no 200 of anything: each counts for what it does alone."""
    given.decided(
        given.decision("pay_1", 100), *(given.decision(f"pay_{code}", 900, currency=code) for code in ABROAD)
    )

    row = store.get(ProfileRow, "channel#cli_app")

    assert row is not None
    alone = sum(valued(900, code, "CNY") for code in ABROAD)
    assert (int(row.minute_count), int(row.minute_sum)) == (1 + len(ABROAD), 100 + alone)


def test_a_payer_without_a_device_is_learned_without_one() -> None:
    given.decided(given.decision(device_id=None))

    row = store.get(ProfileRow, "payer#wal_1")

    assert row is not None
    assert row.devices is None


def test_what_was_not_plain_is_kept_for_when_its_case_is_closed() -> None:
    given.decided(
        given.decision("pay_1"),
        given.decision("pay_2", risk={"outcome": "challenge", "reasons": ["over_own_history"]}),
    )

    assert store.get(HitRow, "hit#pay_1", "-") is None
    hit = store.get(HitRow, "hit#pay_2", "-")
    assert hit is not None
    assert hit.reasons == ["over_own_history"]


def test_money_that_was_declined_for_risk_is_an_alert_the_same_each_time(
    published_events: list[dict[str, Any]],
) -> None:
    declined = given.decision(
        type="PaymentDeclined", risk={"outcome": "decline", "reasons": ["blocked_device"]}
    )

    given.decided(declined, given.decision("pay_2"))
    given.decided(declined)

    assert len({alert["id"] for alert in published_events}) == 1
    data = published_events[0]["data"]
    assert published_events[0]["type"] == "perkbank.risk.AlertRaised.v1"
    assert (data["record_ids"], data["reasons"]) == (["pay_1"], ["blocked_device"])
    assert (data["customer_id"], data["unit_id"]) == ("cus_1", "unit_branch")
    assert events.AlertRaised.model_validate(data)


def test_a_shadow_says_how_it_would_differ_and_changes_nothing() -> None:
    rule_set_id = given.draft(given.model(10_000))
    given.call("POST", f"/risk/rule-sets/{rule_set_id}/shadowing", {"on": True})

    given.decided(given.decision("pay_1", 10_001), given.decision("pay_2", 10_000))
    given.decided(given.decision("pay_3", 20_000, risk={"outcome": "challenge", "reasons": ["x"]}))

    answer = given.call("GET", f"/risk/rule-sets/{rule_set_id}/shadow", query={"day": given.DAY}).json
    assert (answer["decisions"], answer["differing"]) == (3, 1)
    assert answer["outcomes"] == {"approve>challenge": 1, "approve>approve": 1, "challenge>challenge": 1}
    assert [sample["record_id"] for sample in answer["samples"]] == ["pay_1"]


def test_the_shadow_of_a_version_that_is_not_there_is_not_found() -> None:
    reply = given.call("GET", "/risk/rule-sets/rls_no/shadow", query={"day": given.DAY})

    assert (reply.status, reply.json["code"]) == (404, "rule_set_not_found")


def test_a_batch_delivered_again_is_counted_once_by_its_shadow() -> None:
    rule_set_id = given.draft()
    given.call("POST", f"/risk/rule-sets/{rule_set_id}/shadowing", {"on": True})

    for _ in range(2):
        given.decided(given.decision("pay_1"))

    answer = given.call("GET", f"/risk/rule-sets/{rule_set_id}/shadow", query={"day": given.DAY}).json
    assert answer["decisions"] == 1


def test_the_later_steps_of_a_payment_count_nothing_twice() -> None:
    rule_set_id = given.draft()
    given.call("POST", f"/risk/rule-sets/{rule_set_id}/shadowing", {"on": True})

    given.decided(given.decision(type="PaymentAuthorized", capture="manual"))
    given.decided(given.decision(type="PaymentSucceeded", capture="manual", event_id="evt_captured"))
    given.decided(given.decision(type="PaymentCancelled", capture="manual", event_id="evt_cancelled"))

    row = store.get(ProfileRow, "channel#cli_app")
    answer = given.call("GET", f"/risk/rule-sets/{rule_set_id}/shadow", query={"day": given.DAY}).json
    assert row is not None
    assert int(row.minute_count) == 1
    assert answer["decisions"] == 1
    assert len(lines()) == 3


def test_a_held_payment_is_judged_by_shadows_when_it_is_held_and_counted_when_it_is_let_go() -> None:
    rule_set_id = given.draft()
    given.call("POST", f"/risk/rule-sets/{rule_set_id}/shadowing", {"on": True})
    held = {"outcome": "review", "reasons": ["watched_customer"]}

    given.decided(given.decision(type="PaymentHeldForReview", risk=held))
    assert store.get(ProfileRow, "channel#cli_app") is None
    given.decided(given.decision(event_id="evt_released", capture="automatic", risk=held))

    row = store.get(ProfileRow, "channel#cli_app")
    answer = given.call("GET", f"/risk/rule-sets/{rule_set_id}/shadow", query={"day": given.DAY}).json
    assert row is not None
    assert int(row.minute_count) == 1
    assert answer["decisions"] == 1


@pytest.mark.parametrize(
    ("room", "name", "facts", "product", "payee"),
    [
        (
            "transfers",
            "TransferSucceeded",
            {"transfer_id": "r_1", "from_account_id": "wal_1", "to_account_id": "wal_2"},
            "transfer",
            "wal_2",
        ),
        (
            "accounts",
            "WithdrawalSucceeded",
            {"movement_id": "r_1", "account_id": "wal_1"},
            "withdrawal",
            None,
        ),
    ],
)
def test_transfers_and_withdrawals_are_decisions_too(
    room: str, name: str, facts: dict[str, str], product: str, payee: str | None
) -> None:
    event = given.decision(**facts)
    event["type"] = f"perkbank.{room}.{name}.v1"

    line = events.decided(event)

    assert (line["record_id"], line["product"], line["payer_id"], line["payee_id"]) == (
        "r_1",
        product,
        "wal_1",
        payee,
    )
    assert (line["first"], line["spent"]) == (True, True)
