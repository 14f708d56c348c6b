"""Devices that a customer logs in from: named by us, known by a secret that only the device has.

Whoever was let in by mistake has one too. So one is forgotten by itself, or, where it may be another person
who had them, all are at once, whatever is bound meanwhile: the profile says since when devices count, and
which one does besides.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import clock, errors, ids, store
from bank.access import sessions
from bank.access.principal import Principal
from bank.access.sessions import SessionRow
from bank.store import Item, Transaction
from customers import tables
from customers.settings import settings
from customers.tables import DEVICE, CustomerRow, DeviceRow

# Devices that a transaction forgets together with its own operations.
MOST_AT_ONCE = 50


class DeviceNotFound(errors.NotFound):
    """404: this customer has no such device."""

    code = "device_not_found"


@dataclass(frozen=True)
class Entrance:
    """The device that a login comes from: its row, and the token that it gets if it is new."""

    row: DeviceRow
    token: str | None

    @property
    def device_id(self) -> str:
        """Its id."""
        return self.row.device_id


def id_of(token: str | None) -> str:
    """The id that a device token names; what cannot be one names a device that nobody has."""
    device_id = (token or "").partition(".")[0]
    return device_id if device_id.startswith("dev_") and len(device_id) <= 64 else "dev_none"


def is_known(row: DeviceRow | None, token: str | None, client_id: str) -> bool:
    """Return whether the token is this device's, not forgotten, and comes through the device's channel."""
    given = _digest((token or "").partition(".")[2])
    same = hmac.compare_digest(given, row.secret_digest if row else "")
    return row is not None and same and row.forgotten_at is None and row.client_id == client_id


def bind(
    transaction: Transaction, *, customer_id: str, client_id: str, name: str | None, first: bool = False
) -> Entrance:
    """A new device, created by the transaction. The `first` one, of the registration, proves at once."""
    secret, now = secrets.token_urlsafe(32), clock.now()
    device_id = ids.new("dev")
    row = DeviceRow(
        customer_id=customer_id,
        record=DEVICE + device_id,
        secret_digest=_digest(secret),
        name=name,
        client_id=client_id,
        bound_at=clock.instant(now),
        seen_at=clock.instant(now),
        new_until=None if first else clock.instant(now + settings.lowered),
    )
    transaction.create(row, store.stale)
    return Entrance(row, f"{device_id}.{secret}")


def enter(transaction: Transaction, row: DeviceRow) -> Entrance:
    """A known device comes again, while it is not forgotten."""
    key = tables.device_key(row.customer_id, row.device_id)
    transaction.update(
        key, [DeviceRow.seen_at.set(clock.instant())], DeviceRow.forgotten_at.does_not_exist(), store.stale
    )
    return Entrance(row, None)


def see(transaction: Transaction, customer_id: str, device_id: str) -> None:
    """A session of the device goes on, while it is not forgotten. Refused: DeviceNotFound."""
    transaction.update(
        tables.device_key(customer_id, device_id),
        [DeviceRow.seen_at.set(clock.instant())],
        _known(),
        _missing,
    )


def of_session(principal: Principal) -> str | None:
    """The device that the caller's session is of. One round trip."""
    session = store.get_many([sessions.key(principal)])[0]
    return session.device_id if isinstance(session, SessionRow) else None


def list_devices(customer_id: str) -> list[DeviceRow]:
    """The devices of a customer that are not forgotten, newest first. A read and a query."""
    customer = store.get(CustomerRow, customer_id, tables.PROFILE)
    kept = (row for row in _all(customer_id) if row.forgotten_at is None)
    return [row for row in kept if customer is None or counts(customer, row)]


def last_seen(customer_id: str) -> str | None:
    """The last login or refresh from any device: forgetting one takes nothing away of it. One query."""
    return max((row.seen_at for row in _all(customer_id)), default=None)


def _all(customer_id: str) -> Iterator[DeviceRow]:
    return store.query(DeviceRow, customer_id, DeviceRow.record.startswith(DEVICE), newest_first=True)


def all_but(device_id: str | None) -> list[Action]:
    """For the write to the profile that has all devices forgotten but one, and those to come."""
    kept = CustomerRow.device_kept
    return [
        CustomerRow.devices_since.set(clock.instant()),
        kept.set(device_id) if device_id else kept.remove(),
    ]


def counts(customer: CustomerRow, row: DeviceRow) -> bool:
    """Return whether the device was not forgotten together with others."""
    since = customer.devices_since
    return not since or row.bound_at > since or row.device_id == customer.device_kept


def still_counts(device_id: str, since: str) -> Condition:
    """The condition of `counts`, on the profile: of a device, or a session of it, from an instant `since`."""
    condition: Condition = (
        CustomerRow.devices_since.does_not_exist()
        | (CustomerRow.devices_since < since)
        | (CustomerRow.device_kept == device_id)
    )
    return condition


def forget(transaction: Transaction, customer_id: str, device_id: str) -> None:
    """A device is a new one from now on. Refused: DeviceNotFound."""
    transaction.update(
        tables.device_key(customer_id, device_id),
        [DeviceRow.forgotten_at.set(clock.instant()), DeviceRow.name.remove()],
        _known(),
        _missing,
    )


def _known() -> Condition:
    condition: Condition = DeviceRow.secret_digest.exists() & DeviceRow.forgotten_at.does_not_exist()
    return condition


def _missing(_: Item | None) -> Exception:
    return DeviceNotFound("there is no such device")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
