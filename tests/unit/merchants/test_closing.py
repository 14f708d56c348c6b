"""Merchants that close: no payments any more, refunds and payouts until nothing is left, and then closed."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.app import app as accounts_app
from bank import ledger
from bank.ledger import AccountRow, PayeeRow
from merchants import app
from merchants.service import closing, payees
from payments.app import app as payments_app
from payments.service.orders import MAX_HOLD
from payments.service.pay import HOLD, REVIEW
from tests.support import funding, http
from tests.support.http import Reply, call, context
from tests.support.streams import Cloud
from tests.unit.merchants.given import (
    Clock,
    account,
    earn,
    get,
    merchant,
    patch,
    post,
    resume,
    suspend,
)
from tests.unit.settlement.given import amounts, settle


def close(merchant_id: str, **who: Any) -> Reply:
    return post(f"/merchants/{merchant_id}/close", {"reason": "gives up its shop"}, **who)


def later(at: Clock, days: int) -> None:
    at((at.moment + timedelta(days=days)).replace(tzinfo=None).isoformat())


def drain(at: Clock) -> dict[str, int]:
    """The daily run, after the days that a merchant drains for."""
    later(at, closing.DRAINS.days + 1)
    return app.on_closing({}, context())


def status(merchant_id: str) -> str:
    return str(get(f"/merchants/{merchant_id}").json["status"])


def wallet(amount: int = 10_000) -> str:
    body = {"owner_id": "own_1", "kind": "wallet", "currency": "CNY"}
    account_id = str(call(accounts_app, "POST", "/accounts", body).json["account_id"])
    funding.deposit(account_id, amount, "CNY", key=account_id)
    return account_id


def pay(payer: str, merchant_id: str, key: str, **fields: Any) -> dict[str, Any]:
    body = {
        "payer_account_id": payer,
        "merchant_id": merchant_id,
        "amount": 1_000,
        "currency": "CNY",
        "merchant_order_no": "1",
    }
    made: dict[str, Any] = call(payments_app, "POST", "/payments", body | fields, key=key).json
    return made


def refund(payment: dict[str, Any], key: str, amount: int = 1_000) -> Reply:
    body = {"amount": amount, "reason": "returned"}
    return call(payments_app, "POST", payment["links"]["refunds"], body, key=key)


def test_a_closing_merchant_takes_no_payment_and_is_closed_once_it_has_drained(
    cloud: Cloud, at: Clock
) -> None:
    merchant_id = merchant(settlement="T+1")
    payer = wallet()
    paid = pay(payer, merchant_id, "p1")

    assert close(merchant_id).json["status"] == "closing"
    declined = pay(payer, merchant_id, "p2")
    assert (declined["status"], declined["decline"]["code"]) == ("declined", "merchant_closed")
    assert refund(paid, "r1", 400).status == 201
    cloud.settle()
    assert app.on_closing({}, context()) == {"closed": 0, "undrained": 0, "failed": 0}
    later(at, 3)
    assert settle(cloud) == {"paid": 1}
    assert drain(at) == {"closed": 1, "undrained": 0, "failed": 0}

    assert status(merchant_id) == "closed"
    assert account(merchant_id).balance == 0
    assert drain(at) == {"closed": 0, "undrained": 0, "failed": 0}
    late = refund(paid, "r2", 100)
    assert (late.status, late.json["code"]) == (409, "merchant_closed")


def test_it_is_not_closed_while_money_is_on_an_account(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+0", bank_account=None)
    earn(cloud, merchant_id, 700)
    close(merchant_id)

    assert drain(at) == {"closed": 0, "undrained": 1, "failed": 0}
    patch(merchant_id, bank_account=BANK)
    settle(cloud)
    assert app.on_closing({}, context())["closed"] == 1
    assert amounts(merchant_id) == [700]


BANK = {"bank_code": "102290000011", "account_number": "6222021234567890123", "holder_name": "Lucky"}


def test_what_is_booked_late_is_paid_out_all_the_same(cloud: Cloud, at: Clock) -> None:
    """The applier stood still for a month: the credit finds an account, and the merchant its money."""
    merchant_id = merchant(settlement="T+1")
    pay(wallet(), merchant_id, "p1")
    close(merchant_id)
    assert drain(at)["closed"] == 1

    cloud.settle()
    later(at, 3)
    assert settle(cloud) == {"paid": 1}
    assert (status(merchant_id), account(merchant_id).balance) == ("closed", 0)


def test_what_was_authorized_before_is_captured_and_paid_out(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+0")
    held = pay(wallet(), merchant_id, "p1", capture="manual")
    close(merchant_id)

    captured = call(payments_app, "POST", held["links"]["capture"], {}, key="c")
    cloud.settle()

    assert captured.json["status"] == "succeeded"
    assert settle(cloud) == {"paid": 1}
    assert drain(at)["closed"] == 1


def test_no_hold_of_before_outlives_the_time_in_which_a_merchant_drains() -> None:
    assert max(HOLD, MAX_HOLD, REVIEW) + timedelta(hours=1) < closing.DRAINS


def test_a_suspension_holds_on_either_side_of_a_closing(cloud: Cloud, at: Clock) -> None:
    """To close is no way round it: what it has is not paid out until it is resumed."""
    merchant_id = merchant(settlement="T+0")
    earn(cloud, merchant_id, 700)
    suspend(merchant_id)

    assert close(merchant_id).json["status"] == "suspended"
    assert settle(cloud) == {"not_payable": 1}
    assert drain(at) == {"closed": 0, "undrained": 1, "failed": 0}
    assert resume(merchant_id).json["status"] == "closing"
    assert suspend(merchant_id).json["status"] == "suspended"
    assert resume(merchant_id).json["status"] == "closing"
    settle(cloud)
    assert app.on_closing({}, context())["closed"] == 1
    suspend(merchant_id)
    assert resume(merchant_id).json["status"] == "closed"


def test_a_closing_merchant_gives_shares_and_gets_none(cloud: Cloud, at: Clock) -> None:
    closes, other, payer = merchant(), merchant(), wallet()
    theirs, ours = pay(payer, other, "p1"), pay(payer, closes, "p2")
    close(closes)

    def split(payment: dict[str, Any], receiver: str, key: str) -> Reply:
        body = {"receivers": [{"merchant_id": receiver, "amount": 10}]}
        return call(payments_app, "POST", payment["links"]["splits"], body, key=key)

    refused = split(theirs, closes, "s1")
    assert (refused.status, refused.json["code"]) == (409, "merchant_closed")
    assert split(ours, other, "s2").status == 201


def test_closing_is_proposed_by_channels_too_and_done_once(cloud: Cloud) -> None:
    merchant_id = merchant()

    proposal = close(merchant_id, approve=False)
    assert (proposal.status, proposal.json["kind"]) == (202, "merchants.close_merchant")
    assert status(merchant_id) == "active"
    close(merchant_id)
    again = close(merchant_id)
    assert (again.status, again.json["code"]) == (409, "merchant_status")
    stranger = close(merchant(), principal=http.CHANNEL, client_id="cli_other")
    assert (stranger.status, stranger.json["code"]) == (404, "merchant_not_found")


def test_a_merchant_that_fails_is_left_to_the_next_run(
    cloud: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [merchant() for _ in range(3)]
    for merchant_id in made:
        close(merchant_id)
    finish = closing._finish

    def failing(merchant_id: str) -> None:
        if merchant_id == made[0]:
            raise RuntimeError("broken")
        finish(merchant_id)

    monkeypatch.setattr(closing, "_finish", failing)
    assert drain(at) == {"closed": 2, "undrained": 0, "failed": 1}
    monkeypatch.setattr(closing, "_finish", finish)
    assert drain(at) == {"closed": 1, "undrained": 0, "failed": 0}


def test_what_is_told(cloud: Cloud, at: Clock, published_events: list[dict[str, Any]]) -> None:
    merchant_id = merchant()
    close(merchant_id)
    drain(at)
    cloud.settle()

    told = [(each["type"].split(".")[2], each["data"].get("reason")) for each in published_events]
    assert told[1:] == [("MerchantClosing", "gives up its shop"), ("MerchantClosed", None)]


def test_a_settlement_account_that_was_closed_before_is_open_after_its_merchant_is_enrolled(
    cloud: Cloud, at: Clock
) -> None:
    """Its money was stuck: payments went on, and nothing left it."""
    merchant_id = merchant(settlement="T+0")
    home = account(merchant_id)
    home.update(
        actions=[AccountRow.status.set(ledger.Status.CLOSED.value), AccountRow.settlement_shard.remove()]
    )
    PayeeRow(merchant_id).delete()
    earn(cloud, merchant_id, 700)

    payees.enrol(merchant_id)

    assert settle(cloud) == {"paid": 1}
