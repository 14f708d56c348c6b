"""Refunds and splits of a payment in pages: what each page costs, and payments of before."""

from typing import Any

import pytest

from accounts.app import app as accounts_app
from bank import store
from payments.app import app, on_payments
from payments.tables import PAYMENT, IndexRow, PaymentRow
from tests.support import embedded, funding
from tests.support.http import call, context
from tests.support.streams import Cloud
from tests.unit.payments.test_app import MERCHANT, OTHER, pay, post, register

KINDS = ("refunds", "splits")


@pytest.fixture
def payment(cloud: Cloud) -> dict[str, Any]:
    """A payment of 1,000 whose money has arrived."""
    register(MERCHANT)
    register(OTHER)
    body = {"owner_id": "own_1", "kind": "wallet", "currency": "USD"}
    wallet = str(call(accounts_app, "POST", "/accounts", body).json["account_id"])
    funding.deposit(wallet, 10_000, "USD", key="d1")
    made: dict[str, Any] = pay(wallet).json
    cloud.settle()
    return made


def make(payment: dict[str, Any], kind: str, key: str, amount: int = 10) -> str:
    bodies = {
        "refunds": {"amount": amount, "reason": "late"},
        "splits": {"receivers": [{"merchant_id": OTHER, "amount": amount}]},
    }
    answer = post(payment["links"][kind], bodies[kind], key)
    return str(answer.json.get(f"{kind[:-1]}_id", answer.status))


def pages(payment: dict[str, Any], kind: str, limit: int = 2) -> list[list[str]]:
    found: list[list[str]] = []
    query = {"limit": str(limit)}
    while True:
        page = call(app, "GET", payment["links"][kind], query=query).json
        found.append([item[f"{kind[:-1]}_id"] for item in page["items"]])
        if not page["next_cursor"]:
            return found
        query["cursor"] = page["next_cursor"]


@pytest.mark.parametrize("kind", KINDS)
def test_they_come_oldest_first_and_those_that_were_refused_are_not_read(
    cloud: Cloud, payment: dict[str, Any], kind: str
) -> None:
    assert pages(payment, kind) == [[]]
    made = []
    for number in range(5):
        made.append(make(payment, kind, f"k{number}"))
        assert make(payment, kind, f"no{number}", amount=5_000) == "409"
    cloud.settle()

    assert pages(payment, kind) == [made[:2], made[2:4], made[4:]]
    assert len(list(store.query(IndexRow, f"{kind}#{payment['payment_id']}"))) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_payment_that_had_some_before_they_were_indexed_lists_them_all(
    cloud: Cloud, payment: dict[str, Any], kind: str
) -> None:
    old = make(payment, kind, "old")
    row = PaymentRow.get(payment["payment_id"], PAYMENT)
    row.update(actions=[getattr(PaymentRow, f"{kind}_listed").remove()])
    cloud.settle()
    for index_row in store.query(IndexRow, f"{kind}#{payment['payment_id']}"):
        index_row.delete()

    new = [make(payment, kind, f"k{number}") for number in range(3)]
    cloud.settle()

    assert pages(payment, kind) == [[old, new[0]], new[1:]]


def test_changes_that_are_told_twice_are_listed_once(cloud: Cloud, payment: dict[str, Any]) -> None:
    made = [make(payment, "refunds", f"k{number}") for number in range(2)]
    records = embedded.change_records(PaymentRow.Meta.table_name, 0)

    for _ in range(2):
        on_payments({"Records": records}, context())

    assert pages(payment, "refunds") == [made]
