"""Rows of the benefits room as its answers show them."""

from collections.abc import Mapping, Sequence
from typing import Any

from bank import clock
from bank.benefits.domain import Entitlement, Status
from bank.benefits.offers import Kind
from bank.benefits.tables import EntitlementRow, OfferRow
from bank.caps import Bounds
from benefits.domain.products import Shelf
from benefits.schemas.contents import BY_KIND, Content
from benefits.schemas.entitlements import EntitlementAnswer
from benefits.schemas.products import CapsAnswer, Codes, ProductAnswer, Rest, ShelfItem
from benefits.schemas.redemptions import CodeAnswer, RedemptionByCode
from benefits.service import codes
from benefits.tables import ProductRow, RedemptionCodeRow, RedemptionRow


def product(row: ProductRow, offer: OfferRow | None) -> ProductAnswer:
    """A product, with what is handed out of it and the draft that differs from it."""
    content = offer.content if offer else row.draft
    return ProductAnswer(
        product_id=row.product_id,
        status=Shelf(row.status),
        version=int(row.version),
        offer_id=row.offer_id,
        content=_content(content),
        draft=_content(row.draft) if row.draft != content else None,
        unit_id=row.unit_id,
        created_at=clock.parse(row.created_at),
    )


def shelf_item(row: ProductRow, offer: OfferRow) -> ShelfItem:
    """A product as it stands on the shelf."""
    return ShelfItem(product_id=row.product_id, offer_id=offer.offer_id, content=_content(offer.content))


def _content(stored: Mapping[str, Any]) -> Content:
    return BY_KIND[Kind(stored["kind"])].model_validate(stored, strict=False)


def left(offer_id: str, found: Sequence[Bounds | None], pool: tuple[int, int] | None = None) -> CapsAnswer:
    """Render the rest of a version's caps: in all, of a branch, of a channel; and its codes."""
    in_all, branch, channel = found
    return CapsAnswer(
        offer_id=offer_id,
        branch=_rest(branch),
        channel=_rest(channel),
        codes=Codes(free=pool[0], issued=pool[1]) if pool else None,
        **(in_all or Bounds())._asdict(),
    )


def _rest(bounds: Bounds | None) -> Rest | None:
    return Rest(units=bounds.units, budget=bounds.budget) if bounds else None


def entitlement(
    row: EntitlementRow, offer: OfferRow, *, voucher_code: str | None = None
) -> EntitlementAnswer:
    """An entitlement as it is now."""
    found, now = row.to_domain(), clock.instant()
    held = found.reserved_by_others(now)
    return EntitlementAnswer(
        entitlement_id=row.entitlement_id,
        product_id=offer.product_id,
        offer_id=offer.offer_id,
        customer_id=row.customer_id,
        kind=Kind(offer.content["kind"]),
        name=offer.content["name"],
        status=_status(found, now),
        uses_left=found.uses_left,
        valid_from=clock.parse(row.valid_from),
        valid_to=clock.parse(row.valid_to),
        reserved_until=clock.parse(row.reserved_until) if held and row.reserved_until else None,
        issued_at=clock.parse(row.issued_at),
        given_from=row.given_from,
        voucher_code=voucher_code,
    )


def code(shown: str, row: RedemptionCodeRow) -> CodeAnswer:
    """A code for its customer to show."""
    return CodeAnswer(
        code=shown,
        entitlement_id=row.entitlement_id,
        expires_at=clock.parse(row.expires_at),
        qr_svg=codes.qr_svg(shown),
    )


def redemption(row: RedemptionRow, offer: OfferRow) -> RedemptionByCode:
    """A redemption as who made it sees it: whose the entitlement is, and which, is not theirs to know."""
    return RedemptionByCode(
        redemption_id=row.redemption_id,
        product_id=offer.product_id,
        name=offer.content["name"],
        merchant_id=row.merchant_id,
        store_id=row.store_id,
        terminal_id=row.terminal_id,
        uses_left=int(row.uses_left),
        redeemed_at=clock.parse(row.redeemed_at),
        reversed_at=clock.parse(row.reversed_at) if row.reversed_at else None,
    )


def _status(found: Entitlement, now: str) -> Status:
    """The status that counts: a reservation or a time that is over is, whether or not a job has come by."""
    if found.status is Status.RESERVED and not found.reserved_by_others(now):
        return Status.ISSUED if now < found.valid_to else Status.EXPIRED
    return Status.EXPIRED if found.status is Status.ISSUED and now >= found.valid_to else found.status
