"""Payments with benefits: the customer pays the net, and who bears the discount the rest."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bank import clock, ledger, store
from bank.benefits.tables import EntitlementRow
from bank.ledger import AccountRow
from bank.ledger.payees import settlement_id
from bank.store import recent, retries
from benefits.app import app as benefits_app
from payments.app import app, on_reviews
from payments.service import refunds
from payments.tables import LinesRow
from tests.support import risk
from tests.support.http import Reply, call
from tests.support.streams import Cloud
from tests.unit.benefits import given
from tests.unit.payments.test_app import MERCHANT, register

SETTLEMENT = settlement_id(MERCHANT, "CNY")
TEN_OFF: dict[str, Any] = {"discount": {"type": "amount_off", "amount": 1_000}}


@pytest.fixture
def wallet(cloud: Cloud) -> Iterator[str]:
    risk.forget()
    register(MERCHANT)
    yield given.wallet()
    risk.forget()


def pay(wallet: str, amount: int, *ids: str, key: str = "p1", **fields: Any) -> Reply:
    body = {
        "payer_account_id": wallet,
        "merchant_id": MERCHANT,
        "amount": amount,
        "currency": "CNY",
        "merchant_order_no": f"order-{key}",
        **({"entitlement_ids": list(ids)} if ids else {}),
        **fields,
    }
    return call(app, "POST", "/payments", body, key=key)


def refund(payment_id: str, amount: int, key: str = "r1", **fields: Any) -> Reply:
    body = {"amount": amount, "reason": "returned", **fields}
    return call(app, "POST", f"/payments/{payment_id}/refunds", body, key=key)


def balance(account_id: str) -> int:
    recent.forget()
    return ledger.accounts.find(account_id).to_domain().balance


def find(account_id: str) -> bool:
    return store.get(AccountRow, account_id) is not None


def row_of(entitlement_id: str) -> EntitlementRow:
    row = store.get(EntitlementRow, entitlement_id)
    assert row is not None
    return row


def test_the_customer_pays_the_net_and_the_head_office_the_discount(cloud: Cloud, wallet: str) -> None:
    coupon = given.entitlement(given.product(**TEN_OFF), wallet)

    paid = pay(wallet, 5_000, coupon)
    cloud.settle()

    assert (paid.status, paid.json["status"]) == (201, "succeeded"), paid.body
    assert (paid.json["amount"], paid.json["discount_amount"], paid.json["payer_amount"]) == (
        5_000,
        1_000,
        4_000,
    )
    assert paid.json["benefits"] == [{"entitlement_id": coupon, "discount_amount": 1_000}]
    assert balance(wallet) == 1_000_000 - 4_000
    assert balance("int_marketing_CNY") == -1_000
    assert (row_of(coupon).status, row_of(coupon).spent) == ("redeemed", 1_000)


def test_a_coupon_pays_once(cloud: Cloud, wallet: str) -> None:
    coupon = given.entitlement(given.product(**TEN_OFF), wallet)

    pay(wallet, 5_000, coupon)
    again = pay(wallet, 5_000, coupon, key="p2")

    assert again.json["decline"]["code"] == "entitlement_used_up"


def test_what_has_no_discount_pays_nothing(cloud: Cloud, wallet: str) -> None:
    service_pass = given.entitlement(given.on_shelf(given.draft_of(given.PASS)), wallet)

    named = pay(wallet, 5_000, service_pass)

    assert named.json["decline"]["code"] == "entitlement_not_for_payments"
    assert row_of(service_pass).uses_left == 5


def test_refunds_give_back_to_each_what_they_paid(cloud: Cloud, wallet: str) -> None:
    coupon = given.entitlement(given.product(**TEN_OFF), wallet)
    payment_id = pay(wallet, 3_000, coupon).json["payment_id"]
    cloud.settle()

    parts = [refund(payment_id, amount, f"r{amount}") for amount in (1_001, 999, 1_000)]
    cloud.settle()

    assert [part.status for part in parts] == [201] * 3, parts
    assert [part.json["discount_returned"] for part in parts] == [334, 333, 333]
    assert balance(wallet) == 1_000_000
    assert balance("int_marketing_CNY") == 0
    assert (row_of(coupon).status, row_of(coupon).spent) == ("issued", 0)


def test_a_held_payment_reserves_and_a_cancelled_one_gives_back(cloud: Cloud, wallet: str) -> None:
    coupon = given.entitlement(given.product(**TEN_OFF), wallet)
    held = pay(wallet, 5_000, coupon, capture="manual")

    assert row_of(coupon).status == "reserved"
    assert pay(wallet, 5_000, coupon, key="p2").json["decline"]["code"] == "entitlement_reserved"
    cancelled = call(app, "POST", f"/payments/{held.json['payment_id']}/cancel", key="x1")

    assert cancelled.status == 200, cancelled.body
    assert row_of(coupon).status == "issued"
    assert balance(wallet) == 1_000_000


def test_a_part_that_is_captured_takes_its_part_of_the_discount(cloud: Cloud, wallet: str) -> None:
    coupon = given.entitlement(given.product(**TEN_OFF), wallet)
    held = pay(wallet, 3_000, coupon, capture="manual").json

    captured = call(app, "POST", f"/payments/{held['payment_id']}/capture", {"amount": 1_000}, key="x1")
    cloud.settle()

    assert captured.status == 200, captured.body
    assert (captured.json["discount_amount"], captured.json["payer_amount"]) == (333, 667)
    assert balance(wallet) == 1_000_000 - 667
    assert balance("int_marketing_CNY") == -333
    assert row_of(coupon).spent == 333
    assert pay(wallet, 3_000, coupon, capture="manual").json == held


def test_a_coupon_that_gives_nothing_of_what_is_captured_is_not_used(cloud: Cloud, wallet: str) -> None:
    """Else no refund would give it back: the payment says nothing of it."""
    coupon = given.entitlement(given.product(**TEN_OFF), wallet)
    held = pay(wallet, 3_000, coupon, capture="manual").json

    captured = call(app, "POST", f"/payments/{held['payment_id']}/capture", {"amount": 1}, key="x1")

    assert (captured.json["discount_amount"], captured.json["payer_amount"]) == (0, 1)
    assert (row_of(coupon).status, row_of(coupon).uses_left) == ("issued", 1)
    assert refund(held["payment_id"], 1).status == 201


def test_the_best_of_what_the_payer_has(cloud: Cloud, wallet: str) -> None:
    coupon = given.entitlement(given.product(**TEN_OFF), wallet)
    cloud.settle()

    paid = pay(wallet, 5_000, auto_apply=True)

    assert paid.json["benefits"] == [{"entitlement_id": coupon, "discount_amount": 1_000}]


def test_each_bearer_pays_its_share_and_the_merchant_receives_less(cloud: Cloud, wallet: str) -> None:
    bearers = {"head_office": 6_000, "merchant": 4_000}
    product_id = given.product(**TEN_OFF, bearers=bearers, where={"merchants": [MERCHANT]})
    coupon = given.entitlement(product_id, wallet)

    paid = pay(wallet, 10_000, coupon).json
    cloud.settle()

    fee = paid["fee"]
    assert paid["net"] == 10_000 - fee - 400
    assert balance("int_marketing_CNY") == -600
    assert balance(SETTLEMENT) == 10_000 - fee - 400
    refund(paid["payment_id"], 10_000)
    cloud.settle()
    assert [balance(each) for each in ("int_marketing_CNY", SETTLEMENT, "int_fees_CNY")] == [0, 0, 0]
    assert balance(wallet) == 1_000_000


def test_no_more_is_split_than_the_merchant_received(cloud: Cloud, wallet: str) -> None:
    register("partner")
    product_id = given.product(**TEN_OFF, bearers={"merchant": 10_000}, where={"merchants": [MERCHANT]})
    paid = pay(wallet, 10_000, given.entitlement(product_id, wallet)).json
    cloud.settle()
    path = f"/payments/{paid['payment_id']}/splits"

    too_much = {"receivers": [{"merchant_id": "partner", "amount": paid["net"] + 1}]}
    assert call(app, "POST", path, too_much, key="s1").json["code"] == "split_exceeds_net"
    all_of_it = {"receivers": [{"merchant_id": "partner", "amount": paid["net"]}]}
    assert call(app, "POST", path, all_of_it, key="s2").status == 201


def test_a_merchant_pays_no_more_than_it_receives(cloud: Cloud, wallet: str) -> None:
    product_id = given.product(**TEN_OFF, bearers={"merchant": 10_000}, where={"merchants": [MERCHANT]})
    coupon = given.entitlement(product_id, wallet)

    for capture in ("automatic", "manual"):
        declined = pay(wallet, 1_001, coupon, key=capture, capture=capture)
        assert declined.json["decline"]["code"] == "merchant_share_exceeds_net"
    assert row_of(coupon).status == "issued"


def test_the_payer_pays_one_minor_unit_at_least(cloud: Cloud, wallet: str) -> None:
    coupons = [given.entitlement(given.product(**TEN_OFF), wallet, key=f"{n}") for n in range(3)]

    paid = pay(wallet, 800, coupons[0])
    held = pay(wallet, 800, coupons[1], key="p2", capture="manual").json
    path = f"/payments/{held['payment_id']}/capture"
    refused = call(app, "POST", path, {"amount": 300}, key="x1")
    captured = call(app, "POST", path, {}, key="x2")
    cloud.settle()

    assert (paid.json["status"], paid.json["payer_amount"]) == ("succeeded", 1)
    assert refused.json["code"] == "capture_too_small"
    assert captured.status == 200, captured.body
    assert balance(wallet) == 1_000_000 - 2
    assert balance("int_marketing_CNY") == -2 * 799
    assert pay(wallet, 1, coupons[2], key="p3").json["decline"]["code"] == "entitlement_nothing_to_discount"


def test_lines_have_their_own_part_of_the_discount(cloud: Cloud, wallet: str) -> None:
    """Only tea is discounted: who returns the pot gets all that it cost."""
    off = {"discount": {"type": "percent_off", "basis_points": 5_000}, "lines": {"categories": ["tea"]}}
    items = [
        {"sku": "t1", "category": "tea", "amount": 1_001},
        {"sku": "pot", "category": "pots", "amount": 2_000},
    ]
    coupon = given.entitlement(given.product(**off), wallet)
    paid = pay(wallet, 3_001, coupon, items=items).json
    cloud.settle()

    pot = refund(paid["payment_id"], 2_000, "r1", items=[{"line": 2, "amount": 2_000}])
    gone = refund(paid["payment_id"], 1, "r2", items=[{"line": 2, "amount": 1}])
    tea = refund(paid["payment_id"], 1_001, "r3", items=[{"line": 1, "amount": 1_001}])
    cloud.settle()

    assert paid["discount_amount"] == 501
    assert (pot.json["payer_amount"], pot.json["discount_returned"]) == (2_000, 0)
    assert (gone.status, gone.json["code"]) == (422, "no_such_line")
    assert (tea.json["payer_amount"], tea.json["discount_returned"]) == (500, 501)
    assert balance(wallet) == 1_000_000
    assert row_of(coupon).status == "issued"


def test_lines_that_were_not_kept_are_not_named(cloud: Cloud, wallet: str) -> None:
    paid = pay(wallet, 3_000).json
    cloud.settle()

    refused = refund(paid["payment_id"], 5, items=[{"line": 1, "amount": 5}])

    assert (refused.status, refused.json["code"]) == (422, "no_such_line")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (
            {"validity": given.LATER},
            "not_yet_valid",
        ),
        ({"where": {"merchants": ["mer_other"]}}, "other_merchant"),
        ({"where": {"units": ["unit_other"]}}, "other_branch"),
        ({"minimum": 6_000}, "minimum_not_met"),
    ],
)
def test_one_that_does_not_apply_declines_and_loses_nothing(
    cloud: Cloud, wallet: str, content: dict[str, Any], code: str
) -> None:
    coupon = given.entitlement(given.product(**TEN_OFF, **content), wallet)

    declined = pay(wallet, 5_000, coupon)

    assert (declined.status, declined.json["status"]) == (201, "declined")
    assert declined.json["decline"]["code"] == f"entitlement_{code}"
    assert (row_of(coupon).status, balance(wallet)) == ("issued", 1_000_000)


def test_two_of_a_group_are_not_used_together(cloud: Cloud, wallet: str) -> None:
    both = [given.entitlement(given.product(**TEN_OFF, group="g"), wallet, key=f"{n}") for n in range(2)]

    assert pay(wallet, 5_000, *both).json["decline"]["code"] == "entitlement_group_used"
    assert pay(wallet, 5_000, both[0], both[0], key="p2").json["code"] == "invalid_request"


def test_another_customers_is_not_there(cloud: Cloud, wallet: str) -> None:
    theirs = given.entitlement(given.product(**TEN_OFF), given.wallet("cus_2"), "cus_2")

    for refused in (pay(wallet, 5_000, theirs), pay(wallet, 5_000, "ent_gone", key="p2")):
        assert (refused.status, refused.json["code"]) == (404, "entitlement_not_found")


def test_a_cart_s_reservation_is_for_its_order_alone(cloud: Cloud, wallet: str) -> None:
    coupon = given.entitlement(given.product(**TEN_OFF), wallet)
    order = {"merchant_id": MERCHANT, "merchant_order_no": "order-cart"}
    assert call(benefits_app, "POST", f"/entitlements/{coupon}/reservation", order).status == 200

    assert pay(wallet, 5_000, coupon, key="p1").json["decline"]["code"] == "entitlement_reserved"
    assert pay(wallet, 5_000, coupon, key="cart").json["status"] == "succeeded"


def test_a_hold_that_is_over_has_let_go_of_what_it_reserved(cloud: Cloud, wallet: str) -> None:
    coupon = given.entitlement(given.product(**TEN_OFF), wallet)
    soon = clock.instant(clock.now() + timedelta(hours=1))
    held = pay(wallet, 5_000, coupon, capture="manual", expires_at=soon).json
    later = clock.now() + timedelta(hours=1, seconds=1)

    with clock.source(lambda: later):
        assert call(app, "GET", f"/payments/{held['payment_id']}").json["status"] == "expired"
        paid = pay(wallet, 5_000, coupon, key="p2")
        late = call(app, "POST", f"/payments/{held['payment_id']}/capture", {}, key="x")

    assert paid.json["status"] == "succeeded"
    assert late.status == 409


def test_by_a_clock_that_is_behind_nothing_is_taken_that_another_has(
    cloud: Cloud, wallet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hold has not ended by this clock, but its reservation has by another: decided again, not broken."""
    coupon = given.entitlement(given.product(**TEN_OFF), wallet)
    soon = clock.instant(clock.now() + timedelta(hours=1))
    held = pay(wallet, 5_000, coupon, capture="manual", expires_at=soon).json
    later = clock.now() + timedelta(hours=1, seconds=1)
    with clock.source(lambda: later):
        assert pay(wallet, 5_000, coupon, key="p2").json["status"] == "succeeded"

    monkeypatch.setattr(retries, "pause", lambda attempt: None)
    path = f"/payments/{held['payment_id']}"
    behind = [
        call(app, "POST", f"{path}/capture", {}, key="x1"),
        call(app, "POST", f"{path}/cancel", key="x2"),
    ]

    assert [(each.status, each.json["code"]) for each in behind] == [(503, "unavailable")] * 2
    assert row_of(coupon).spent == 1_000


def test_a_refund_that_comes_between_the_reads_of_another_is_the_only_one(
    cloud: Cloud, wallet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other has read the payment before it, and its lines after."""
    coupon = given.entitlement(given.product(**TEN_OFF), wallet)
    items = [{"sku": "a", "amount": 3_000}, {"sku": "b", "amount": 2_000}]
    paid = pay(wallet, 5_000, coupon, items=items).json
    cloud.settle()
    read, answers = store.get_many, list[Any]()

    def meanwhile(keys: Any) -> Any:
        if not answers and any(key[0] is LinesRow for key in keys):
            answers.append(None)
            answers[0] = refund(paid["payment_id"], 5_000, "r1")
        return read(keys)

    monkeypatch.setattr(refunds.store, "get_many", meanwhile)
    late = refund(paid["payment_id"], 5_000, "r2")

    assert answers[0] is not None
    assert (answers[0].status, late.status) == (201, 409)
    assert late.json["code"] == "refund_exceeds_captured"


def test_a_rejected_review_gives_back_and_a_released_one_uses(cloud: Cloud, wallet: str) -> None:
    risk.live("payment", ("amount > 2000", "review", "large"))
    product_id = given.product(**TEN_OFF, per_customer=2)
    coupons = [given.entitlement(product_id, wallet, key=f"c{n}") for n in range(2)]
    held = [pay(wallet, 5_000, each, key=f"p{n}").json["payment_id"] for n, each in enumerate(coupons)]

    for payment_id, decision in zip(held, ("reject", "release"), strict=True):
        assert risk.decided(on_reviews, payment_id, "payment", decision) == {"batchItemFailures": []}
    cloud.settle()

    assert [row_of(each).status for each in coupons] == ["issued", "redeemed"]
    assert balance(wallet) == 1_000_000 - 4_000


def test_the_customer_confirms_what_they_pay_and_not_what_others_do(cloud: Cloud, wallet: str) -> None:
    poor = risk.customer_wallet("cus_9", 1_000_000, free_limit=4_000)
    coupon = given.entitlement(given.product(**TEN_OFF), poor, "cus_9")

    assert pay(poor, 5_000, key="p1").json["code"] == "challenge_required"
    assert pay(poor, 5_000, coupon, key="p2").json["status"] == "succeeded"


@pytest.mark.parametrize(
    ("status", "at_exit", "days_left", "answer"),
    [
        ("suspended", None, None, None),
        ("exiting", "honoured", 0, None),
        ("closed", "honoured", -1, "entitlement_supplier_left"),
        ("exiting", "refunded", 30, "entitlement_supplier_left"),
        ("suspended", "refunded", 30, "entitlement_supplier_left"),
    ],
)
def test_what_a_supplier_has_issued_is_redeemed_as_its_exit_says(
    wallet: str, status: str, at_exit: str | None, days_left: int | None, answer: str | None
) -> None:
    today = clock.business_date()
    given.supplier("sup_1", contract_until=today.isoformat())
    coupon = given.entitlement(given.product(supplier_id="sup_1", **TEN_OFF), wallet)
    until = None if days_left is None else (today + timedelta(days=days_left)).isoformat()
    given.supplier("sup_1", status=status, at_exit=at_exit, exit_until=until)
    recent.forget()

    paid = pay(wallet, 5_000, coupon)

    assert (paid.json["decline"] or {}).get("code") == answer
    assert row_of(coupon).status == ("issued" if answer else "redeemed")
