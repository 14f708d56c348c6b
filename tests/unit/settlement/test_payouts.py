"""Payouts, on moto: what is due leaves once, whatever happens around it."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from bank import ledger, store
from settlement.app import app
from settlement.service import payouts as service
from tests.support.http import Reply, call
from tests.support.streams import Cloud
from tests.unit.bank.ledger.given import change_status
from tests.unit.merchants.given import (
    Clock,
    account,
    before_the_next_write,
    earn,
    merchant,
    open_account,
    patch,
    refund,
    refund_now,
    resume,
    suspend,
)
from tests.unit.settlement.given import RECEIVED, Night, amounts, payouts, settle


def test_t1_pays_yesterdays_money_and_not_todays(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+1")
    at("2026-11-20T23:59:59")
    earn(cloud, merchant_id, 700)
    at("2026-11-21T00:00:00")
    earn(cloud, merchant_id, 50)
    at("2026-11-21T02:00:00")

    assert settle(cloud) == {"paid": 1}

    home = account(merchant_id)
    assert (home.balance, home.available) == (50, 50)
    assert account_of_payouts() == 700
    [payout] = payouts(merchant_id)
    assert payout | {"payout_id": "", "journal_id": ""} == {
        "payout_id": "",
        "merchant_id": merchant_id,
        "amount": 700,
        "currency": "CNY",
        "business_date": "2026-11-21",
        "settlement_account_id": home.account_id,
        "journal_id": "",
        "bank_account": {
            "bank_code": "102290000011",
            "account_number": "***************0123",
            "holder_name": "Lucky Records Ltd",
        },
        "status": "booked",
        "booked_at": "2026-11-20T18:00:00Z",
    }
    journal = store.get(ledger.JournalRow, payout["journal_id"])
    assert journal is not None
    assert (journal.kind, journal.reference, journal.made_by) == ("payout", payout["payout_id"], "settlement")
    assert journal.legs == [[home.account_id, -700], ["int_payouts_CNY", 700]]


def account_of_payouts(currency: str = "CNY") -> int:
    return int(ledger.accounts.find(ledger.internal("payouts", currency)).balance)


def test_a_run_made_twice_pays_once_and_the_next_day_pays_the_rest(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+1")
    earn(cloud, merchant_id, 700)
    at("2026-11-21T02:00")
    earn(cloud, merchant_id, 50)

    assert [settle(cloud), settle(cloud)] == [{"paid": 1}, {"already_paid": 1}]
    at("2026-11-21T22:00")
    assert settle(cloud) == {"already_paid": 1}
    at("2026-11-22T02:00")
    assert settle(cloud) == {"paid": 1}

    assert amounts(merchant_id) == [700, 50]
    assert settle(cloud) == {}


def test_two_runs_at_once_pay_once(cloud: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    daily, at_once = merchant(settlement="T+1"), merchant(settlement="T+0")
    earn(cloud, daily, 700)
    earn(cloud, at_once, 90)
    at("2026-11-21T02:00")
    before_the_next_write(monkeypatch, lambda: settle(cloud))

    settle(cloud)

    assert (amounts(daily), amounts(at_once)) == ([700], [90])
    assert (account(daily).balance, account(at_once).balance) == (0, 0)


def test_t0_pays_what_is_there_and_later_what_has_come_since(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+0")
    earn(cloud, merchant_id, 700)

    assert [settle(cloud), settle(cloud)] == [{"paid": 1}, {}]
    earn(cloud, merchant_id, 50)
    assert settle(cloud) == {"paid": 1}

    assert amounts(merchant_id) == [700, 50]


def test_t7_pays_each_day_what_was_booked_seven_days_before(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+7")
    for day in range(1, 11):
        at(f"2026-11-{day:02d}T02:00")
        settle(cloud)
        at(f"2026-11-{day:02d}T12:00")
        earn(cloud, merchant_id, 100 + day)

    paid = [(payout["business_date"], payout["amount"]) for payout in payouts(merchant_id)]
    assert paid == [("2026-11-08", 101), ("2026-11-09", 102), ("2026-11-10", 103)]


def test_t7_does_not_pay_new_money_for_old_money_that_was_refunded(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+7")
    at("2026-11-01T12:00")
    earn(cloud, merchant_id, 100)
    at("2026-11-02T12:00")
    refund(cloud, merchant_id, 100)
    at("2026-11-04T12:00")
    earn(cloud, merchant_id, 100)

    at("2026-11-08T02:00")
    assert settle(cloud) == {"nothing_due": 1}
    at("2026-11-11T02:00")
    assert settle(cloud) == {"paid": 1}


def test_a_refund_of_young_money_does_not_hold_old_money_back(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+7")
    at("2026-11-01T12:00")
    earn(cloud, merchant_id, 100)
    at("2026-11-03T12:00")
    earn(cloud, merchant_id, 40)
    at("2026-11-04T12:00")
    refund(cloud, merchant_id, 40)

    at("2026-11-08T02:00")
    settle(cloud)

    assert amounts(merchant_id) == [100]


def test_a_change_from_t0_to_t1_pays_nothing_early(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+0")
    earn(cloud, merchant_id, 700)
    at("2026-11-21T02:00")
    settle(cloud)
    earn(cloud, merchant_id, 600)
    patch(merchant_id, settlement="T+1")

    assert settle(cloud) == {"nothing_due": 1}
    at("2026-11-22T02:00")
    settle(cloud)

    assert amounts(merchant_id) == [700, 600]


def test_a_suspended_merchant_is_not_paid_until_it_is_resumed(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+0")
    earn(cloud, merchant_id, 700)
    suspend(merchant_id)

    assert settle(cloud) == {"not_payable": 1}
    resume(merchant_id)
    assert settle(cloud) == {"paid": 1}


def test_a_merchant_without_a_bank_account_on_file_is_not_paid(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+0", bank_account=None)
    earn(cloud, merchant_id, 700)

    assert settle(cloud) == {"not_payable": 1}
    assert account(merchant_id).balance == 700


def test_a_suspension_that_meets_the_payout_stops_it(
    cloud: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant_id = merchant(settlement="T+0")
    earn(cloud, merchant_id, 700)
    before_the_next_write(monkeypatch, lambda: suspend(merchant_id))

    assert settle(cloud) == {"not_payable": 1}
    assert account(merchant_id).balance == 700


@pytest.mark.parametrize(
    ("refunded", "outcome", "paid"), [(200, {"paid": 1}, [500]), (700, {"nothing_due": 1}, [])]
)
def test_a_refund_that_meets_the_payout_lowers_it(
    cloud: Cloud,
    at: Clock,
    monkeypatch: pytest.MonkeyPatch,
    refunded: int,
    outcome: dict[str, int],
    paid: list[int],
) -> None:
    merchant_id = merchant(settlement="T+1")
    earn(cloud, merchant_id, 700)
    at("2026-11-21T02:00")
    before_the_next_write(monkeypatch, lambda: refund_now(merchant_id, refunded))

    assert settle(cloud) == outcome
    assert amounts(merchant_id) == paid
    assert account(merchant_id).balance == 0


@pytest.mark.parametrize("happened", [True, False])
def test_a_run_that_dies_at_the_write_is_made_good_by_the_next(
    cloud: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch, happened: bool
) -> None:
    merchant_id = merchant(settlement="T+1")
    earn(cloud, merchant_id, 700)
    at("2026-11-21T02:00")
    commit = store.Transaction.commit

    def unheard(transaction: store.Transaction) -> None:
        monkeypatch.setattr(store.Transaction, "commit", commit)
        if happened:
            transaction.commit()
        raise ReadTimeoutError(endpoint_url="dynamodb")

    monkeypatch.setattr(store.Transaction, "commit", unheard)

    assert [settle(cloud), settle(cloud)] == [{"failed": 1, "already_paid" if happened else "paid": 1}, {}]
    assert amounts(merchant_id) == [700]
    assert account(merchant_id).balance == 0


def test_one_account_that_fails_does_not_stop_the_others_and_ends_among_the_dead_letters_by_its_name(
    cloud: Cloud,
    at: Clock,
    monkeypatch: pytest.MonkeyPatch,
    log: io.StringIO,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = [merchant(settlement=cycle) for cycle in ("T+0", "T+0", "T+1", "T+7")]
    for merchant_id in made:
        earn(cloud, merchant_id, 700)
    at("2026-11-28T02:00")
    book, broken = service._book, account(made[0]).account_id

    def failing(payee: Any, *arguments: Any, **options: Any) -> None:
        if payee.payee_id == made[0]:
            raise RuntimeError("broken")
        book(payee, *arguments, **options)

    monkeypatch.setattr(service, "_book", failing)
    night = Night(cloud)

    assert night.run() == {"paid": 3, "failed": 1}
    assert [amounts(merchant_id) for merchant_id in made] == [[], [700], [700], [700]]
    assert [json.loads(body)["account_id"] for body in night.dead] == [broken]
    logged = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["account_id"] for line in logged if "account_id" in line] == [broken]
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "PayoutsBooked" in line]
    assert sum(each["PayoutsBooked"][0] for each in metrics) == 3
    assert sum(each["SettlementFailures"][0] for each in metrics) == 1 + RECEIVED

    monkeypatch.setattr(service, "_book", book)
    assert night.deliver(night.dead.pop())
    assert amounts(made[0]) == [700]


def test_a_frozen_settlement_account_is_not_paid_out(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+0")
    earn(cloud, merchant_id, 700)
    change_status(account(merchant_id).account_id, ledger.Status.FROZEN)

    assert settle(cloud) == {"refused": 1}
    assert account(merchant_id).balance == 700


def test_each_currency_is_paid_out_on_its_own(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+1")
    open_account(merchant_id, "USD")
    earn(cloud, merchant_id, 700)
    earn(cloud, merchant_id, 90, "USD")
    at("2026-11-21T02:00")
    earn(cloud, merchant_id, 1, "USD")

    assert settle(cloud) == {"paid": 2}
    assert {payout["currency"]: payout["amount"] for payout in payouts(merchant_id)} == {
        "CNY": 700,
        "USD": 90,
    }


def listed(merchant_id: str, **query: str) -> Reply:
    return call(app, "GET", f"/merchants/{merchant_id}/payouts", query=query)


def test_payouts_are_listed_newest_first_by_page(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+0")
    for amount in (1, 2, 3):
        earn(cloud, merchant_id, amount)
        settle(cloud)

    first = listed(merchant_id, limit="2").json
    second = listed(merchant_id, limit="2", cursor=first["next_cursor"]).json

    assert [payout["amount"] for payout in first["items"]] == [3, 2]
    assert [payout["amount"] for payout in second["items"]] == [1]
    assert second["next_cursor"] is None
