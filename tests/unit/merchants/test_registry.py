"""Merchants and their terms over the HTTP function, on moto."""

import base64
import io
from typing import Any

import pytest

from bank import store
from bank.ledger.payees import settlement_id
from merchants.app import app
from tests.support.http import CHANNEL, approved, call, staff
from tests.support.streams import Cloud
from tests.unit.merchants.given import (
    BANK_ACCOUNT,
    NUMBER,
    TERMS,
    Clock,
    account,
    before_the_next_write,
    earn,
    get,
    merchant,
    patch,
    register,
    resume,
    suspend,
)
from tests.unit.settlement.given import payouts, settle

MASKED = "***************0123"


def test_a_registration_opens_the_terms_account_in_the_home_currency(cloud: Cloud, at: Clock) -> None:
    answer = register()

    merchant_id = answer.json["merchant_id"]
    assert answer.status == 201
    assert answer.json == get(f"/merchants/{merchant_id}").json
    assert answer.json | {"merchant_id": "", "settlement_account_id": ""} == {
        "merchant_id": "",
        "name": "Lucky Records",
        "category_code": "5735",
        "fee": {"basis_points": 60, "min": 1, "max": 5000},
        "settlement": "T+1",
        "country": "CN",
        "city": "Shanghai",
        "bank_account": {
            "bank_code": "102290000011",
            "account_number": MASKED,
            "holder_name": "Lucky Records Ltd",
        },
        "contact": None,
        "status": "active",
        "status_reason": None,
        "suspended_by": [],
        "settlement_account_id": "",
        "created_at": "2026-11-20T01:00:00Z",
    }
    home = account(merchant_id)
    assert home.account_id == answer.json["settlement_account_id"]
    assert (home.owner_id, home.kind, home.currency) == (merchant_id, "settlement", "CNY")
    assert home.metadata["merchant"] == {
        "merchant_id": merchant_id,
        "name": "Lucky Records",
        "status": "active",
        "fee": {"basis_points": 60, "min": 1, "max": 5000},
        "settlement": "T+1",
        "currencies": ["CNY", "EUR", "GBP", "HKD", "JPY", "KRW", "KWD", "SGD", "USD"],
        "category": "5735",
    }


def test_a_registration_sent_again_registers_none_besides_and_hears_the_first_answer(cloud: Cloud) -> None:
    first = register(key="m1")
    patch(first.json["merchant_id"], name="Renamed")

    again = register(key="m1")

    assert (again.status, again.body) == (201, first.body)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert [item["name"] for item in get("/merchants").json["items"]] == ["Renamed"]


def test_a_key_used_with_another_body_is_refused(cloud: Cloud) -> None:
    register(key="m1")

    answer = register(key="m1", name="Other")

    assert (answer.status, answer.json["code"]) == (422, "idempotency_key_reused")


STANDARD = {"fee": {"basis_points": 38, "max": 2_000}, "settlement": "T+1"}
WHO: list[dict[str, Any]] = [{}, {"client_id": "cli_app", "principal": CHANNEL}, {"principal": staff()}]


@pytest.mark.parametrize("who", WHO, ids=["system of the bank", "channel", "staff"])
@pytest.mark.parametrize(
    "better",
    [
        {"fee": {"basis_points": 37}},
        {"fee": {"basis_points": 0, "min": 5}},
        {"fee": {"basis_points": 60, "max": 1_999}},
        {"settlement": "T+0"},
    ],
)
def test_terms_better_than_the_bank_s_standard_are_nobody_s_to_say_alone(
    cloud: Cloud, who: dict[str, Any], better: dict[str, Any]
) -> None:
    """A channel registered shops at no fee, paid out on the same day, at the bank's cost."""
    body = {**TERMS, **STANDARD, **better}

    proposal = call(app, "POST", "/merchants", body, key="m1", approve=False, **who)
    assert (proposal.status, proposal.json["kind"]) == (202, "merchants.register_merchant")
    assert get("/merchants").json["items"] == []

    header = {"approval-id": approved(proposal.json)}
    other = call(app, "POST", "/merchants", {**body, "name": "Mine"}, key="m1", headers=header, **who)
    assert (other.status, other.json["code"]) == (409, "content_changed")
    made = call(app, "POST", "/merchants", body, key="m1", headers=header, **who)
    assert (made.status, made.json["settlement"]) == (201, body["settlement"])
    assert made.json["fee"]["basis_points"] == body["fee"]["basis_points"]
    again = call(app, "POST", "/merchants", body, headers=header, **who)
    assert (again.status, again.json["code"]) == (409, "not_approved")
    assert len(get("/merchants").json["items"]) == 1


@pytest.mark.parametrize("who", WHO, ids=["system of the bank", "channel", "staff"])
@pytest.mark.parametrize(
    "terms", [STANDARD, {"fee": {"basis_points": 10_000, "min": 7}}, {"settlement": "T+7"}]
)
def test_the_bank_s_standard_terms_or_worse_need_nobody_else(
    cloud: Cloud, who: dict[str, Any], terms: dict[str, Any]
) -> None:
    answer = call(app, "POST", "/merchants", {**TERMS, **STANDARD, **terms}, approve=False, **who)

    assert answer.status == 201


def test_registrations_without_a_key_are_two_merchants(cloud: Cloud) -> None:
    assert merchant() != merchant()


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"category_code": "573"}, "category_code"),
        ({"category_code": "57A5"}, "category_code"),
        ({"fee": {"basis_points": 10_001}}, "fee.basis_points"),
        ({"fee": {"basis_points": -1}}, "fee.basis_points"),
        ({"fee": {"basis_points": 60, "min": 2, "max": 1}}, "fee"),
        ({"fee": {"basis_points": 1.5}}, "fee.basis_points"),
        ({"settlement": "T+2"}, "settlement"),
        ({"country": "XX"}, "country"),
        ({"country": "US"}, ""),
        ({"city": "Llanfairpwllgwyn"}, "city"),
        ({"city": None}, "city"),
        ({"name": " "}, "name"),
        (
            {"bank_account": {"bank_code": "ICBC", "account_number": "12-34", "holder_name": "x"}},
            "bank_account.account_number",
        ),
        ({"status": "active"}, "status"),
    ],
)
def test_terms_that_cannot_be_are_refused_before_anything_is_read(terms: dict[str, Any], field: str) -> None:
    answer = register(**terms)

    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_a_merchant_abroad_gives_its_city(cloud: Cloud) -> None:
    answer = register(country="DE", city="Köln")

    assert (answer.status, answer.json["country"], answer.json["city"]) == (201, "DE", "Köln")


def test_an_unknown_merchant_is_not_found(cloud: Cloud) -> None:
    answers = [get(f"/merchants/mer_nobody{path}") for path in ("", "/qr")]
    answers += [patch("mer_nobody", name="New"), suspend("mer_nobody"), resume("mer_nobody")]

    assert [(answer.status, answer.json["code"]) for answer in answers] == [(404, "merchant_not_found")] * 5


def test_the_list_pages_through_all_merchants_once(cloud: Cloud) -> None:
    made = {merchant(settlement=cycle) for cycle in ("T+0", "T+1", "T+7") for _ in range(3)}

    seen: list[str] = []
    cursor = None
    for _ in range(3):
        page = get("/merchants", limit="4", **({"cursor": cursor} if cursor else {})).json
        seen += [item["merchant_id"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert seen == sorted(made)
    assert cursor is None


def test_the_list_can_be_of_one_settlement_cycle(cloud: Cloud) -> None:
    merchant(settlement="T+1")
    weekly = {merchant(settlement="T+7") for _ in range(3)}
    moved = merchant(settlement="T+0")
    patch(moved, settlement="T+7")

    page = get("/merchants", settlement="T+7").json

    assert {item["merchant_id"] for item in page["items"]} == weekly | {moved}
    assert page["next_cursor"] is None
    # As it arrives where the plus was not escaped.
    assert get("/merchants", settlement="T 7").json == page


def test_a_cursor_that_was_never_given_out_is_the_callers_error(cloud: Cloud) -> None:
    cursors = [
        base64.urlsafe_b64encode(text).decode().rstrip("=") for text in (b"merchant", b"a", b"\0", b"zzz")
    ]

    assert [get("/merchants", cursor=cursor).status for cursor in cursors] == [422] * 4


def test_a_change_leaves_what_it_does_not_name_and_reaches_the_account(cloud: Cloud) -> None:
    registered = register()
    merchant_id = registered.json["merchant_id"]

    answer = patch(merchant_id, name="Luckier Records", fee={"basis_points": 50})

    changed = {"name": "Luckier Records", "fee": {"basis_points": 50, "min": None, "max": None}}
    assert (answer.status, answer.json) == (200, registered.json | changed)
    assert get(f"/merchants/{merchant_id}").json == answer.json
    facts = account(merchant_id).metadata["merchant"]
    assert (facts["name"], facts["fee"]["basis_points"], facts["settlement"]) == (
        "Luckier Records",
        50,
        "T+1",
    )


def test_a_bank_account_of_null_goes_off_file_and_a_name_of_null_is_refused(cloud: Cloud) -> None:
    merchant_id = merchant()

    assert patch(merchant_id, bank_account=None).json["bank_account"] is None
    assert get(f"/merchants/{merchant_id}").json["bank_account"] is None
    assert patch(merchant_id, name=None).status == 422


def test_changes_that_meet_are_both_made(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    merchant_id = merchant()
    before_the_next_write(monkeypatch, lambda: patch(merchant_id, name="First"))

    answer = patch(merchant_id, category_code="5999")

    assert (answer.json["name"], answer.json["category_code"]) == ("First", "5999")
    assert get(f"/merchants/{merchant_id}").json == answer.json
    assert account(merchant_id).metadata["merchant"]["name"] == "First"


def test_a_change_that_meets_a_suspension_does_not_lift_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant_id = merchant()
    before_the_next_write(monkeypatch, lambda: suspend(merchant_id))

    patch(merchant_id, name="Renamed")

    facts = account(merchant_id).metadata["merchant"]
    assert (facts["name"], facts["status"]) == ("Renamed", "suspended")


def test_a_merchant_is_suspended_and_resumed_once_each(cloud: Cloud) -> None:
    merchant_id = merchant()

    early = resume(merchant_id)
    suspended, again = suspend(merchant_id), suspend(merchant_id)
    while_suspended = account(merchant_id).metadata["merchant"]["status"]
    resumed = resume(merchant_id)

    assert (early.status, early.json["code"]) == (409, "merchant_status")
    assert (suspended.status, suspended.json["status"], suspended.json["status_reason"]) == (
        200,
        "suspended",
        "complaints",
    )
    assert (again.status, again.json["code"]) == (409, "merchant_status")
    assert while_suspended == "suspended"
    assert (resumed.status, resumed.json["status"], resumed.json["status_reason"]) == (
        200,
        "active",
        "cleared",
    )
    assert account(merchant_id).metadata["merchant"]["status"] == "active"


def test_of_two_suspensions_at_once_one_is_a_conflict(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    merchant_id = merchant()
    before_the_next_write(monkeypatch, lambda: suspend(merchant_id))

    assert suspend(merchant_id).status == 409


def test_a_token_without_the_scope_is_forbidden() -> None:
    asked = [call(app, "GET", "/merchants", scope="merchants:write")]
    asked += [call(app, "POST", "/merchants", {}, scope="merchants:read")]

    assert [(answer.status, answer.json["code"]) for answer in asked] == [(403, "insufficient_scope")] * 2


def test_the_bank_account_number_is_in_no_answer_log_or_event(
    cloud: Cloud,
    at: Clock,
    published_events: list[dict[str, Any]],
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    merchant_id = merchant(settlement="T+0")
    bodies = [patch(merchant_id, bank_account=BANK_ACCOUNT | {"holder_name": ""}).body]
    bodies += [patch(merchant_id, bank_account=BANK_ACCOUNT | {"bank_code": "CMB"}).body]
    earn(cloud, merchant_id, 500)
    commit = store.Transaction.commit
    monkeypatch.setattr(store.Transaction, "commit", lambda transaction: 1 / 0)
    bodies += [suspend(merchant_id).body]
    assert settle(cloud) == {"failed": 1}
    monkeypatch.setattr(store.Transaction, "commit", commit)
    assert settle(cloud) == {"paid": 1}
    bodies += [get(f"/merchants{path}").body for path in ("", f"/{merchant_id}")]
    bodies += [str(payouts(merchant_id))]

    assert MASKED in "".join(bodies)
    assert "ZeroDivisionError" in log.getvalue()
    assert len(published_events) == 2
    assert NUMBER not in "".join(bodies) + log.getvalue() + repr(published_events)


def test_the_accounts_of_a_merchant_are_derived_from_it(cloud: Cloud) -> None:
    registered = register().json

    assert registered["settlement_account_id"] == settlement_id(registered["merchant_id"], "CNY")
    assert settlement_id("mer_1", "USD") != settlement_id("mer_1", "CNY")
