"""What customers and staff do with benefits."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from bank import clock
from bank.benefits import offers
from bank.benefits.suppliers import SupplierRow
from bank.benefits.tables import OfferRow
from bank.ledger import WalletCustomer
from benefits.app import app
from benefits.domain import products
from benefits.tables import SHELF, ProductRow
from payments.app import app as payments
from tests.simulation.rooms.base import Action, Room
from tests.simulation.stored import Row, check, parsed
from tests.support import http

EXPIRY = "benefits.app.on_expiry"
# Few, so that payments meet the reservations of their orders.
ORDERS = ("CART-1", "CART-2")
SUPPLIER = "sup_1"
BASE: dict[str, Any] = {
    "kind": "coupon",
    "name": "coupon",
    "currency": "CNY",
    "validity": {"days": 1},
    "cycle": "day",
    "per_customer": 4,
    "giftable": True,
}
# Little of each, so that all is handed out; caps in all and of a day, of units and money; many uses.
PRODUCTS: tuple[dict[str, Any], ...] = (
    {
        "discount": {"type": "amount_off", "amount": 700},
        "stock": {"units": 5, "day_units": 3, "each_channel": {"units": 4}},
        "bearers": {"head_office": 5_000, "unit:unit_a": 5_000},
    },
    {
        "discount": {"type": "percent_off", "basis_points": 3_300, "cap": 900},
        "stock": {"budget": 3_600, "day_budget": 2_700, "each_branch": {"budget": 2_700}},
        "bearers": {"head_office": 3_333, "merchant": 3_333, f"supplier:{SUPPLIER}": 3_334},
        "supplier_id": SUPPLIER,
    },
    {
        "discount": {"type": "tiers", "steps": [{"threshold": 500, "amount": 50}]},
        "uses": 3,
        "cycle": "ever",
        "stock": {"units": 4, "budget": 1_000},
    },
    {"kind": "service_pass", "uses": 2, "cost": 300, "stock": {"units": 2, "budget": 1_500}},
)
NEXT_STOCK = (
    {"units": 5},
    {"units": 30, "day_units": 4},
    {"budget": 4_000},
    {"units": 8, "day_budget": 3_000},
)
OPEN = {"issued", "reserved"}
REFUNDABLE = {"succeeded", "partially_refunded"}
# What an answer to a claim says of an entitlement as it is now.
NOW = "status uses_left reserved_until"


class BenefitActs(Room):
    """The part of the benefits room that acts."""

    def open(self) -> None:
        """Products on the shelf, as two people have put them there, and the supplier of one."""
        now = clock.instant()
        SupplierRow(
            supplier_id=SUPPLIER,
            name="Supplier",
            contract_from="2026-01-01",
            contract_until="2099-12-31",
            currency="CNY",
        ).save()
        for number in range(len(PRODUCTS)):
            product_id, content = f"ben_{number}", self._terms(number)
            check(not products.faults(content), f"product {number}: {products.faults(content)}")
            offer_id = offers.offer_id(product_id, 1)
            OfferRow.of(offer_id, content, product_id=product_id, approved_at=now).save()
            ProductRow(
                product_id=product_id,
                status="on_shelf",
                shelf=SHELF,
                version=1,
                draft=content,
                made_by="stf_1",
                created_at=now,
            ).save()

    def _terms(self, number: int, **terms: Any) -> dict[str, Any]:
        """What is handed out of a product: mostly until the day's end, else for some hours from now on."""
        hours = self.random.choice([1, 3, 30])
        window = {
            "starts_at": clock.instant(self.world.now()),
            "ends_at": clock.instant(self.world.now() + timedelta(hours=hours)),
        }
        validity = self.random.choice([BASE["validity"], window])
        return {**BASE, **PRODUCTS[number], "validity": validity, **terms}

    def actions(self) -> Iterable[Action]:
        """Claims and what becomes of them, what staff do, and the job that ends what is over."""
        yield Action("claim", 2.0, self._claim)
        if self.entitlements():
            yield Action("pay with benefits", 3.0, self._pay)
            if self._discounted():
                yield Action("go on with benefits", 1.5, self._go_on)
            yield Action("reserve", 0.5, self._reserve)
            yield Action("release", 0.3, self._release)
            yield Action("give", 0.3, self._give)
            yield Action("revoke", 0.2, self._revoke)
            yield Action("look at benefits", 0.3, self._look)
        yield Action("next version", 0.25, self._next_version)
        yield Action("shelf", 0.1, self._shelve)
        yield Action("benefits end", 0.3, lambda: self.job(EXPIRY))

    def spoilers(self) -> Iterable[Callable[[], Any]]:
        """The last is claimed, or what a payment has read is reserved, given away or ended, meanwhile."""
        yield self._claim
        if self.entitlements():
            yield self._reserve
            yield self._give
            yield lambda: self.job(EXPIRY)

    def entitlements(self) -> list[Row]:
        """Every entitlement there is."""
        return self.rows("entitlements")

    def _wallets(self) -> list[tuple[str, str]]:
        """Customers' wallets in yuan, each with whose it is."""
        found = []
        for row in self.rows("ledger-accounts"):
            customer = WalletCustomer.of(parsed(row.get("metadata") or "{}"))
            if customer and row["kind"] == "wallet" and row["currency"] == "CNY":
                found.append((row["account_id"], customer.customer_id))
        return found

    def _wallet(self) -> tuple[str, str]:
        return self.random.choice(self._wallets())

    def _claim(self) -> None:
        """One or some of a product, in quick succession."""
        product_id = f"ben_{self.random.randrange(len(PRODUCTS))}"
        for _ in range(self.random.choice([1, 1, 6])):
            account_id, customer_id = self._wallet()
            body = {"product_id": product_id, "account_id": account_id, "customer_id": customer_id}
            self.clients.post(app, "/entitlements", body, changing=NOW, refusals_last=False)

    def _pay(self) -> None:
        """Mostly with coupons that are the payer's and have not ended, for an amount that needs no token."""
        there = self.entitlements()
        good = [row for row in there if row["st"] in OPEN and self._has_discount(row)]
        row = self.random.choice(good if good and self.random.random() < 0.8 else there)
        account_id, customer_id = row["ac"], row["cid"]
        names = [each["entitlement_id"] for each in good if each["cid"] == customer_id]
        names = names or [row["entitlement_id"]]
        amount = self.random.choice([1, self.random.randint(1, 900), *[self.random.randint(500, 1_900)] * 4])
        body: dict[str, Any] = {
            "payer_account_id": account_id,
            "merchant_id": self._merchant(),
            "amount": amount,
            "currency": "CNY",
            "merchant_order_no": self.random.choice(ORDERS),
            "capture": self.random.choice(["automatic", "automatic", "manual"]),
        }
        if self.random.random() < 0.3:
            body["auto_apply"] = True
        else:
            body["entitlement_ids"] = self.random.sample(
                names, min(len(names), self.random.choice([1, 1, 2]))
            )
        if amount > 2 and self.random.random() < 0.4:
            part = self.random.randint(1, amount - 1)
            body["items"] = [{"sku": "a", "amount": part}, {"sku": "b", "amount": amount - part}]
        self.clients.post(payments, "/payments", body)

    def _has_discount(self, row: Row) -> bool:
        return int(offers.offer_of(row["entitlement_id"])[4]) < 3

    def _discounted(self) -> list[Row]:
        """Payments that use benefits, and have not ended."""
        there = [row for row in self.rows("payments") if row["record"] == "payment" and row.get("shr")]
        return [row for row in there if row["status"] in {"authorized", *REFUNDABLE}]

    def _go_on(self) -> None:
        """A payment with benefits is captured, cancelled or refunded: wholly, or in part."""
        payment = self.random.choice(self._discounted())
        whole = payment["amount"]
        part = self.random.choice([whole, max(1, whole // 3), max(1, whole - 1)])
        act, body = "refunds", {"amount": part, "reason": "why"}
        if payment["status"] == "authorized":
            act, body = self.random.choice([("capture", {"amount": part}), ("capture", {}), ("cancel", None)])
        elif self.random.random() < 0.5:
            body["amount"] = max(1, payment["captured_amount"] - payment["refunded_amount"])
        self.clients.post(payments, f"/payments/{payment['payment_id']}/{act}", body)

    def _merchant(self) -> str:
        there = [row["merchant_id"] for row in self.rows("merchants") if row["record"] == "merchant"]
        return str(self.random.choice(there[:2]))

    def _one(self) -> Row:
        """An entitlement: mostly one that has not ended, or that the request in hand names."""
        there = self.entitlements()
        named = [each for each in there if each["entitlement_id"] in self.clients.in_hand]
        wanted = named or [each for each in there if each["st"] in {"issued", "reserved"}]
        return self.random.choice(wanted if wanted and self.random.random() < 0.8 else there)

    def _change(self, what: str, body: Any, **options: Any) -> Any:
        path = f"/entitlements/{self._one()['entitlement_id']}/{what}"
        return self.clients.change(app, "POST", path, body, **options)

    def _reserve(self) -> None:
        self._change("reservation", {**self._order(), "minutes": self.random.choice([1, 15, 30])})

    def _release(self) -> None:
        self._change("release", self._order())

    def _order(self) -> dict[str, str]:
        return {"merchant_id": self._merchant(), "merchant_order_no": self.random.choice(ORDERS)}

    def _give(self) -> None:
        account_id, _ = self._wallet()
        self._change("gift", {"account_id": account_id}, key=self._key("gift"))

    def _key(self, what: str) -> str:
        return f"{what}-{self.random.randrange(10**9)}"

    def _revoke(self) -> None:
        path = f"/entitlements/{self._one()['entitlement_id']}/revocation"
        self.as_staff(app, path, {"reason": "fraud"}, principal=http.staff())

    def _next_version(self) -> None:
        """Another stock of the same, published once a colleague has approved it."""
        number = self.random.randrange(len(PRODUCTS))
        stock = self.random.choice(NEXT_STOCK)
        content, path = self._terms(number, stock=stock), f"/benefit-products/ben_{number}"
        self.clients.change(app, "POST", f"{path}/draft", {"content": content}, principal=http.staff())
        self.as_staff(app, f"{path}/publication", principal=http.staff())

    def _shelve(self) -> None:
        path = f"/benefit-products/ben_{self.random.randrange(len(PRODUCTS))}"
        reason = {"reason": "why"}
        self.clients.change(app, "POST", f"{path}/withdrawal", reason, principal=http.staff())
        if self.random.random() < 0.8:
            self.as_staff(app, f"{path}/return", reason, principal=http.staff())

    def _look(self) -> None:
        account_id, _ = self._wallet()
        self.clients.read(app, "/entitlements", {"account_id": account_id, "limit": "3"})
        self.clients.read(app, f"/entitlements/{self._one()['entitlement_id']}")
        order = {"account_id": account_id, "merchant_id": self._merchant(), "currency": "CNY"}
        quote = self.clients.change(app, "POST", "/promotions/quote", {**order, "amount": 900})
        check(not quote or quote["payer_amount"] > 0, f"nothing is left to pay of {quote}")
