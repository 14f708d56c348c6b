"""Products: their statuses, and what a draft must be before it can be put before others."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bank import errors
from bank.benefits import bearers, offers, where
from bank.money import MAX_AMOUNT

WHOLE = 10_000


class Shelf(StrEnum):
    """Statuses of a product. Only one on the shelf is handed out; what was handed out stays good."""

    DRAFT = "draft"
    ON_SHELF = "on_shelf"
    OFF_SHELF = "off_shelf"


class ProductStatus(errors.Conflict):
    """409: the product's status does not allow this."""

    code, title = "product_status", "Not in this status"


class NotOnShelf(errors.Refusal):
    """409: the product is not handed out, or not any more."""

    code, title = "not_on_shelf", "Not on the shelf"


def faults(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what is wrong with a product's content, as `{field, message}`, beyond what its schema says."""
    found = [*_offer_faults(content), *_bearer_faults(content), *_validity_faults(content)]
    found += _stock_faults(content)
    rule = (content.get("where") or {}).get("rule") or ""
    return [*found, *({"field": "where.rule", "message": each} for each in where.faults(rule)[:3])]


def _offer_faults(content: Mapping[str, Any]) -> list[dict[str, str]]:
    try:
        offer = offers.Offer.of("offer", content)
    except (ValueError, KeyError, TypeError) as error:
        return [{"field": "discount", "message": str(error)[:200]}]
    if _budgeted(content.get("stock") or {}) and not per_use(offer):
        message = "a budget needs a cost, or a discount with a bound: an amount, a cap, tiers without repeats"
        return [{"field": "stock.budget", "message": message}]
    return []


def _budgeted(stock: Mapping[str, Any]) -> bool:
    parts = [stock, stock.get("each_branch") or {}, stock.get("each_channel") or {}]
    return any(part.get(name) is not None for part in parts for name in ("budget", "day_budget"))


def _stock_faults(content: Mapping[str, Any]) -> list[dict[str, str]]:
    stock = content.get("stock") or {}
    if stock.get("units") is None and stock.get("budget") is None:
        return [{"field": "stock", "message": "a product has a stock or a budget"}]
    return []


def _bearer_faults(content: Mapping[str, Any]) -> list[dict[str, str]]:
    shares: Mapping[str, int] = content.get("bearers") or {bearers.HEAD_OFFICE: WHOLE}
    if sum(shares.values()) != WHOLE:
        return [{"field": "bearers", "message": f"shares are basis points and add up to {WHOLE}"}]
    if not all(map(bearers.is_known, shares)):
        message = "bearers are head_office, merchant, unit:<id> and supplier:<id>"
        return [{"field": "bearers", "message": message}]
    supplier = content.get("supplier_id")
    others = [name for name in shares if name.startswith(bearers.SUPPLIER)]
    if any(name != f"{bearers.SUPPLIER}{supplier}" for name in others):
        return [{"field": "bearers", "message": "of suppliers only the product's own bears a share"}]
    return []


def _validity_faults(content: Mapping[str, Any]) -> list[dict[str, str]]:
    validity = content["validity"]
    if not validity.get("days") and validity["ends_at"] <= validity["starts_at"]:
        return [{"field": "validity.ends_at", "message": "is not after its beginning"}]
    return []


def at_stake(content: Mapping[str, Any], offer: offers.Offer) -> int:
    """The most that a version can cost, in minor units: its budget, or what its stock is worth.

    Where its discount has no bound it is the most that there can be, so that as many check it as can.
    """
    stock = content.get("stock") or {}
    if stock.get("budget") is not None:
        return int(stock["budget"])
    most = per_use(offer)
    if most is None:
        return MAX_AMOUNT
    each = most + (offer.cost if offer.terms else 0)
    return min(int(stock.get("units") or 0) * each * offer.uses, MAX_AMOUNT)


def worth(offer: offers.Offer) -> int:
    """The most that an entitlement to it can cost, in minor units: what a claim takes of a budget."""
    return (per_use(offer) or 0) * offer.uses


def per_use(offer: offers.Offer) -> int | None:
    """The most that one use takes of a budget, in minor units: a discount, or else what it costs.

    None where the discount has no bound.
    """
    return offers.most_of(offer.terms.effect) if offer.terms else offer.cost
