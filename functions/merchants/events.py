"""Events of the merchants room: merchants registered, changed, suspended or resumed."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from bank.access.authority import names
from bank.events import DomainEvent
from bank.store import Item
from merchants.domain import Status
from merchants.tables import MERCHANT, MerchantRow

# A change of these is told; of the bank account and the contact only that it changed.
TERMS = ("name", "category_code", "fee", "settlement", "bank_account", "contact")


class FeeTerms(BaseModel):
    """The fee on each payment: basis points of it, in bounds of minor units."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, hide_input_in_errors=True)
    basis_points: int
    min: int | None
    max: int | None


class MerchantsEvent(DomainEvent):
    """Base of this room's events."""

    room: ClassVar[str] = "merchants"
    merchant_id: str

    @property
    def subject(self) -> str:
        """Subject of the event."""
        return self.merchant_id


class MerchantRegistered(MerchantsEvent):
    """A merchant was registered."""

    name: str
    category_code: str
    fee: FeeTerms
    settlement: str
    country: str
    city: str
    settlement_account_id: str


class MerchantChanged(MerchantsEvent):
    """A merchant's terms changed: the names of what did, and the terms as they are now."""

    changed: list[str]
    name: str
    category_code: str
    fee: FeeTerms
    settlement: str


class MerchantSuspended(MerchantsEvent):
    """A merchant takes no payments from now on, by the stop of an authority (bank.access.authority)."""

    reason: str
    authority: str


class MerchantResumed(MerchantsEvent):
    """A merchant is stopped by nobody any more: this authority's stop was the last one."""

    reason: str
    authority: str


class MerchantClosing(MerchantsEvent):
    """A merchant takes no payments from now on, for good; what it has earned is paid out."""

    reason: str


class MerchantClosed(MerchantsEvent):
    """A merchant has drained: nothing is left on its accounts, and nothing can be on its way to them."""


PUBLISHED: tuple[type[DomainEvent], ...] = (
    MerchantRegistered,
    MerchantChanged,
    MerchantSuspended,
    MerchantResumed,
    MerchantClosing,
    MerchantClosed,
)


def of_change(old: Item | None, new: Item | None) -> list[MerchantsEvent]:
    """The events that a change in the merchants table means."""
    if new is None or new["record"]["S"] != MERCHANT:
        return []
    merchant = MerchantRow.from_item(new)
    if old is None:
        return [_registered(merchant)]
    before = MerchantRow.from_item(old)
    return [*_terms(before, merchant), *_status(before, merchant), *_closing(before, merchant)]


def _registered(row: MerchantRow) -> MerchantRegistered:
    return MerchantRegistered(
        merchant_id=row.merchant_id,
        name=row.name,
        category_code=row.category_code,
        fee=FeeTerms(**row.fee),
        settlement=row.settlement,
        country=row.country,
        city=row.city,
        settlement_account_id=row.settlement_account_id,
    )


def _terms(old: MerchantRow, new: MerchantRow) -> list[MerchantsEvent]:
    changed = [name for name in TERMS if getattr(old, name) != getattr(new, name)]
    if not changed:
        return []
    return [
        MerchantChanged(
            merchant_id=new.merchant_id,
            changed=changed,
            name=new.name,
            category_code=new.category_code,
            fee=FeeTerms(**new.fee),
            settlement=new.settlement,
        )
    ]


def _status(old: MerchantRow, new: MerchantRow) -> list[MerchantsEvent]:
    if Status.SUSPENDED not in (old.status, new.status) or old.status == new.status:
        return []
    kind, stopped = (MerchantSuspended, new) if new.status == Status.SUSPENDED else (MerchantResumed, old)
    authority = names(stopped.suspended_by)[-1]
    return [kind(merchant_id=new.merchant_id, reason=new.status_reason or "", authority=authority.value)]


def _closing(old: MerchantRow, new: MerchantRow) -> list[MerchantsEvent]:
    if new.closing_since and not old.closing_since:
        return [MerchantClosing(merchant_id=new.merchant_id, reason=new.status_reason or "")]
    if new.closed_at and not old.closed_at:
        return [MerchantClosed(merchant_id=new.merchant_id)]
    return []
