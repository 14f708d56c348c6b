"""Lists of payments are complete for whoever asks, whatever others write; and rows of before are in them."""

from typing import Any

import pytest

from bank import ids, ledger, store
from bank.access.organisation import HEAD_OFFICE
from merchants.app import app as merchants
from payments.app import app
from payments.tables import IndexRow
from tests.support import funding
from tests.support.http import CHANNEL, call
from tests.support.streams import Cloud

TERMS = {"name": "R", "category_code": "5735", "fee": {"basis_points": 60}, "settlement": "T+1"}
MINE: dict[str, Any] = {"client_id": "cli_mine", "principal": CHANNEL}
OTHER: dict[str, Any] = {"client_id": "cli_other", "principal": CHANNEL}


def merchant(who: dict[str, Any], key: str = "m") -> str:
    return str(call(merchants, "POST", "/merchants", TERMS, key=key, **who).json["merchant_id"])


def wallet(who: dict[str, Any]) -> str:
    account_id = ids.derived("wal", who["client_id"])
    row = ledger.accounts.new_row(
        account_id=account_id,
        owner_id=f"own_{who['client_id']}",
        kind=ledger.Kind.WALLET,
        currency="CNY",
        client_id=who["client_id"],
        unit_id=HEAD_OFFICE,
    )
    ledger.accounts.open_account(row)
    funding.allow(who["client_id"])
    assert funding.deposit(account_id, 10_000, key="d", **who).status == 201
    return account_id


def pay(who: dict[str, Any], payer: str, payee: str, key: str) -> str:
    body = {"payer_account_id": payer, "merchant_id": payee, "amount": 10, "currency": "CNY"}
    answer = call(app, "POST", "/payments", {**body, "merchant_order_no": "0000001"}, key=key, **who)
    assert answer.json["status"] == "succeeded", answer.body
    return str(answer.json["payment_id"])


def pages(who: dict[str, Any], **query: str) -> list[list[str]]:
    """The ids of a list by page, followed to its end."""
    found: list[list[str]] = []
    while True:
        page = call(app, "GET", "/payments", query={"limit": "2", **query}, **who).json
        found.append([item["payment_id"] for item in page["items"]])
        if not page["next_cursor"]:
            return found
        query["cursor"] = page["next_cursor"]


@pytest.fixture
def shop(cloud: Cloud) -> str:
    return merchant(MINE)


def test_accounts_that_others_open_in_a_merchants_name_hide_none_of_its_payments(
    cloud: Cloud, shop: str
) -> None:
    paid = pay(MINE, wallet(MINE), shop, "p")
    for number in range(101):
        row = ledger.accounts.new_row(
            # Before the merchant's own in the index of the owner's accounts.
            account_id=f"clr_{number:03}",
            owner_id=shop,
            kind=ledger.Kind.CLEARING,
            currency="USD",
            client_id="cli_other",
        )
        ledger.accounts.open_account(row)
    cloud.settle()

    assert pages(MINE, merchant_id=shop) == [[paid]]


def test_orders_of_others_with_the_same_number_hide_none_and_are_not_read_by_who_names_the_merchant(
    cloud: Cloud, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bank.store.pages.MOST_SIFTED", 3)
    mine = [pay(MINE, wallet(MINE), shop, f"p{number}") for number in range(3)]
    payer, theirs = wallet(OTHER), [merchant(OTHER, f"m{number}") for number in range(3)]
    for number in range(12):
        pay(OTHER, payer, theirs[number % 3], f"p{number}")
    cloud.settle()

    assert pages(MINE, merchant_id=shop, merchant_order_no="0000001") == [mine[:0:-1], mine[:1]]
    alone = pages(MINE, merchant_order_no="0000001")
    assert [payment_id for page in alone for payment_id in page] == mine[::-1]
    assert not any(pages(OTHER, merchant_id=shop, merchant_order_no="0000001"))


def test_an_order_of_before_is_found_by_its_number(cloud: Cloud, shop: str) -> None:
    payer = wallet(MINE)
    old, new = pay(MINE, payer, shop, "old"), pay(MINE, payer, shop, "new")
    cloud.settle()
    rows = {row.sort_key.rpartition("#")[2]: row for row in store.query(IndexRow, "order#0000001")}
    by_time = str(rows[old].sort_key).partition("#")[2]
    rows[old].delete()
    IndexRow(index_key="order#0000001", sort_key=by_time).save()

    assert pages(MINE, merchant_order_no="0000001") == [[new, old]]
    assert pages(MINE, merchant_order_no="0000001", merchant_id=shop) == [[new, old]]
    assert pages(MINE, merchant_order_no="0000001", limit="1") == [[new], [old]]
    assert pages(OTHER, merchant_order_no="0000001") == [[]]
