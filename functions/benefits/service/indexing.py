"""Rows by which entitlements are found, as their table's stream brings what happened to each."""

from bank import ids
from bank.benefits.offers import Kind
from bank.benefits.tables import EntitlementIndexRow, EntitlementRow, OfferRow, of_wallet

# Partitions of what is to expire.
SHARDS = 16


def index_rows(
    old: EntitlementRow | None, new: EntitlementRow, offer: OfferRow | None
) -> list[EntitlementIndexRow]:
    """The rows that a change of an entitlement makes; none where it can be used as before."""
    kind = offer.content["kind"] if offer else Kind.COUPON.value
    place = f"{new.valid_to}#{new.entitlement_id}"
    rows = []
    # A refund by a clock that is behind may revive what the job has settled, which has forgotten it.
    if old is None or (old.has_ended and not new.has_ended):
        rows.append(EntitlementIndexRow(f"ends#{ids.shard(new.entitlement_id, SHARDS)}", place))
    if old is None or old.has_ended is not new.has_ended:
        rows.append(EntitlementIndexRow(of_wallet(new.account_id), place, ended=new.has_ended, kind=kind))
    return rows
