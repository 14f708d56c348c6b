"""Caps of a version: stock and budget in all, and what each branch and each channel may hand out of it.

Which branch a claim is of, its wallet says, and that is read with all else. So only an attempt that follows
another reads the rows of the branch's cap in the same batch. The first takes of that cap by what this process
has read of it within seconds, and otherwise as if nothing were taken: that enough is left is a condition of
the write, whatever was read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bank import caps, clock, store
from bank.benefits.tables import OfferRow
from bank.caps import Bounds, Cap, Taken
from bank.store import Transaction
from benefits.domain import products
from benefits.domain.products import ProductStatus
from benefits.service.sold_out import IN_ALL, IN_BRANCH, ON_CHANNEL, Refusals
from benefits.tables import ProductRow

# As a content names the bounds of each.
BRANCH, CHANNEL = "each_branch", "each_channel"
# What was read of caps, by their ids.
Read = Mapping[str, Sequence[caps.CapRow | None]]


@dataclass(frozen=True)
class Limit:
    """A cap on what is handed out of a version, and what a claim hears once nothing is left of it."""

    cap: Cap
    refusals: Refusals


def cap_of(offer_row: OfferRow) -> Cap | None:
    """The cap on all that is handed out of a version; None where it has none."""
    return _cap(offer_row, offer_row.offer_id, offer_row.content.get("stock"))


def of_branch(offer_row: OfferRow, unit_id: str) -> Cap | None:
    """The cap on what is handed out to the customers whose wallets a unit keeps."""
    return _part(offer_row, BRANCH, f"unit#{unit_id}")


def of_channel(offer_row: OfferRow, client_id: str) -> Cap | None:
    """The cap on what is handed out through a channel."""
    return _part(offer_row, CHANNEL, f"client#{client_id}")


def limits(offer_row: OfferRow, *, client_id: str, unit_id: str) -> list[Limit]:
    """The caps that a claim takes from, through a channel; of its branch's where that is known (not "")."""
    found = [
        (cap_of(offer_row), IN_ALL),
        (of_channel(offer_row, client_id), ON_CHANNEL),
        (of_branch(offer_row, unit_id) if unit_id else None, IN_BRANCH),
    ]
    return [Limit(cap, refusals) for cap, refusals in found if cap]


def keys(of: Iterable[Limit], by: str) -> dict[str, list[store.Key]]:
    """The keys to read of each cap, for who takes (`by` an id)."""
    return {each.cap.cap_id: caps.keys(each.cap, by) for each in of}


def take(
    transaction: Transaction, of: Iterable[Limit], read: Read, *, amount: int, at: datetime, by: str
) -> list[Taken]:
    """Take one unit and `amount` (minor units) of each cap. Raises SoldOut, in the words of the cap."""
    return [_take(transaction, each, read, amount, at, by) for each in of]


def _take(transaction: Transaction, limit: Limit, read: Read, amount: int, at: datetime, by: str) -> Taken:
    rows = read.get(limit.cap.cap_id) or caps.remembered(limit.cap, by)
    try:
        return caps.take(transaction, limit.cap, rows, amount=amount, at=at, by=by)
    except caps.SoldOut as refused:
        raise limit.refusals.get(type(refused), type(refused))(retry_after=refused.retry_after) from None


def left(row: ProductRow, *, unit_id: str | None, client_id: str | None) -> tuple[str, list[Bounds | None]]:
    """The version of a product that is handed out; the rest of its caps, in all, of a branch, of a channel.

    None for one that is not asked for, or has no bound. Raises ProductStatus.
    """
    if row.offer_id is None:
        raise ProductStatus(f"product {row.product_id} is {row.status}")
    offer = store.get(OfferRow, row.offer_id)
    assert offer is not None, "a version is written with its product"
    asked = [
        cap_of(offer),
        of_branch(offer, unit_id) if unit_id else None,
        of_channel(offer, client_id) if client_id else None,
    ]
    return row.offer_id, [_left(cap) if cap else None for cap in asked]


def _left(cap: Cap) -> Bounds:
    return caps.left(cap, store.get_many(caps.keys(cap)), at=clock.now())


def _part(offer_row: OfferRow, each: str, of: str) -> Cap | None:
    stock = offer_row.content.get("stock") or {}
    return _cap(offer_row, f"{offer_row.offer_id}#{of}", stock.get(each))


def _cap(offer_row: OfferRow, cap_id: str, told: Mapping[str, int] | None) -> Cap | None:
    bounds = Bounds(*((told or {}).get(name) for name in Bounds._fields))
    if all(bound is None for bound in bounds):
        return None
    most = products.worth(offer_row.to_domain())
    claims = [bound for bound in (bounds.units, bounds.day_units) if bound is not None]
    claims += [bound // most for bound in (bounds.budget, bounds.day_budget) if bound is not None and most]
    return Cap(cap_id, bounds, caps.shards_for(min(claims, default=1)))
