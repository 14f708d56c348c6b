"""Offers: what a version of a benefit product gives, as data that was approved and never changes again."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bank import ids
from bank.benefits.bearers import HEAD_OFFICE
from bank.benefits.where import Where
from bank.promotions import (
    AmountOff,
    Benefit,
    CheapestOff,
    Effect,
    FixedPrice,
    NthOff,
    Per,
    PercentOff,
    Scope,
    Terms,
    Tiers,
)


class Kind(StrEnum):
    """Kinds of benefit (权益类型)."""

    COUPON = "coupon"
    SERVICE_PASS = "service_pass"
    VOUCHER_CODE = "voucher_code"


@dataclass(frozen=True)
class Offer:
    """A version of a product. `bearers`: weights, in basis points, of who bears what it gives.

    `terms`: what it takes off a payment; None of a kind that payments have no use for.
    """

    offer_id: str
    name: str
    kind: Kind
    currency: str
    terms: Terms | None
    where: Where
    bearers: Mapping[str, int]
    group: str
    exclusive: bool
    order: int
    uses: int
    cost: int = 0
    supplier_id: str = ""

    @classmethod
    def of(cls, offer_id: str, content: Mapping[str, Any]) -> "Offer":
        """From the content of an offer's row. Raises ValueError, KeyError or TypeError for what is none."""
        return cls(
            offer_id=offer_id,
            name=content.get("name") or "",
            kind=Kind(content["kind"]),
            currency=content["currency"],
            terms=_terms(content) if content["kind"] == Kind.COUPON else None,
            where=Where.of(content.get("where") or {}),
            bearers=content.get("bearers") or {HEAD_OFFICE: 10_000},
            group=content.get("group") or offer_id,
            exclusive=bool(content.get("exclusive")),
            order=int(content.get("order") or 0),
            uses=int(content.get("uses") or 1),
            cost=int(content.get("cost") or 0),
            supplier_id=content.get("supplier_id") or "",
        )

    @property
    def by_code(self) -> bool:
        """Return whether merchants redeem it by a code that its customer shows."""
        return self.kind is Kind.SERVICE_PASS

    def benefit(self, entitlement_id: str) -> Benefit:
        """Return an entitlement to this as stacking sees it."""
        assert self.terms is not None, "what has no discount is not stacked"
        return Benefit(entitlement_id, self.terms, self.group, self.exclusive, self.order)


def _terms(content: Mapping[str, Any]) -> Terms:
    on = content.get("minimum_on")
    return Terms(
        effect=effect(content["discount"]),
        scope=_scope(content.get("lines") or {}),
        minimum=int(content.get("minimum") or 0),
        minimum_on=_scope(on) if on else None,
        requires=frozenset(content.get("requires") or ()),
    )


def effect(content: Mapping[str, Any]) -> Effect:
    """The effect that a discount's content describes. Raises ValueError, KeyError or TypeError."""
    facts = {name: value for name, value in content.items() if name != "type" and value is not None}
    if "per" in facts:
        facts["per"] = Per(facts["per"])
    if "steps" in facts:
        facts["steps"] = tuple((step["threshold"], step["amount"]) for step in facts["steps"])
    made: Effect = EFFECTS[content["type"]](**facts)
    return made


EFFECTS: Mapping[str, Any] = {
    "amount_off": AmountOff,
    "percent_off": PercentOff,
    "fixed_price": FixedPrice,
    "nth_off": NthOff,
    "cheapest_off": CheapestOff,
    "tiers": Tiers,
}


def most_of(found: Effect) -> int | None:
    """The most that an effect takes off any order, in minor units; None where its terms set no bound."""
    match found:
        case AmountOff(amount, Per.ORDER):
            return amount
        case PercentOff(cap=int(cap)):
            return cap
        case Tiers(steps, repeats=False):
            return steps[-1][1]
    return None


def _scope(content: Mapping[str, Any]) -> Scope:
    names = ("skus", "categories", "not_categories")
    return Scope(
        **{name: frozenset(content.get(name) or ()) for name in names},
        unit_from=content.get("unit_from"),
        unit_to=content.get("unit_to"),
        undiscounted=bool(content.get("undiscounted")),
    )


def offer_id(product_id: str, version: int) -> str:
    """The id of a product's version: `ben_01JD....3`."""
    return f"{product_id}.{version}"


def product_of(offer: str) -> str:
    """The id of the product that an offer is a version of."""
    return offer.rpartition(".")[0]


def entitlement_id(offer: str, *parts: str) -> str:
    """The id of the entitlement to an offer that these parts (customer, cycle, number) always give.

    It tells its offer, so that both are read in one round trip.
    """
    return f"ent_{offer.removeprefix('ben_')}.{ids.derived('', offer, *parts)[1:]}"


def offer_of(entitlement: str) -> str:
    """The id of the offer that an entitlement is to, by its id; one that is none's gives none's."""
    return "ben_" + entitlement.removeprefix("ent_").rpartition(".")[0]
