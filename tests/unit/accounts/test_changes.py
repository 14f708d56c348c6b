"""Changing accounts, statements and balances as of an instant, on moto."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.app import app
from accounts.domain import clearing_account
from accounts.events import AccountLimitLowered, of_change
from bank import clock, ledger, store
from tests.support import http
from tests.support.http import Reply, call
from tests.support.streams import Cloud
from tests.unit.accounts.test_app import balance, deposit, open_wallet, withdraw


def change(account_id: str, what: str) -> Reply:
    return call(app, "POST", f"/accounts/{account_id}/{what}", {"reason": "asked for"})


def test_a_frozen_account_takes_credits_and_refuses_debits(cloud: Cloud) -> None:
    wallet = open_wallet()
    deposit(wallet, 500, "a")

    assert change(wallet, "freeze").json["status"] == "frozen"
    assert deposit(wallet, 100, "b").status == 201
    assert withdraw(wallet, 100, "c").json["code"] == "account_frozen"
    assert change(wallet, "freeze").status == 409
    assert change(wallet, "unfreeze").json["status"] == "active"
    assert withdraw(wallet, 100, "d").status == 201
    assert balance(wallet) == 500


def test_an_account_is_closed_only_at_zero_and_for_good(cloud: Cloud) -> None:
    wallet = open_wallet()
    deposit(wallet, 500, "a")

    refused = change(wallet, "close")
    withdraw(wallet, 500, "b")
    closed = change(wallet, "close")

    assert (refused.status, refused.json["code"]) == (409, "account_not_at_zero")
    assert closed.json["status"] == "closed"
    assert change(wallet, "unfreeze").status == 409
    assert deposit(wallet, 1, "c").json["code"] == "account_closed"
    assert change("wal_none", "close").status == 404


def test_a_settlement_account_takes_deposits_and_freezes_and_is_neither_emptied_nor_closed(
    cloud: Cloud,
) -> None:
    """It was emptied by a withdrawal while its merchant was suspended, and closed with money on its way."""
    shop, empty = "stl_shop", "stl_empty"
    for account_id in (shop, empty):
        kind = ledger.Kind.SETTLEMENT
        row = ledger.accounts.new_row(account_id=account_id, owner_id="mer_1", kind=kind, currency="USD")
        ledger.accounts.open_account(row)
    assert deposit(shop, 500, "a").status == 201
    cloud.settle()

    withdrawn, closed = withdraw(shop, 100, "b"), change(empty, "close")

    assert [(each.status, each.json["code"]) for each in (withdrawn, closed)] == [(422, "account_kind")] * 2
    assert [change(shop, what).status for what in ("freeze", "unfreeze")] == [200, 200]
    assert balance(shop) == 500


def test_staff_open_an_account_with_the_limits_that_another_has_approved(cloud: Cloud) -> None:
    """Alone they opened one without any limit, where lifting a limit took two."""
    body = {"owner_id": "own_staff", "kind": "wallet", "currency": "USD", "limits": {"per_day": 300}}
    clerk = {"principal": http.staff(), "key": "k"}

    proposal = call(app, "POST", "/accounts", body, approve=False, **clerk)

    assert (proposal.status, proposal.json["kind"]) == (202, "accounts.open_account")
    assert call(app, "GET", "/accounts", query={"owner_id": "own_staff"}).json["items"] == []
    headers = {"approval-id": http.approved(proposal.json)}
    wider = {**body, "limits": None}
    refused = call(app, "POST", "/accounts", wider, headers=headers, principal=http.staff(), key="k2")
    assert (refused.status, refused.json["code"]) == (409, "content_changed")
    opened = call(app, "POST", "/accounts", body, headers=headers, **clerk)
    assert (opened.status, opened.json["limits"]["per_day"]) == (201, 300)
    assert call(app, "POST", "/accounts", body, approve=False, client_id="cli_app").status == 201


def test_lowering_a_limit_counts_what_was_spent(cloud: Cloud) -> None:
    wallet = open_wallet(limits={"per_day": 300})
    deposit(wallet, 1_000, "a")
    assert withdraw(wallet, 301, "b").json["code"] == "limit_exceeded"
    assert withdraw(wallet, 200, "c").status == 201

    changed = call(app, "PATCH", f"/accounts/{wallet}/limits", {"per_day": 250})

    assert changed.json["limits"] == {
        "per_payment": None,
        "per_day": 250,
        "per_month": None,
        "per_year": None,
    }
    assert withdraw(wallet, 51, "d").json["code"] == "limit_exceeded"
    assert withdraw(wallet, 50, "e").status == 201
    lifted = call(app, "PATCH", f"/accounts/{wallet}/limits", {"per_day": None})
    assert lifted.json["limits"]["per_day"] is None
    assert withdraw(wallet, 500, "f").status == 201


def test_accounts_are_listed_by_owner_page_by_page(cloud: Cloud) -> None:
    opened = {open_wallet(owner_id="own_9") for _ in range(5)}
    open_wallet(owner_id="own_other")
    listed: list[str] = []
    query = {"owner_id": "own_9", "limit": "2"}
    while True:
        page = call(app, "GET", "/accounts", query=query).json
        listed += [item["account_id"] for item in page["items"]]
        if not page["next_cursor"]:
            break
        query = {**query, "cursor": page["next_cursor"]}

    assert len(listed) == 5
    assert set(listed) == opened


def test_the_statement_pages_and_filters_by_booking_time(cloud: Cloud) -> None:
    wallet = open_wallet()
    start = clock.now()
    for hour in range(5):
        with clock.source(lambda hour=hour: start + timedelta(hours=hour + 1)):  # type: ignore[misc]
            deposit(wallet, 100 + hour, f"d{hour}")
    cloud.settle()

    def amounts(**query: Any) -> list[int]:
        page = call(app, "GET", f"/accounts/{wallet}/entries", query=query).json
        found = [item["amount"] for item in page["items"]]
        more = page["next_cursor"]
        return found + (amounts(**{**query, "cursor": more}) if more else [])

    assert amounts(limit="2") == [104, 103, 102, 101, 100]
    between = {
        "from": (start + timedelta(hours=2)).isoformat(),
        "to": (start + timedelta(hours=4)).isoformat(),
    }
    assert amounts(**between) == [102, 101]


def test_the_balance_as_of_an_instant_is_what_had_been_booked(cloud: Cloud) -> None:
    wallet = open_wallet()
    start = clock.now()
    for hour in range(3):
        with clock.source(lambda hour=hour: start + timedelta(hours=hour + 1)):  # type: ignore[misc]
            deposit(wallet, 100, f"d{hour}")
    cloud.settle()

    def as_of(hours: float) -> int:
        query = {"as_of": (start + timedelta(hours=hours)).isoformat()}
        return int(call(app, "GET", f"/accounts/{wallet}/balance", query=query).json["balance"])

    assert [as_of(hours) for hours in (0.5, 1, 2.5, 3)] == [0, 100, 200, 300]
    assert call(app, "GET", f"/accounts/{wallet}/balance").json["balance"] == 300


def test_a_journal_shows_both_sides(cloud: Cloud) -> None:
    wallet = open_wallet()
    journal_id = deposit(wallet, 500).json["journal_id"]

    journal = call(app, "GET", f"/ledger/journals/{journal_id}").json
    legs = journal["legs"]

    assert journal["made_by"] == "cli_test"
    assert {(leg["account_id"], leg["direction"], leg["amount"]) for leg in legs} == {
        (wallet, "credit", 500),
        (clearing_account("cli_test", "USD"), "debit", 500),
    }
    assert call(app, "GET", "/ledger/journals/jrn_none").status == 404


def test_opening_again_with_the_same_key_opens_none_besides(cloud: Cloud) -> None:
    body = {"owner_id": "own_1", "kind": "wallet", "currency": "USD"}

    first = call(app, "POST", "/accounts", body, key="k")
    again = call(app, "POST", "/accounts", body, key="k")
    other = call(app, "POST", "/accounts", {**body, "currency": "CNY"}, key="k")

    assert first.body == again.body
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("path", ["/ledger/trial-balance", "/ledger/verification"])
def test_before_the_first_verification_there_is_no_report(cloud: Cloud, path: str) -> None:
    answer = call(app, "GET", path)

    assert (answer.status, answer.json["code"]) == (404, "not_verified_yet")


def test_a_lowered_limit_is_shown_told_and_refuses_with_its_end(cloud: Cloud) -> None:
    wallet = open_wallet()
    deposit(wallet, 1_000, "a")
    before, until = ledger.accounts.find(wallet), clock.now() + timedelta(hours=2)
    transaction = store.Transaction()
    ledger.lowering.lower(transaction, before, until=until, per_day=300)
    transaction.commit()
    ends = clock.instant(until.replace(microsecond=0))

    refused = withdraw(wallet, 301, "b")
    again = withdraw(wallet, 301, "b")

    assert (refused.status, refused.json["code"], refused.json["lowered_until"]) == (
        409,
        "limit_lowered",
        ends,
    )
    assert (again.json["code"], again.json["lowered_until"]) == ("limit_lowered", ends)
    assert withdraw(wallet, 300, "c").status == 201
    assert withdraw(wallet, 1, "d").json["code"] == "limit_lowered"
    shown = call(app, "GET", f"/accounts/{wallet}").json
    assert clock.instant(clock.parse(shown["lowered_until"])) == ends
    assert shown["lowered_per_day"] == 300
    told = of_change(before, ledger.accounts.find(wallet))
    assert AccountLimitLowered(account_id=wallet, lowered_until=ends, per_day=300) in told
