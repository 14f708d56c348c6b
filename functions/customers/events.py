"""Events of the customers room, without personal data, and those it listens to."""

from typing import Any, ClassVar

from bank import events
from bank.events import DomainEvent
from customers.tables import (
    ACTIVE,
    CLOSED,
    DEVICE,
    EXPORT,
    NOTICE,
    PROFILE,
    SUSPENDED,
    CustomerRow,
    DeviceRow,
    ExportRow,
    NoticeRow,
)


class CustomersEvent(DomainEvent):
    """Base of this room's events."""

    room: ClassVar[str] = "customers"
    customer_id: str


class CustomerRegistered(CustomersEvent):
    """Somebody became a customer, through this channel; this unit keeps them."""

    client_id: str
    unit_id: str


class CustomerClosed(CustomersEvent):
    """A customer ended it. What other rooms keep of them beyond what the law keeps is to be erased."""

    client_id: str
    unit_id: str
    kept_until: str


class CustomerSuspended(CustomersEvent):
    """Staff let a customer in no more."""

    unit_id: str


class CustomerReinstated(CustomersEvent):
    """A customer may log in again."""

    unit_id: str


class PhoneChanged(CustomersEvent):
    """A customer has another phone. What is known of the one before is not known of this one."""

    unit_id: str


class ExportRequested(CustomersEvent):
    """A customer wants a copy of what is held of them: each room writes its part (bank.privacy.exports)."""

    export_id: str
    until: str


class PhoneReleased(CustomersEvent):
    """A customer's number was given to another person; they have none until they prove themselves."""

    unit_id: str


class LimitsLowered(CustomersEvent):
    """A customer's limits are lowered for a time: after a new device, a reset, another phone."""

    unit_id: str
    reason: str
    until: str


class DeviceBound(CustomersEvent):
    """A customer logged in from a new device."""

    device_id: str
    client_id: str


PUBLISHED: tuple[type[DomainEvent], ...] = (
    CustomerRegistered,
    CustomerSuspended,
    CustomerReinstated,
    CustomerClosed,
    PhoneChanged,
    PhoneReleased,
    LimitsLowered,
    DeviceBound,
    ExportRequested,
)
# What a change of status says, by the status after it.
OF_STATUS: dict[str, type[CustomerSuspended | CustomerReinstated]] = {
    SUSPENDED: CustomerSuspended,
    ACTIVE: CustomerReinstated,
}

# From kyc: {customer_id, level, unit_id, identity}.
LEVEL_CHANGED = "perkbank.kyc.LevelChanged.v1"


def of_record(record: dict[str, Any]) -> list[CustomersEvent]:
    """The events that a record of the customers' stream means."""
    _, image = events.images(record)
    kind = image["record"]["S"] if image else ""
    if kind == PROFILE:
        return _of_profile(*events.change(record, CustomerRow))
    if kind.startswith(DEVICE):
        return _of_device(*events.change(record, DeviceRow))
    if kind.startswith(EXPORT):
        return _of_export(*events.change(record, ExportRow))
    return []


def notice_of(record: dict[str, Any]) -> NoticeRow | None:
    """The notice that a record of the customers' stream is the first of, if it is one."""
    old, new = events.images(record)
    if old is not None or new is None or not new["record"]["S"].startswith(NOTICE):
        return None
    return NoticeRow.from_item(new)


def _of_profile(old: CustomerRow | None, new: CustomerRow | None) -> list[CustomersEvent]:
    assert new is not None
    if old is None:
        return [CustomerRegistered(customer_id=new.customer_id, client_id=new.client_id, unit_id=new.unit_id)]
    if old.status != new.status and new.status in OF_STATUS:
        return [OF_STATUS[new.status](customer_id=new.customer_id, unit_id=new.unit_id)]
    if (old.status, new.status) == (ACTIVE, CLOSED):
        return [
            CustomerClosed(
                customer_id=new.customer_id,
                client_id=new.client_id,
                unit_id=new.unit_id,
                kept_until=new.kept_until or "",
            )
        ]
    return [*_of_phone(old, new), *_of_limits(old, new)]


def _of_phone(old: CustomerRow, new: CustomerRow) -> list[CustomersEvent]:
    if old.phone_sealed is not None and new.phone_sealed is None:
        return [PhoneReleased(customer_id=new.customer_id, unit_id=new.unit_id)]
    if old.phone_key == new.phone_key:
        return []
    return [PhoneChanged(customer_id=new.customer_id, unit_id=new.unit_id)]


def _of_limits(old: CustomerRow, new: CustomerRow) -> list[CustomersEvent]:
    if not new.lowered_until or old.lowered_until == new.lowered_until:
        return []
    reason, until = new.lowered_for or "", new.lowered_until
    return [LimitsLowered(customer_id=new.customer_id, unit_id=new.unit_id, reason=reason, until=until)]


def _of_device(old: DeviceRow | None, new: DeviceRow | None) -> list[CustomersEvent]:
    if old is not None or new is None:
        return []
    return [DeviceBound(customer_id=new.customer_id, device_id=new.device_id, client_id=new.client_id)]


def _of_export(old: ExportRow | None, new: ExportRow | None) -> list[CustomersEvent]:
    if old is not None or new is None:
        return []
    return [ExportRequested(customer_id=new.customer_id, export_id=new.export_id, until=new.until)]
