"""Screening, what staff decide of it, and screening again."""

import base64
import json

import boto3
import pytest

from aml.app import app
from aml.tables import ScreeningRow, SubjectRow
from bank import store, vault
from bank.config import config
from bank.control.audit import AuditEntryRow
from tests.support.http import CHANNEL, call, customer, staff
from tests.support.organisation import BRANCH, OTHER_BRANCH, units
from tests.unit.aml.desk import BANK, PETROV, Desk, deliver, from_bus

SIDOROV = {"id": 3, "name": "SIDOROV, Pavel", "type": "individual", "remarks": "DOB 1970."}
VERIFIED = "perkbank.kyc.VerificationCompleted.v1"


def test_who_is_not_on_the_list_is_no_hit(desk: Desk) -> None:
    desk.publish()

    reply = desk.screen("Erika Mustermann")

    assert (reply.status, reply.json["outcome"], reply.json["hits"]) == (201, "no_hit", [])
    assert desk.waiting() == []
    assert desk.names() == ["ScreeningCompleted"]


def test_a_hit_waits_for_staff_and_raises_an_alert(desk: Desk) -> None:
    desk.publish()

    reply = desk.screen("Iwan Petrow")
    desk.settle()

    assert reply.json["outcome"] == "in_review"
    assert [hit["entry_id"] for hit in reply.json["hits"]] == ["ofac:1"]
    assert desk.waiting() == [reply.json["screening_id"]]
    alert = desk.published[-1]
    assert (alert["name"], alert["kind"], alert["customer_id"]) == ("AlertRaised", "sanctions_hit", "cus_1")


@pytest.mark.parametrize(
    ("name", "birth_date", "outcome"),
    [
        ("Ivan Sergeevich PETROV", "1961-08-12", "confirmed"),
        ("Ivan Sergeevich PETROV", None, "in_review"),
        ("Ivan Sergeevich PETROV", "1999-01-01", "in_review"),
        ("Ivan Petrov", "1961-08-12", "in_review"),
    ],
)
def test_only_a_whole_name_with_its_year_of_birth_is_beyond_doubt(
    desk: Desk, name: str, birth_date: str | None, outcome: str
) -> None:
    desk.publish()

    assert desk.screen(name, birth_date=birth_date).json["outcome"] == outcome


def test_an_organisation_beyond_doubt_is_to_be_blocked(desk: Desk) -> None:
    desk.publish()

    reply = desk.screen("Bank Melli Iran", "wal_9", kind="payee", type="Organization")
    desk.settle()

    assert reply.json["outcome"] == "confirmed"
    confirmed = next(event for event in desk.published if event["name"] == "ScreeningConfirmed")
    assert (confirmed["payee_account"], confirmed["customer_id"]) == ("wal_9", None)
    assert confirmed["list_entry"] == "ofac:2"


def test_a_decision_of_no_hit_is_remembered(desk: Desk) -> None:
    desk.publish()
    first = desk.screen("Iwan Petrow").json["screening_id"]
    desk.names()

    decided = desk.decide(first, "no_hit")
    again = desk.screen("Iwan Petrow")

    assert (decided.status, decided.json["outcome"], decided.json["reason"]) == (200, "no_hit", "looked at")
    assert again.json["outcome"] == "no_hit"
    assert desk.waiting() == []
    assert "AlertRaised" not in desk.names()


def test_what_was_remembered_ends_with_another_name(desk: Desk) -> None:
    desk.publish()
    desk.decide(desk.screen("Iwan Petrow").json["screening_id"], "no_hit")

    assert desk.screen("Ivan Petrov").json["outcome"] == "in_review"


def test_what_was_remembered_ends_with_another_entry(desk: Desk) -> None:
    desk.publish()
    desk.decide(desk.screen("Iwan Petrow").json["screening_id"], "no_hit")

    desk.publish({**PETROV, "remarks": "DOB 1985."}, BANK)

    assert desk.screen("Iwan Petrow").json["outcome"] == "in_review"


def test_what_was_remembered_is_of_one_subject(desk: Desk) -> None:
    desk.publish()
    desk.decide(desk.screen("Iwan Petrow").json["screening_id"], "no_hit")

    assert desk.screen("Iwan Petrow", "cus_2").json["outcome"] == "in_review"


def test_confirmed_by_staff_blocks_and_taken_back_unblocks(desk: Desk) -> None:
    desk.publish()
    screening_id = desk.screen("Iwan Petrow").json["screening_id"]
    desk.names()

    desk.decide(screening_id, "confirmed")
    assert desk.names() == ["ScreeningCompleted", "ScreeningConfirmed"]

    desk.decide(screening_id, "no_hit")
    assert desk.names() == ["ScreeningCompleted", "ScreeningCleared"]
    decisions = [row for row in AuditEntryRow.scan() if row.action == "aml.screening_decided"]
    assert sorted(row.after["outcome"] for row in decisions) == ["confirmed", "no_hit"]


def test_the_same_decision_again_changes_nothing_and_another_is_refused(desk: Desk) -> None:
    desk.publish()
    screening_id = desk.screen("Iwan Petrow").json["screening_id"]

    first = desk.decide(screening_id, "no_hit")
    same = desk.decide(screening_id, "no_hit", changes=False)
    other = desk.decide(screening_id, "confirmed")

    assert first.json == same.json
    assert (other.status, other.json["code"]) == (409, "already_decided")
    assert sum(row.action == "aml.screening_decided" for row in AuditEntryRow.scan()) == 1


def test_a_request_that_comes_twice_is_one_screening(desk: Desk) -> None:
    desk.publish()

    first, second = desk.screen("Iwan Petrow", key="k"), desk.screen("Iwan Petrow", key="k")
    other = desk.screen("Iwan Petrov", key="k")

    assert first.body == second.body
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


# Who sees what ------------------------------------------------------------------------------------


def test_a_channel_hears_the_outcome_and_no_more(desk: Desk) -> None:
    desk.publish()

    reply = desk.screen("Iwan Petrow", principal=CHANNEL)
    screening_id = reply.json["screening_id"]

    assert reply.json["outcome"] == "in_review"
    assert reply.json["hits"] is reply.json["reason"] is None
    assert desk.screening(screening_id, principal=CHANNEL).json == reply.json
    assert desk.screening(screening_id, principal=CHANNEL, client_id="cli_other").status == 404
    assert call(app, "GET", "/aml/screenings", principal=CHANNEL).status == 403
    assert desk.decide(screening_id, "no_hit", principal=CHANNEL).status == 403


def test_a_channel_cannot_screen_another_s_customer(desk: Desk) -> None:
    desk.publish()
    desk.screen("Erika Mustermann", principal=CHANNEL)

    assert desk.screen("Erika Mustermann", principal=CHANNEL, client_id="cli_other").status == 404


def test_no_customer_asks_about_himself(desk: Desk) -> None:
    desk.publish()

    assert desk.screen("Erika Mustermann", principal=customer("cus_1")).status == 403


def test_a_branch_sees_its_own_alone(desk: Desk) -> None:
    desk.publish()
    units()
    north, south = BRANCH, OTHER_BRANCH
    screening_id = desk.screen("Iwan Petrow", principal=staff(north)).json["screening_id"]

    assert desk.waiting(principal=staff(north)) == desk.waiting(principal=staff()) == [screening_id]
    assert desk.waiting(principal=staff(south)) == []
    assert desk.screening(screening_id, principal=staff(south)).status == 404
    assert desk.decide(screening_id, "no_hit", principal=staff(south)).status == 404
    assert desk.decide(screening_id, "no_hit", principal=staff(north)).status == 200


def test_the_name_is_sealed_masked_and_shown_for_a_reason_that_is_kept(desk: Desk) -> None:
    desk.publish()
    reply = desk.screen("Iwan Petrow", birth_date="1961-02-03")
    body = {"screening_id": reply.json["screening_id"], "reason": "to judge a hit"}

    shown = call(app, "POST", "/screened-names", body)

    assert shown.json == {"name": "Iwan Petrow", "birth_year": 1961}
    assert "Petrow" not in reply.body
    stored = "".join(
        str(
            boto3.client("dynamodb", region_name=config.region).scan(TableName=table.Meta.table_name)["Items"]
        )
        for table in (ScreeningRow, SubjectRow)
    )
    assert reply.json["screening_id"] in stored
    assert "Petrow" not in stored
    assert [row.reason for row in AuditEntryRow.scan() if row.action == "aml.name_unmasked"] == [
        "to judge a hit"
    ]


# By itself ----------------------------------------------------------------------------------------


def test_a_new_list_has_everybody_screened_again_and_tells_only_what_is_new(desk: Desk) -> None:
    desk.publish()
    desk.screen("Pavel Sidorow", "cus_1")
    desk.screen("Erika Mustermann", "cus_2")
    desk.names()

    desk.publish(PETROV, BANK, SIDOROV)
    desk.settle()

    assert [(event["name"], event["customer_id"]) for event in desk.published] == [
        ("ScreeningCompleted", "cus_1"),
        ("AlertRaised", "cus_1"),
    ]
    waiting = desk.waiting()
    assert desk.screening(waiting[0]).json["trigger"] == "list"


def test_daily_screening_again_of_the_same_makes_nothing(desk: Desk) -> None:
    from aml.app import on_daily
    from tests.support.http import context

    desk.publish()
    desk.screen("Iwan Petrow")
    desk.names()

    for _ in range(2):
        assert on_daily({}, context()) == {"stretches": 16}
        assert desk.names() == []
    assert len(list(ScreeningRow.scan(ScreeningRow.record_id.startswith("scr_")))) == 1


def test_screening_again_goes_on_in_stretches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aml.service.rescreens.STRETCH", 2)
    desk.publish()
    for number in range(40):
        desk.screen("Pavel Sidorow", f"cus_{number}")
    desk.names()

    desk.publish(SIDOROV)

    assert desk.names().count("AlertRaised") == 40


def test_who_was_confirmed_and_is_listed_no_more_is_cleared(desk: Desk) -> None:
    desk.publish()
    desk.screen("Bank Melli Iran", "wal_9", kind="payee", type="Organization")
    desk.names()

    desk.publish(PETROV)

    assert desk.names() == ["ScreeningCompleted", "ScreeningCleared"]


def verified(name: str, customer_id: str = "cus_7", outcome: str = "matched") -> str:
    sealed = vault.seal(name, context={"record": "ver_7", "field": "name"})
    data = {
        "customer_id": customer_id,
        "client_id": "cli_test",
        "unit_id": "unit_head",
        "verification_id": "ver_7",
        "outcome": outcome,
        "name_sealed": base64.b64encode(sealed).decode(),
    }
    return from_bus(VERIFIED, data)


def test_a_customer_whose_name_was_verified_is_screened_once(desk: Desk) -> None:
    desk.publish()
    body = verified("Iwan Petrow")

    for _ in range(2):
        assert deliver("aml.app.on_verifications", [body]) == {"batchItemFailures": []}

    assert desk.names() == ["ScreeningCompleted", "AlertRaised"]
    assert desk.screening(desk.waiting()[0]).json["subject_id"] == "cus_7"


def test_who_was_verified_before_there_was_a_list_is_screened_with_the_first(desk: Desk) -> None:
    deliver("aml.app.on_verifications", [verified("Iwan Petrow")])
    assert desk.waiting() == []

    desk.publish()

    assert desk.names() == ["ScreeningCompleted", "AlertRaised"]


def test_a_name_that_was_sealed_for_elsewhere_goes_back_to_the_queue(desk: Desk) -> None:
    desk.publish()
    stolen = json.loads(verified("Iwan Petrow"))
    stolen["detail"]["data"]["verification_id"] = "ver_8"

    answer = deliver("aml.app.on_verifications", [json.dumps(stolen), verified("Erika Mustermann")])

    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    row = next(iter(SubjectRow.scan()))
    assert (row.subject_id, row.outcome) == ("cus_7", "no_hit")
    assert store.get(SubjectRow, row.shard, "cus_7") is not None
