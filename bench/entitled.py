"""Scenes with benefits and points: products on the shelf, customers who have some, payments that use them."""

import functools
from typing import Any

from bank import clock, ids, ledger, store
from bank.access.organisation import HEAD_OFFICE
from bank.benefits.tables import EntitlementRow, OfferRow
from bank.ledger.lots import MAX_MONTHS, Lots, expiry_month
from bank.points import accounts
from bench import scenes
from bench.scenes import CURRENCY, PLENTY, PRICE, Request, Wallet
from benefits.app import app as benefits
from benefits.service.indexing import index_rows
from points.service import members
from tests.support import http, risk

# A quote looks at so many (`bank.promotions.MAX_QUOTED`).
MANY, SUCCESS = 30, 200
# Taken from many lots.
POINTS = 1_000


@functools.cache
def product(number: int = 0, *, parted: bool = False) -> str:
    """The id of a product whose stock, budget and day are bounded, on the shelf.

    `parted`: what each branch and each channel may hand out is bounded too.
    """
    each: dict[str, Any] = {"units": 10**6, "budget": 10**9}
    content = {
        "kind": "coupon",
        "name": f"Off {number}",
        "currency": CURRENCY,
        "discount": {"type": "amount_off", "amount": 100 + number},
        "validity": {"days": 30},
        "group": f"group-{number % 10}",
        "per_customer": 10,
        "cycle": "ever",
        "stock": {
            **each,
            "day_units": 10**5,
            **({"each_branch": each, "each_channel": each} if parted else {}),
        },
    }
    drafted = http.call(benefits, "POST", "/benefit-products", {"content": content}, key=scenes.fresh())
    product_id = str(drafted.json["product_id"])
    published = http.call(benefits, "POST", f"/benefit-products/{product_id}/publication", key=scenes.fresh())
    assert published.status == SUCCESS, published.body
    return product_id


def customer() -> Wallet:
    """A customer of whom no payment asks a confirmation."""
    customer_id = ids.new("cus")
    account_id = risk.customer_wallet(customer_id, PLENTY, free_limit=PLENTY, currency=CURRENCY)
    return Wallet(account_id, customer_id)


def claim(of: Wallet, number: int = 0, *, parted: bool = False) -> Request:
    """A claim of a product's next entitlement."""
    product_id = product(number, parted=parted)
    body = {"product_id": product_id, "account_id": of.account_id, "customer_id": of.owner_id}
    return Request(benefits, "POST", "/entitlements", body)


def claimed(of: Wallet, number: int = 0) -> str:
    """The id of an entitlement that was claimed, and is found by its wallet."""
    entitlement_id = str(claim(of, number).send()["entitlement_id"])
    row = store.get(EntitlementRow, entitlement_id)
    assert row is not None
    store.put_many(index_rows(None, row, store.get(OfferRow, row.offer_id)))
    return entitlement_id


def payment(of: Wallet, *numbers: int, **fields: Any) -> Request:
    """A payment with an entitlement of each of these products."""
    wanted = [claimed(of, number) for number in numbers]
    return scenes.payment(of.account_id, entitlement_ids=wanted, **fields)


def pointed(of: Wallet, *numbers: int, **fields: Any) -> Request:
    """The same with points, of which the customer has a lot for each month that one may have."""
    row = accounts.opened(customer_id=of.owner_id, client_id="cli_test", unit_id=HEAD_OFFICE)
    row, _ = ledger.accounts.open_account(row)
    today = clock.business_date().isoformat()
    lots = Lots({expiry_month(today, months): 100 for months in range(MAX_MONTHS + 1)})
    members.book_journal(row, lots, kind="points-adjusted", reference="bench", once="bench")
    return payment(of, *numbers, points=POINTS, **fields)


def best(of: Wallet) -> Request:
    """A payment that uses the best of what its payer has."""
    claimed(of)
    return scenes.payment(of.account_id, auto_apply=True)


def quote(of: Wallet) -> Request:
    """A quote for a customer who has as many entitlements as one looks at."""
    body = {"account_id": of.account_id, "merchant_id": scenes.merchant(), "amount": PRICE, **scenes.MONEY}
    return Request(benefits, "POST", "/promotions/quote", body)


def holder() -> Wallet:
    """A customer who has so many."""
    of = customer()
    for number in range(MANY):
        claimed(of, number)
    return of
