"""Deposits and withdrawals tell whether they were cash."""

from typing import Any

import pytest

from accounts.app import app
from bank import ledger
from tests.support import funding
from tests.support.http import call
from tests.support.streams import Cloud
from tests.unit.accounts.test_app import open_wallet


@pytest.mark.parametrize(("name", "cash"), [("cash", True), ("bank_transfer", False)])
def test_money_over_the_counter_is_published_as_cash(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, name: str, cash: bool
) -> None:
    published_events: list[dict[str, Any]] = []
    monkeypatch.setattr("accounts.app.publish", lambda envelopes: published_events.extend(envelopes))
    wallet = open_wallet()
    amount = {"amount": 500, "currency": "USD", "reference": "r"}
    funding.allow()
    call(app, "POST", "/deposits", {"account_id": wallet, **amount, "source": name}, key="d")
    cloud.settle()
    call(app, "POST", f"/accounts/{wallet}/withdrawals", {**amount, "destination": name}, key="w")
    cloud.settle()

    moved = {each["type"].split(".")[2]: each["data"] for each in published_events if "Money" in each["type"]}

    assert {kind: data["cash"] for kind, data in moved.items()} == {
        "MoneyDeposited": cash,
        "MoneyWithdrawn": cash,
    }


def test_cash_on_a_settlement_account_is_told_once(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr("accounts.app.publish", lambda envelopes: told.extend(envelopes))
    shop, kind = "stl_shop", ledger.Kind.SETTLEMENT
    ledger.accounts.open_account(
        ledger.accounts.new_row(account_id=shop, owner_id="mer_1", kind=kind, currency="USD")
    )
    funding.allow()
    body = {"account_id": shop, "amount": 9_999_900, "currency": "USD", "source": "cash", "reference": "r"}

    made = call(app, "POST", "/deposits", body, key="d").json
    cloud.settle()
    cloud.settle()

    deposited = [each for each in told if each["type"].endswith("MoneyDeposited.v1")]
    assert [(each["data"]["movement_id"], each["data"]["cash"]) for each in deposited] == [
        (made["movement_id"], True)
    ]
