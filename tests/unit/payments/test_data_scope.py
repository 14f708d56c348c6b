"""Whose payments a caller sees, and who may pay with what and give back what."""

from typing import Any

import pytest

from accounts.app import app as accounts
from bank import ledger
from merchants.app import app as merchants
from payments.app import app
from tests.support import funding, http, organisation
from tests.support.http import Reply, call
from tests.support.organisation import BRANCH, OTHER_BRANCH, SUB_BRANCH
from tests.support.streams import Cloud

APP: dict[str, Any] = {"client_id": "cli_app", "principal": {**http.CHANNEL, "unit": SUB_BRANCH}}
SHOP: dict[str, Any] = {"client_id": "cli_shop", "principal": {**http.CHANNEL, "unit": OTHER_BRANCH}}
STRANGER: dict[str, Any] = {"client_id": "cli_other", "principal": http.CHANNEL}
OWNER: dict[str, Any] = {"client_id": "cli_h5", "principal": http.customer("cus_1")}
OTHER_CUSTOMER: dict[str, Any] = {"client_id": "cli_app", "principal": http.customer("cus_2")}
INSIDERS = [
    APP,
    SHOP,
    OWNER,
    {"client_id": "cli_core"},
    {"principal": http.staff(SUB_BRANCH)},
    {"principal": http.staff(BRANCH)},
    {"principal": http.staff(OTHER_BRANCH)},
    {"principal": http.staff()},
]
STRANGERS = [STRANGER, OTHER_CUSTOMER, {"principal": http.staff("unit_gone")}]
WALLET = "wal_customer"


class Bank:
    """A customer of one channel, a merchant of another, each kept by another branch."""

    def __init__(self, cloud: Cloud) -> None:
        organisation.units()
        self.cloud = cloud
        row = ledger.accounts.new_row(
            account_id=WALLET,
            owner_id="cus_1",
            kind=ledger.Kind.WALLET,
            currency="CNY",
            client_id="cli_app",
            unit_id=SUB_BRANCH,
        )
        ledger.accounts.open_account(row)
        assert funding.deposit(WALLET, 10_000, key="d", **APP).status == 201
        terms = {"name": "R", "category_code": "5735", "fee": {"basis_points": 60}, "settlement": "T+1"}
        self.merchant = str(call(merchants, "POST", "/merchants", terms, **SHOP).json["merchant_id"])

    def pay(self, who: dict[str, Any], key: str = "p", **fields: Any) -> Reply:
        body = {
            "payer_account_id": WALLET,
            "merchant_id": self.merchant,
            "amount": 100,
            "currency": "CNY",
            "merchant_order_no": "order-1",
            **fields,
        }
        given = {name: value for name, value in body.items() if value is not None}
        return call(app, "POST", "/payments", given, key=key, **who)

    def paid(self, **fields: Any) -> str:
        answer = self.pay(APP, **fields)
        assert answer.status == 201, answer.body
        self.cloud.settle()
        return str(answer.json["payment_id"])

    def code(self) -> str:
        return str(call(app, "POST", "/payment-codes", {"account_id": WALLET}, **OWNER).json["code"])


@pytest.fixture
def bank(cloud: Cloud) -> Bank:
    return Bank(cloud)


def of(payment_id: str, what: str, who: dict[str, Any], key: str = "k") -> Reply:
    body: dict[str, dict[str, Any] | None] = {
        "capture": {},
        "cancel": None,
        "refunds": {"amount": 1, "reason": "returned"},
        "splits": {"receivers": [{"merchant_id": "mer_other", "amount": 1}]},
    }
    return call(app, "POST", f"/payments/{payment_id}/{what}", body[what], key=key, **who)


def listed(who: dict[str, Any], **query: str) -> list[str]:
    page = call(app, "GET", "/payments", query=query, **who).json
    return [item["payment_id"] for item in page["items"]]


@pytest.mark.parametrize("who", INSIDERS)
def test_both_sides_of_a_payment_see_it(bank: Bank, who: dict[str, Any]) -> None:
    payment_id = bank.paid()

    for path in ("", "/refunds", "/splits"):
        assert call(app, "GET", f"/payments/{payment_id}{path}", **who).status == 200
    assert listed(who, merchant_order_no="order-1") == [payment_id]


@pytest.mark.parametrize("who", STRANGERS)
def test_to_a_stranger_it_does_not_exist(bank: Bank, who: dict[str, Any]) -> None:
    payment_id = bank.paid()

    for path in ("", "/refunds", "/splits"):
        hidden = call(app, "GET", f"/payments/{payment_id}{path}", **who)
        absent = call(app, "GET", f"/payments/pay_absent{path}", **who)
        assert (hidden.status, hidden.json["code"]) == (404, "payment_not_found")
        assert hidden.json["detail"] == absent.json["detail"].replace("pay_absent", payment_id)
    for query in (
        {"payer_account_id": WALLET},
        {"merchant_id": bank.merchant},
        {"merchant_order_no": "order-1"},
        {"payer_account_id": WALLET, "merchant_id": bank.merchant},
    ):
        answer = call(app, "GET", "/payments", query={**query, "limit": "1"}, **who).json
        assert answer == {"items": [], "next_cursor": None}


def test_a_list_is_for_whoever_keeps_or_owns_its_account(bank: Bank) -> None:
    payment_id = bank.paid()

    assert listed(OWNER, payer_account_id=WALLET) == [payment_id]
    assert listed(APP, payer_account_id=WALLET) == [payment_id]
    assert listed(SHOP, payer_account_id=WALLET) == []
    assert listed(SHOP, merchant_id=bank.merchant) == [payment_id]
    assert listed(APP, merchant_id=bank.merchant) == []
    assert listed({"principal": http.staff(OTHER_BRANCH)}, merchant_id=bank.merchant) == [payment_id]
    assert listed({"principal": http.staff(BRANCH)}, merchant_id=bank.merchant) == []
    assert listed({}, merchant_id=bank.merchant) == [payment_id]


def test_an_account_opened_in_a_merchants_name_shows_none_of_its_payments(bank: Bank) -> None:
    """None is opened any more; some were."""
    bank.paid()
    body = {"owner_id": bank.merchant, "kind": "wallet", "currency": "CNY"}
    refused = call(accounts, "POST", "/accounts", body, **STRANGER)
    assert (refused.status, refused.json["code"]) == (422, "owner_reserved")
    row = ledger.accounts.new_row(
        account_id="wal_theirs",
        owner_id=bank.merchant,
        kind=ledger.Kind.WALLET,
        currency="CNY",
        client_id="cli_other",
    )
    ledger.accounts.open_account(row)

    assert listed(STRANGER, merchant_id=bank.merchant) == []


def test_orders_of_the_same_number_page_past_what_is_anothers(bank: Bank) -> None:
    own = [bank.paid(key=f"own-{number}") for number in range(3)]
    for number in range(3):
        assert (
            bank.pay(OWNER, key=f"code-{number}", payment_code=bank.code(), payer_account_id=None).status
            == 201
        )
    bank.cloud.settle()

    def pages(who: dict[str, Any]) -> list[str]:
        found: list[str] = []
        query = {"merchant_order_no": "order-1", "limit": "1"}
        while True:
            page = call(app, "GET", "/payments", query=query, **who).json
            found += [item["payment_id"] for item in page["items"]]
            if not page["next_cursor"]:
                return found
            query["cursor"] = page["next_cursor"]

    assert set(own) < set(pages(APP))
    assert len(pages(APP)) == len(pages(OWNER)) == len(pages({})) == 6
    assert pages(STRANGER) == []


@pytest.mark.parametrize("who", [SHOP, STRANGER, OTHER_CUSTOMER])
def test_nobody_pays_from_what_they_may_not_see(bank: Bank, who: dict[str, Any]) -> None:
    answer = bank.pay(who)

    assert (answer.status, answer.json["code"]) == (404, "account_not_found")
    assert call(accounts, "GET", f"/accounts/{WALLET}").json["balance"] == 10_000


def test_its_owner_pays_through_any_channel_and_staff_not_at_all(bank: Bank) -> None:
    assert bank.pay(OWNER).json["status"] == "succeeded"
    refused = bank.pay({"principal": http.staff()}, key="staff")
    assert (refused.status, refused.json["code"]) == (403, "caller_kind")


def test_who_shows_a_code_lets_any_channel_charge_them_but_no_customer(bank: Bank) -> None:
    code = bank.code()

    taken = bank.pay(OTHER_CUSTOMER, payment_code=code, payer_account_id=None)
    charged = bank.pay(SHOP, payment_code=code, payer_account_id=None)

    assert (taken.status, taken.json["code"]) == (404, "account_not_found")
    assert charged.json["status"] == "succeeded"


@pytest.mark.parametrize("who", [SHOP, STRANGER, OTHER_CUSTOMER])
def test_a_code_is_made_for_ones_own_account(bank: Bank, who: dict[str, Any]) -> None:
    answer = call(app, "POST", "/payment-codes", {"account_id": WALLET}, **who)

    assert (answer.status, answer.json["code"]) == (404, "account_not_found")


@pytest.mark.parametrize("what", ["capture", "cancel", "refunds", "splits"])
def test_a_stranger_ends_and_returns_nothing(bank: Bank, what: str) -> None:
    payment_id = bank.paid(capture="manual" if what in ("capture", "cancel") else "automatic")
    before = call(app, "GET", f"/payments/{payment_id}").json

    assert (of(payment_id, what, STRANGER).status, of(payment_id, what, OWNER).status) == (404, 403)
    # The payer's branch sees the payment, and it is not theirs to give the merchant's money back.
    refused = of(payment_id, what, {"principal": http.staff(BRANCH)})
    assert (refused.status, refused.json["code"]) == (403, "not_the_payee")
    assert call(app, "GET", f"/payments/{payment_id}").json == before


def test_who_keeps_the_merchant_refunds_it(bank: Bank) -> None:
    payment_id = bank.paid()

    assert of(payment_id, "refunds", SHOP).status == 201
    assert of(payment_id, "refunds", {"principal": http.staff(OTHER_BRANCH)}).status == 201


def test_a_new_currencys_account_belongs_to_whom_the_merchant_belongs(bank: Bank) -> None:
    row = ledger.accounts.new_row(
        account_id="wal_usd", owner_id="cus_1", kind=ledger.Kind.WALLET, currency="USD", client_id="cli_app"
    )
    ledger.accounts.open_account(row)

    bank.pay(OWNER, payer_account_id="wal_usd", currency="USD")

    found = call(accounts, "GET", "/accounts", query={"owner_id": bank.merchant}, **SHOP).json["items"]
    assert {item["currency"] for item in found} == {"CNY", "USD"}
    assert call(accounts, "GET", "/accounts", query={"owner_id": bank.merchant}, **APP).json["items"] == []
