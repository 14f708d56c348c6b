"""The benefits room at the edge: routes, the entitlements' stream, their expiry, and copies of own data."""

from collections.abc import Iterable
from typing import Any

from bank import clock, jobs, store
from bank.benefits.tables import EntitlementRow, OfferRow
from bank.events import change, change_time, envelope, envelope_for_change, publish
from bank.observability import logger
from bank.privacy import exports
from benefits import events, rendering
from benefits.routes import app as app
from benefits.service import entitlements, expiry, indexing, redemptions, vouchers


def on_entitlements(event: dict[str, Any], context: Any) -> None:
    """The entitlements' stream: write what finds them, then tell what happened to each."""
    changes = [(record, *change(record, EntitlementRow)) for record in event["Records"]]
    made = [(record, old, new) for record, old, new in changes if new is not None]
    offers = entitlements.offers_of([new for _, _, new in made])
    told_of = zip(made, offers, strict=True)
    store.put_many([row for (_, old, new), offer in told_of for row in indexing.index_rows(old, new, offer)])
    publish(
        envelope_for_change(record, told, subject=told.subject)
        for (record, old, new), offer in zip(made, offers, strict=True)
        for told in events.of_change(old, new, offer, change_time(record))
    )
    tell_of_low_codes({row.offer_id: row for row in offers if row is not None}.values())
    logger.info("published events of entitlements", records=len(made))


def tell_of_low_codes(issued: Iterable[OfferRow]) -> None:
    """Tell of each product of which codes were issued and few are left; told first, so that none is lost."""
    for offer in issued:
        low_stock = int(offer.content.get("low_stock") or 0)
        row = vouchers.crossing(offer.product_id, low_stock) if low_stock else None
        if row is not None:
            low = events.CodesRunningLow(product_id=row.product_id, unit_id=row.unit_id, low_stock=low_stock)
            change_id = str(int(row.times_low))
            publish([envelope(low, subject=row.product_id, change=change_id, time=clock.instant())])
            vouchers.told(row)


@jobs.recorded(keep_days=8)
def on_expiry(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: end the entitlements whose time is over."""
    return dict(expiry.run(left_ms=context.get_remaining_time_in_millis))


def on_customer_events(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Customers who ask for a copy of their data: write this room's part."""
    return exports.process(event, context, room="benefits", gather=_own_data)


def _own_data(customer_id: str) -> exports.Part:
    rows = entitlements.all_of(customer_id)
    found = zip(rows, entitlements.offers_of(rows), strict=True)
    used = redemptions.all_of(sorted({row.account_id for row in rows}))
    return {
        "entitlements": [rendering.entitlement(*each).model_dump(mode="json") for each in found],
        "redemptions": [
            rendering.redemption(each, redemptions.offer_of(each)).model_dump(mode="json") for each in used
        ],
    }
