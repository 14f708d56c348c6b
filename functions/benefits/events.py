"""Events of the benefits room, from the changes of its tables."""

from collections.abc import Mapping
from typing import Any, ClassVar

from bank import ids
from bank.benefits import offers
from bank.benefits.domain import Status
from bank.benefits.offers import Offer
from bank.benefits.tables import EntitlementRow, OfferRow
from bank.events import DomainEvent
from bank.observability import logger
from bank.risk.reviews import VerdictTold
from bank.risk.verdict import Verdict
from benefits.domain import products


class BenefitsEvent(DomainEvent):
    """Base of this room's events on an entitlement."""

    room: ClassVar[str] = "benefits"
    entitlement_id: str
    product_id: str
    offer_id: str
    customer_id: str

    @property
    def subject(self) -> str:
        """Subject of the event."""
        return self.entitlement_id


class EntitlementIssued(BenefitsEvent):
    """A customer was issued an entitlement; `given_from` is that of whom it was given by, as a gift.

    `amount`, in minor units, is the most that it can cost. `risk` is what was said of its claim.
    """

    kind: str
    supplier_id: str | None
    valid_from: str
    valid_to: str
    given_from: str | None
    account_id: str
    unit_id: str
    client_id: str
    device_id: str | None
    amount: int
    currency: str
    risk: VerdictTold | None


class EntitlementRedeemed(BenefitsEvent):
    """It was used once, for a `discount` in minor units, with who bears how much of it.

    `cost` is what the supplier is due for it.
    """

    redemption_id: str
    kind: str
    supplier_id: str | None
    merchant_id: str | None
    payment_id: str | None
    currency: str
    discount: int
    shares: dict[str, int]
    cost: int
    redeemed_at: str


class RedemptionReversed(BenefitsEvent):
    """Of a redemption came back so much, in minor units; `whole`: all of it by then, and the use with it.

    `cost` is what the supplier is no longer due: all of it with the use, nothing before.
    """

    redemption_id: str
    reversal_id: str
    supplier_id: str | None
    currency: str
    discount: int
    shares: dict[str, int]
    whole: bool
    cost: int
    reversed_at: str


class EntitlementExpired(BenefitsEvent):
    """Its time is over, and it was not used up."""


class EntitlementRevoked(BenefitsEvent):
    """It was taken back from its customer."""


class EntitlementGiven(BenefitsEvent):
    """It was given to another customer, who has `to_entitlement_id` now."""

    to_entitlement_id: str


class CodesRunningLow(DomainEvent):
    """Fewer codes of a product are free than it is to have: once for each time that it comes to that."""

    room: ClassVar[str] = "benefits"
    product_id: str
    unit_id: str
    low_stock: int


PUBLISHED: tuple[type[DomainEvent], ...] = (
    EntitlementIssued,
    EntitlementRedeemed,
    RedemptionReversed,
    EntitlementExpired,
    EntitlementRevoked,
    EntitlementGiven,
    CodesRunningLow,
)


def redemption_id(entitlement_id: str, used_by: str) -> str:
    """The id of the use of an entitlement by a payment; that of a redemption by code is its own."""
    return used_by if used_by.startswith("rdm_") else ids.derived("rdm", entitlement_id, used_by)


def of_change(
    old: EntitlementRow | None, row: EntitlementRow, offer_row: OfferRow | None, at: str
) -> list[BenefitsEvent]:
    """The events that the last change of an entitlement means, which was at an instant.

    Nothing can be told of one whose version is gone, which no function can do.
    """
    if offer_row is None:
        logger.error("an entitlement to nothing", entitlement_id=row.entitlement_id)
        return []
    offer = offer_row.to_domain()
    facts: dict[str, Any] = {
        "entitlement_id": row.entitlement_id,
        "product_id": offers.product_of(offer.offer_id),
        "offer_id": offer.offer_id,
        "customer_id": row.customer_id,
    }
    expires = row.status == Status.EXPIRED.value and (old is None or old.status != row.status)
    # A release or a refund that comes when its time is over ends it too.
    ended: list[BenefitsEvent] = [EntitlementExpired(**facts)] if expires else []
    return [*_of_last(row, offer, facts, at), *ended]


def _of_last(row: EntitlementRow, offer: Offer, facts: dict[str, Any], at: str) -> list[BenefitsEvent]:
    match row.last["what"]:
        case "issued" | "received":
            return [_issued(row, offer, facts)]
        case "redeemed":
            return [_redeemed(row.last, offer, facts, at)]
        case "refunded":
            return [_reversed(row.last, offer, facts, at)]
        case "revoked":
            return [EntitlementRevoked(**facts)]
        case "given_away":
            return [EntitlementGiven(**facts, to_entitlement_id=row.last["to"])]
    return []


def _issued(row: EntitlementRow, offer: Offer, facts: dict[str, Any]) -> EntitlementIssued:
    return EntitlementIssued(
        **facts,
        kind=offer.kind.value,
        supplier_id=offer.supplier_id or None,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        given_from=row.given_from,
        account_id=row.account_id,
        unit_id=row.unit_id,
        client_id=row.client_id,
        device_id=row.device_id,
        amount=products.worth(offer),
        currency=offer.currency,
        risk=VerdictTold(**Verdict.unpack(row.risk).summary()) if row.risk else None,
    )


def _redeemed(last: Mapping[str, Any], offer: Offer, facts: dict[str, Any], at: str) -> EntitlementRedeemed:
    return EntitlementRedeemed(
        **facts,
        redemption_id=redemption_id(facts["entitlement_id"], last["by"]),
        kind=offer.kind.value,
        supplier_id=offer.supplier_id or None,
        merchant_id=last.get("merchant"),
        payment_id=last["by"] if last["by"].startswith("pay_") else None,
        currency=offer.currency,
        discount=last.get("amount") or 0,
        shares=last.get("shares") or {},
        cost=offer.cost,
        redeemed_at=at,
    )


def _reversed(last: Mapping[str, Any], offer: Offer, facts: dict[str, Any], at: str) -> RedemptionReversed:
    return RedemptionReversed(
        **facts,
        redemption_id=redemption_id(facts["entitlement_id"], last["of"]),
        reversal_id=last["by"],
        supplier_id=offer.supplier_id or None,
        currency=offer.currency,
        discount=last["amount"],
        shares=last["shares"],
        whole=last["whole"],
        cost=offer.cost if last["whole"] else 0,
        reversed_at=at,
    )
