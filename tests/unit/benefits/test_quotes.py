"""Quotes: the best combination, and one stable reason for each benefit that is not of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from bank.benefits.reasons import SENTENCES, Unusable
from bank.promotions import Reason
from benefits.app import app
from tests.support import http, risk
from tests.support.http import Reply, call
from tests.support.streams import Cloud
from tests.unit.benefits.given import LATER, PASS, draft_of, entitlement, on_shelf, product, wallet
from tests.unit.payments.test_app import MERCHANT, register


@pytest.fixture
def account(cloud: Cloud) -> Iterator[str]:
    risk.forget()
    register(MERCHANT)
    yield wallet()
    risk.forget()


def quote(account_id: str, amount: int, **fields: Any) -> Reply:
    options = {name: fields.pop(name) for name in ("principal", "client_id") if name in fields}
    body = {"account_id": account_id, "merchant_id": MERCHANT, "amount": amount, "currency": "CNY", **fields}
    return call(app, "POST", "/promotions/quote", body, **options)


def usability(entitlement_id: str, amount: int, **fields: str) -> Reply:
    query = {"merchant_id": MERCHANT, "amount": str(amount), "currency": "CNY", **fields}
    return call(app, "GET", f"/entitlements/{entitlement_id}/usability", query=query)


def test_the_best_is_quoted_with_what_each_takes_off_each_line(cloud: Cloud, account: str) -> None:
    off = {"discount": {"type": "amount_off", "amount": 300}, "group": "a"}
    less = {"discount": {"type": "amount_off", "amount": 200}, "group": "a"}
    better, worse = (entitlement(product(**each), account, key=f"{n}") for n, each in enumerate((off, less)))
    cloud.settle()
    items = [{"sku": "tea", "amount": 1_000}, {"sku": "pot", "amount": 2_000}]

    found = quote(account, 3_000, items=items)

    assert found.status == 200, found.body
    assert (found.json["discount_amount"], found.json["payer_amount"]) == (300, 2_700)
    assert [(each["entitlement_id"], each["lines"]) for each in found.json["applied"]] == [
        (better, [100, 200])
    ]
    assert [(each["entitlement_id"], each["code"]) for each in found.json["left_out"]] == [
        (worse, "group_used")
    ]
    assert found.json["left_out"][0]["detail_zh"] == SENTENCES[Reason.GROUP_USED][1]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"where": {"merchants": ["mer_other"]}}, "other_merchant"),
        ({"where": {"categories": ["0000"]}}, "other_category"),
        ({"where": {"units": ["unit_other"]}}, "other_branch"),
        ({"where": {"channels": ["cli_other"]}}, "other_channel"),
        ({"where": {"rule": "amount > 3000"}}, "rule_not_met"),
        ({"minimum": 3_001}, "minimum_not_met"),
        (
            {"validity": LATER},
            "not_yet_valid",
        ),
    ],
)
def test_why_one_is_not_usable(cloud: Cloud, account: str, content: dict[str, Any], code: str) -> None:
    off = {"discount": {"type": "amount_off", "amount": 300}}
    found = usability(entitlement(product(**{**off, **content}), account), 3_000)

    assert found.status == 200, found.body
    assert (found.json["usable"], found.json["code"]) == (False, code)


def test_one_that_is_usable_says_what_it_takes_off(cloud: Cloud, account: str) -> None:
    found = usability(entitlement(product(), account), 10_000)

    assert found.json | {"entitlement_id": ""} == {
        "entitlement_id": "",
        "usable": True,
        "discount_amount": 1_000,
        "code": None,
        "detail": None,
        "detail_zh": None,
    }


def test_a_pass_takes_nothing_off_and_stands_in_no_coupons_way(cloud: Cloud, account: str) -> None:
    ends_first = PASS | {"per_customer": 10, "validity": {"days": 1}}
    passes = [on_shelf(draft_of(ends_first)) for _ in range(4)]
    held = [entitlement(each, account, key=f"{each}{number}") for each in passes for number in range(10)]
    coupon = entitlement(product(), account)
    cloud.settle()

    found, alone = quote(account, 10_000), usability(held[0], 10_000)

    assert [each["entitlement_id"] for each in found.json["applied"]] == [coupon]
    assert found.json["left_out"] == []
    assert (alone.json["usable"], alone.json["code"]) == (False, "not_for_payments")


def test_another_customers_are_not_there(cloud: Cloud, account: str) -> None:
    theirs = entitlement(product(), wallet("cus_2"), "cus_2")

    assert quote(account, 10_000, entitlement_ids=[theirs]).json["code"] == "entitlement_not_found"
    assert quote(account, 10_000, principal=http.customer("cus_2")).status == 404
    assert quote(account, 10_000, principal=http.CHANNEL, client_id="cli_other").status == 404


def test_each_reason_has_a_sentence_in_both_languages() -> None:
    assert set(SENTENCES) == {*Unusable, *Reason}
    assert all(english.isascii() and not chinese.isascii() for english, chinese in SENTENCES.values())
