"""Merchants and payouts of release 0.1 go over to the room: nothing twice, and nothing before its time."""

import json
from typing import Any

import pytest

from bank import ledger, store
from bank.ledger import AccountRow, PayeeRow
from merchants import cli, tables
from settlement.app import app
from settlement.tables import PayoutRow
from tests.support import http
from tests.support.http import call
from tests.support.streams import Cloud
from tests.unit.merchants.given import Clock, account, earn, merchant, patch, resume, suspend
from tests.unit.settlement.given import amounts, payouts, settle


def of_before(merchant_id: str) -> None:
    """As 0.1 left it: no payee, its accounts in no index, its payouts among the merchants."""
    for row in PayoutRow.query(merchant_id):
        facts = dict(row.attribute_values)
        tables.PayoutRow(merchant_id=facts.pop("payee_id"), **facts).save()
        row.delete()
    PayeeRow(merchant_id).delete()
    home = account(merchant_id)
    home.update(actions=[AccountRow.settlement_shard.remove()])


def enrolled(capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    capsys.readouterr()
    assert cli.main(["enrol"]) == 0
    found: dict[str, int] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def test_payouts_of_before_are_listed_as_they_were_and_told_by_no_event(
    cloud: Cloud, at: Clock, capsys: pytest.CaptureFixture[str], published: list[dict[str, Any]]
) -> None:
    merchant_id = merchant(settlement="T+0")
    for amount in (5, 6):
        earn(cloud, merchant_id, amount)
        settle(cloud)
    before = payouts(merchant_id)
    of_before(merchant_id)
    cloud.settle()
    published.clear()

    assert [enrolled(capsys), enrolled(capsys)] == [{"merchants": 1, "payouts": 2}] * 2

    cloud.settle()
    assert payouts(merchant_id) == before
    assert published == []


def test_a_merchant_of_before_is_paid_once_enrolled_and_not_again_for_the_same_day(
    cloud: Cloud, at: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    merchant_id = merchant(settlement="T+1")
    earn(cloud, merchant_id, 700)
    at("2026-11-21T02:00")
    settle(cloud)
    earn(cloud, merchant_id, 50)
    of_before(merchant_id)

    assert settle(cloud) == {}
    enrolled(capsys)
    assert settle(cloud) == {"already_paid": 1}
    at("2026-11-22T02:00")
    assert settle(cloud) == {"paid": 1}
    assert amounts(merchant_id) == [700, 50]


def test_what_was_paid_before_counts_when_money_matures(
    cloud: Cloud, at: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else the closing of before the payout would let younger money go in its place."""
    merchant_id = merchant(settlement="T+7")
    at("2026-11-01T12:00")
    earn(cloud, merchant_id, 100)
    at("2026-11-08T02:00")
    settle(cloud)
    of_before(merchant_id)
    at("2026-11-08T12:00")
    earn(cloud, merchant_id, 100)
    enrolled(capsys)

    at("2026-11-09T02:00")
    assert settle(cloud) == {"nothing_due": 1}
    at("2026-11-15T02:00")
    assert settle(cloud) == {"paid": 1}


def test_a_payout_that_was_not_moved_is_still_not_made_twice(cloud: Cloud, at: Clock) -> None:
    """Its journal's id follows from what it pays, whoever pays."""
    merchant_id = merchant(settlement="T+1")
    earn(cloud, merchant_id, 700)
    at("2026-11-21T02:00")
    settle(cloud)
    earn(cloud, merchant_id, 50)
    for row in PayoutRow.query(merchant_id):
        row.delete()

    settle(cloud)

    assert account(merchant_id).balance == 50


def test_a_merchant_that_is_not_enrolled_yet_can_be_stopped_and_changed(
    cloud: Cloud, at: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    merchant_id = merchant(settlement="T+0")
    earn(cloud, merchant_id, 700)
    of_before(merchant_id)

    assert suspend(merchant_id).json["status"] == "suspended"
    enrolled(capsys)
    assert settle(cloud) == {"not_payable": 1}
    assert resume(merchant_id).json["status"] == "active"
    assert patch(merchant_id, settlement="T+7").status == 200
    assert store.get(PayeeRow, merchant_id).days == 7  # type: ignore[union-attr]


def test_the_payee_follows_its_merchant(cloud: Cloud) -> None:
    merchant_id = merchant()

    def read() -> tuple[Any, ...]:
        payee, row = store.get(PayeeRow, merchant_id), store.get(tables.MerchantRow, merchant_id, "merchant")
        assert payee is not None
        assert row is not None
        assert (payee.revision, payee.bank_account) == (row.revision, row.bank_account)
        return int(payee.days), payee.stopped, payee.payable

    assert read() == (1, False, True)
    suspend(merchant_id)
    assert read() == (1, True, False)
    resume(merchant_id)
    patch(merchant_id, settlement="T+7", bank_account=None)
    assert read() == (7, False, False)


def test_to_who_may_not_see_the_merchant_its_payouts_are_missing(cloud: Cloud) -> None:
    path = f"/merchants/{merchant()}/payouts"

    stranger = {"client_id": "cli_other", "principal": http.CHANNEL}
    assert call(app, "GET", path, **stranger).json["code"] == "merchant_not_found"
    assert call(app, "GET", "/merchants/mer_nobody/payouts").json["code"] == "merchant_not_found"
    assert call(app, "GET", path).json == {"items": [], "next_cursor": None}


def test_the_event_of_a_payout(cloud: Cloud, at: Clock, published: list[dict[str, Any]]) -> None:
    merchant_id = merchant(settlement="T+0")
    earn(cloud, merchant_id, 700)
    settle(cloud)

    [payout], [event] = payouts(merchant_id), published
    assert (event["type"], event["subject"]) == (
        "perkbank.settlement.PayoutBooked.v1",
        payout["payout_id"],
    )
    assert event["data"] == {
        "payee_id": merchant_id,
        "payout_id": payout["payout_id"],
        "amount": 700,
        "currency": "CNY",
        "business_date": "2026-11-20",
        "settlement_account_id": ledger.accounts.find(account(merchant_id).account_id).account_id,
        "journal_id": payout["journal_id"],
    }
