"""How the lists of the benefits room are tried."""

from typing import Any

from bank.benefits import offers
from bank.benefits.tables import EntitlementIndexRow, EntitlementRow, OfferRow, of_wallet
from benefits.tables import SHELF, ProductRow
from tests.support import http
from tests.support.lists import INSTANT, Listed, Lists, at, row
from tests.support.organisation import OTHER_BRANCH, SUB_BRANCH
from tests.unit.benefits.given import COUPON

WALLET = "wal_mine"


def _product(number: int, unit_id: str = SUB_BRANCH, **facts: Any) -> str:
    product_id = f"ben_{number:026}"
    row(
        ProductRow,
        product_id=product_id,
        draft=COUPON,
        unit_id=unit_id,
        made_by="stf_1",
        created_at=INSTANT,
        **facts,
    )
    return product_id


def _on_shelf(number: int) -> str:
    product_id = _product(number, version=1, status="on_shelf", shelf=SHELF)
    _offer(product_id)
    return product_id


def _offer(product_id: str) -> str:
    offer_id = offers.offer_id(product_id, 1)
    OfferRow.of(offer_id, COUPON_STORED, product_id=product_id, approved_at=INSTANT).save()
    return offer_id


COUPON_STORED = {**COUPON, "per_customer": 1, "cycle": "ever"}


def _entitlement(number: int, client_id: str = "cli_app", status: str = "issued") -> str:
    offer_id = _offer("ben_1")
    entitlement_id = f"ent_1.1.{number:026}"
    row(
        EntitlementRow,
        entitlement_id=entitlement_id,
        customer_id="cus_1",
        account_id=WALLET,
        status=status,
        uses_left=1,
        valid_from=INSTANT,
        valid_to=at(100_000 + number),
        issued_at=INSTANT,
        client_id=client_id,
        last={"what": "issued"},
    )
    assert offers.offer_of(entitlement_id) == offer_id
    place = f"{at(100_000 + number)}#{entitlement_id}"
    EntitlementIndexRow(of_wallet(WALLET), place, ended=status != "issued").save()
    return entitlement_id


LISTS: Lists = {
    "list_benefit_products": [
        Listed(
            "product_id",
            _product,
            lambda number: _product(number, OTHER_BRANCH),
            caller={"principal": http.staff(SUB_BRANCH)},
        )
    ],
    "list_benefit_shelf": [
        Listed("product_id", _on_shelf, lambda number: _product(number, version=1, status="off_shelf"))
    ],
    "list_entitlements": [
        Listed(
            "entitlement_id",
            _entitlement,
            lambda number: _entitlement(number, "cli_other"),
            query={"account_id": WALLET},
            caller={"principal": http.CHANNEL, "client_id": "cli_app"},
        ),
        Listed(
            "entitlement_id",
            _entitlement,
            lambda number: _entitlement(number, status="redeemed"),
            query={"account_id": WALLET},
        ),
    ],
}
