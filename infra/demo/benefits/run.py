"""One run of the demo over HTTP: claims, payments with coupons, refunds, points, and the claims at once."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.channel import Answer, Channel
from infra.customers import done
from infra.demo.benefits import plan
from infra.demo.benefits.plan import Order, Plan
from infra.demo.benefits.staff import CURRENCY
from infra.demo.channels import work
from infra.environment import Environment

WAIT_SECONDS = 600.0


class Late(Exception):
    """Something that should follow did not within its time, or came out otherwise."""


@dataclass
class Run:
    """A run, whose keys are its own by `name`. `people`: customer and wallet, by customers of the file."""

    stage: Environment
    channel: Channel
    name: str
    plan: Plan
    people: dict[str, tuple[str, str]]
    merchant_id: str
    channels: int
    paid: dict[int, str] = field(default_factory=dict)

    def deposit(self) -> None:
        """Put on each wallet of the sample what its customer may spend."""

        def deposit(customer: str) -> None:
            body = {
                "account_id": self.people[customer][1],
                "amount": plan.SPENT,
                "currency": CURRENCY,
                "source": "bank_transfer",
                "reference": self.name,
            }
            done(self.channel.post("/deposits", body, key=f"{self.name}-{customer}"))

        self._work("Depositing what they will spend", deposit, self.plan.customers)

    def claim_coupons(self, product_id: str) -> dict[str, list[str]]:
        """Each customer of the sample claims all that one may have; their entitlements."""
        claims = [
            (customer, number) for customer in self.plan.customers for number in range(plan.COUPONS_EACH)
        ]
        answers = self._work("Claiming coupons", lambda each: self._claim(product_id, *each), claims)
        issued: defaultdict[str, list[str]] = defaultdict(list)
        for (customer, _), answer in zip(claims, answers, strict=True):
            issued[customer].append(done(answer)["entitlement_id"])
        return issued

    def claim_at_once(self, product_id: str) -> list[Answer]:
        """All claims of the pool, as many at once as there are channels."""
        numbers: Counter[str] = Counter()
        claims = []
        for customer in self.plan.claims:
            claims.append((customer, numbers[customer]))
            numbers[customer] += 1
        # Everybody's first claim, then everybody's second: those of one customer seldom meet each other.
        claims.sort(key=lambda each: each[1])
        return self._work("Claiming from the pool", lambda each: self._claim(product_id, *each), claims)

    def _claim(self, product_id: str, customer: str, number: int) -> Answer:
        customer_id, account_id = self.people[customer]
        body = {"product_id": product_id, "customer_id": customer_id, "account_id": account_id}
        return self.channel.post("/entitlements", body, key=f"{self.name}-{product_id}-{customer}-{number}")

    def pay(self, label: str, orders: Sequence[Order], coupons: dict[str, list[str]]) -> None:
        """Pay these orders, a customer's one after the other, each that says so with the next coupon."""
        of: defaultdict[str, list[Order]] = defaultdict(list)
        for order in orders:
            of[order.purchase.customer].append(order)

        def pay_all(customer: str) -> list[tuple[int, str]]:
            left = iter(coupons.get(customer, []))
            return [
                (order.purchase.line, self._pay(order, next(left) if order.coupon else None))
                for order in of[customer]
            ]

        for made in self._work(label, pay_all, list(of)):
            self.paid.update(made)

    def _pay(self, order: Order, coupon: str | None) -> str:
        purchase = order.purchase
        body: dict[str, Any] = {
            "payer_account_id": self.people[purchase.customer][1],
            "merchant_id": self.merchant_id,
            "amount": purchase.cents,
            "currency": CURRENCY,
            "merchant_order_no": f"CDNOW-{purchase.line:04d}",
            "entitlement_ids": [coupon] if coupon else [],
        }
        payment = done(self.channel.post("/payments", body, key=f"{self.name}-line-{purchase.line}"))
        if payment["status"] != "succeeded":
            raise Late(f"line {purchase.line}: {payment['decline']}")
        return str(payment["payment_id"])

    def refund(self) -> None:
        """Refund what the plan says, in its parts."""

        def refund(order: Order) -> None:
            path = f"/payments/{self.paid[order.purchase.line]}/refunds"
            for number, amount in enumerate(order.refunds):
                key = f"{self.name}-refund-{order.purchase.line}-{number}"
                done(self.channel.post(path, {"amount": amount, "reason": "returned"}, key=key))

        self._work("Refunding in parts", refund, [order for order in self.plan.later if order.refunds])

    def redeem_points(self) -> None:
        """Everybody who has so many points by then redeems them."""

        def redeem(customer: str) -> None:
            body = {
                "customer_id": self.people[customer][0],
                "points": plan.REDEEMED,
                "reference": self.name,
            }
            done(self.channel.post("/point-redemptions", body, key=f"{self.name}-points-{customer}"))

        self._work("Redeeming points", redeem, self.plan.redeemers)

    def _work(self, label: str, act: Callable[[Any], Any], tasks: Sequence[Any]) -> list[Any]:
        return work(label, act, tasks, channels=self.channels)


def wait_until(what: str, there: Callable[[], bool], *, pause: float = 1.0) -> None:
    """Wait for what streams and jobs bring. Raises Late where that takes too long."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not there():
        if time.monotonic() > deadline:
            raise Late(f"{what}: not within {WAIT_SECONDS:.0f} s")
        time.sleep(pause)
