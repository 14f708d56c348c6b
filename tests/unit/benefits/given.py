"""Benefits as the room hands them out: products that were approved, and claims of customers."""

from typing import Any

from bank import clock
from bank.benefits import offers
from bank.benefits.suppliers import SupplierRow
from bank.benefits.tables import EntitlementIndexRow, EntitlementRow, OfferRow, of_wallet
from benefits.app import app
from benefits.tables import SHELF, ProductRow, RedemptionRow
from tests.support import risk
from tests.support.http import Reply, call

COUPON: dict[str, Any] = {
    "kind": "coupon",
    "name": "满100减10",
    "currency": "CNY",
    "discount": {"type": "tiers", "steps": [{"threshold": 10_000, "amount": 1_000}]},
    "validity": {"days": 30},
    "stock": {"units": 1_000},
}

PASS: dict[str, Any] = {
    "kind": "service_pass",
    "name": "洗车5次卡",
    "currency": "CNY",
    "uses": 5,
    "cost": 300,
    "validity": {"days": 30},
    "stock": {"units": 1_000},
}

# A time that has not begun.
LATER = {"starts_at": "2090-01-01T00:00:00Z", "ends_at": "2091-01-01T00:00:00Z"}


def draft(key: str | None = None, *, principal: dict[str, str] | None = None, **content: Any) -> Reply:
    return draft_of({**COUPON, **content}, key, principal=principal)


def draft_of(
    content: dict[str, Any], key: str | None = None, *, principal: dict[str, str] | None = None
) -> Reply:
    return call(app, "POST", "/benefit-products", {"content": content}, key=key, principal=principal)


def publish(product_id: str, **options: Any) -> Reply:
    return call(
        app, "POST", f"/benefit-products/{product_id}/publication", key=f"publish-{product_id}", **options
    )


def product(**content: Any) -> str:
    """The id of a product on the shelf."""
    return on_shelf(draft(**content))


def on_shelf(drafted: Reply) -> str:
    """The id of a product that was drafted so, once it is on the shelf."""
    assert drafted.status == 201, drafted.body
    published = publish(drafted.json["product_id"])
    assert published.status == 200, published.body
    return str(published.json["product_id"])


def wallet(customer_id: str = "cus_1", balance: int = 1_000_000) -> str:
    """The wallet of a customer whom nothing is asked of."""
    return risk.customer_wallet(customer_id, balance, free_limit=balance)


def claim(
    product_id: str, account_id: str, customer_id: str = "cus_1", key: str = "c1", **options: Any
) -> Reply:
    body = {"product_id": product_id, "account_id": account_id, "customer_id": customer_id}
    return call(app, "POST", "/entitlements", body, key=key, **options)


def entitlement(product_id: str, account_id: str, customer_id: str = "cus_1", key: str = "c1") -> str:
    """The id of an entitlement that was claimed."""
    claimed = claim(product_id, account_id, customer_id, key)
    assert claimed.status == 201, claimed.body
    return str(claimed.json["entitlement_id"])


def get(entitlement_id: str, **options: Any) -> Reply:
    return call(app, "GET", f"/entitlements/{entitlement_id}", **options)


def supplier(supplier_id: str, **facts: Any) -> None:
    """A supplier as its row tells products and payments of it; active, unless told."""
    days = {"contract_from": "2020-01-01", "contract_until": "2099-12-31"}
    SupplierRow(supplier_id=supplier_id, name="Coffee", currency="CNY", **{**days, **facts}).save()


def shelved(product_id: str, unit_id: str) -> str:
    """A product on the shelf as its rows have it, where nobody is there to approve it."""
    off = {"type": "amount_off", "amount": 100}
    content = {**COUPON, "discount": off, "per_customer": 1, "cycle": "ever", "giftable": True}
    now = clock.instant()
    OfferRow.of(
        offers.offer_id(product_id, 1), content, product_id=product_id, unit_id=unit_id, approved_at=now
    ).save()
    ProductRow(
        product_id=product_id,
        status="on_shelf",
        shelf=SHELF,
        version=1,
        draft=content,
        unit_id=unit_id,
        made_by="stf_1",
        created_at=now,
    ).save()
    return product_id


def issued(product_id: str, account_id: str, customer_id: str, unit_id: str) -> str:
    """An entitlement to it as its rows have it."""
    entitlement_id = offers.entitlement_id(offers.offer_id(product_id, 1), customer_id)
    valid_to = "2099-01-01T00:00:00.000000Z"
    EntitlementRow(
        entitlement_id=entitlement_id,
        customer_id=customer_id,
        account_id=account_id,
        status="issued",
        uses_left=1,
        valid_from=clock.instant(),
        valid_to=valid_to,
        issued_at=clock.instant(),
        client_id="cli_app",
        unit_id=unit_id,
        last={"what": "issued"},
        claim=["clm_1", ""],
    ).save()
    EntitlementIndexRow(of_wallet(account_id), f"{valid_to}#{entitlement_id}").save()
    return entitlement_id


def redeemed(entitlement_id: str, account_id: str, unit_id: str) -> None:
    """A redemption of it by code as its row has it."""
    RedemptionRow(
        redemption_id="rdm_01JDB3W6Q2V0M8C4T5R7N9XKHE",
        entitlement_id=entitlement_id,
        account_id=account_id,
        merchant_id="mer_1",
        client_id="cli_app",
        unit_id=unit_id,
        uses_left=1,
        cost=0,
        redeemed_at=clock.instant(),
        risk="approve",
    ).save()
