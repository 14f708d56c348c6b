"""Figures of the bank: what its API answers, and its rows of entitlements and earnings."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bank.benefits import offers
from bank.benefits.bearers import HEAD_OFFICE, account_of
from bank.ledger.payees import settlement_id
from infra.channel import Answer
from infra.customers import done
from infra.demo.benefits import plan
from infra.demo.benefits.expected import Figures
from infra.demo.benefits.run import Run
from infra.demo.benefits.staff import CURRENCY, Staff

PAGE = 100
ISSUED, CREATED, NONE = "issued", 201, 404
Item = dict[str, dict[str, str]]


class Bank:
    """The bank, as far as a run is concerned."""

    def __init__(self, run: Run, staff: Staff) -> None:
        self._run = run
        self._staff = staff
        # Other runs have borne discounts before.
        self._before = self._head_office()

    def coupon(self, product_id: str) -> Figures:
        """Return the coupon's figures; money in minor units."""
        sample = [self._run.people[customer] for customer in self._run.plan.customers]
        kept = sum(self._balance(account_id) for _, account_id in sample)
        for_merchant = self._balance(settlement_id(self._run.merchant_id, CURRENCY))
        payments = list(self._payments())
        sold = sum(each["captured_amount"] - each["refunded_amount"] for each in payments)
        fees = sum(each["fee"] - each["fee_returned"] for each in payments)
        found = {
            **self._entitlements(product_id),
            "borne by head office": self._before - self._head_office(),
            "borne by merchant": sold - fees - for_merchant,
            "fees": fees,
            "paid by customers": len(sample) * plan.SPENT - kept,
            "for the merchant": for_merchant,
        }
        left = self._left(product_id)
        return _of("coupon", {**found, "left": left["units"], "budget left": left["budget"]})

    def points(self, gold: int) -> Figures:
        """Return the figures of points. `gold`: who was in the second tier after the first payments."""
        held = sum(each["spendable"] for each in self._points())
        granted = sum(_number(row, "granted") - _number(row, "taken_back") for row in self.earnings())
        customers = {self._run.people[each][0] for each in self._run.plan.customers}
        redeemed = [row for row in self._rows("points-redemptions") if row["customer_id"]["S"] in customers]
        spent = sum(_number(row, "points") for row in redeemed)
        found = {"issued": granted, "held": held, "redeemed": spent, "expired": granted - held - spent}
        return _of("points", {**found, "in the second tier": gold})

    def pool(self, product_id: str, answers: Sequence[Answer]) -> Figures:
        """Return the pool's figures, from what claims were answered and what there is."""
        given = [answer.json["entitlement_id"] for answer in answers if answer.status == CREATED]
        refused = sum(answer.json.get("code") == "sold_out" for answer in answers)
        found = self._entitlements(product_id)
        told = {"claims": len(answers), "refused": refused, "left": self._left(product_id)["units"]}
        # Each is another one, and each is there.
        assert len(set(given)) == len(given) == found["issued"], "an entitlement was handed out twice"
        return _of("pool", {**found, **told})

    def gold(self) -> int:
        """Return how many of the sample's customers are in the second tier."""
        return sum(each["tier"] == "gold" for each in self._points())

    def earnings(self) -> list[Item]:
        """Return the rows of what the run's payments earn, as far as that is noted."""
        paid = set(self._run.paid.values())
        return [row for row in self._rows("points-earnings") if row["payment_id"]["S"] in paid]

    def pending(self) -> int:
        """Return how many earnings wait to be booked."""
        return sum(row["status"]["S"] == "pending" for row in self.earnings())

    def refunds(self) -> int:
        """Return how many refunds of the run's payments have been heard of by points."""
        return sum(len(json.loads(row["refunds"]["S"])) for row in self.earnings() if "refunds" in row)

    def unsettled(self, product_id: str) -> int:
        """Return how many entitlements to a product have a part of its budget, or can be used, still."""
        return sum("tk" in row or row["st"]["S"] == ISSUED for row in self._of_product(product_id))

    def _entitlements(self, product_id: str) -> dict[str, int]:
        by = Counter(row["st"]["S"] for row in self._of_product(product_id))
        ended = {status: by.pop(status, 0) for status in ("redeemed", "expired")}
        return {"issued": by.total() + sum(ended.values()), "held": by.total(), **ended}

    def _of_product(self, product_id: str) -> Iterator[Item]:
        prefix = offers.entitlement_id(offers.offer_id(product_id, 1)).rpartition(".")[0]
        return (
            row for row in self._rows("entitlements") if row["entitlement_id"]["S"].startswith(f"{prefix}.")
        )

    def _left(self, product_id: str) -> dict[str, int]:
        found: dict[str, int] = done(self._staff.marketing.get(f"/benefit-products/{product_id}/caps"))
        return found

    def _points(self) -> Iterable[dict[str, Any]]:
        for customer in self._run.plan.customers:
            yield done(self._run.channel.get(f"/points/customers/{self._run.people[customer][0]}"))

    def _payments(self) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {"merchant_id": self._run.merchant_id, "limit": PAGE}
        while True:
            page = done(self._run.channel.get("/payments", query))
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def _head_office(self) -> int:
        account_id = account_of(HEAD_OFFICE, CURRENCY)
        assert account_id is not None, "only the merchant bears by receiving less"
        return self._balance(account_id)

    def _balance(self, account_id: str) -> int:
        answer = self._run.channel.get(f"/accounts/{account_id}")
        return 0 if answer.status == NONE else int(done(answer)["balance"])

    def _rows(self, table: str) -> Iterator[Item]:
        pages = self._run.stage.aws("dynamodb").get_paginator("scan")
        found = pages.paginate(TableName=self._run.stage.tables[table], ConsistentRead=True)
        return (row for page in found for row in page["Items"])


def _of(product: str, found: dict[str, int]) -> Figures:
    return {(product, figure): amount for figure, amount in found.items()}


def _number(row: Item, name: str) -> int:
    return int(row[name]["N"]) if name in row else 0
