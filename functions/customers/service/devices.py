"""Devices that a customer logs in from: named by us, known by a secret that only the device has."""

import hashlib
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass

from bank import clock, errors, ids, store
from bank.store import Item, Transaction
from customers import tables
from customers.settings import settings
from customers.tables import DEVICE, DeviceRow

# More than anybody has; a list of them is one page.
MOST = 50


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


def see(customer_id: str, device_id: str) -> None:
    """Note that a session of the device goes on. Nothing rests on a single time."""
    transaction = Transaction()
    seen = [DeviceRow.seen_at.set(clock.instant())]
    key = tables.device_key(customer_id, device_id)
    transaction.update(key, seen, DeviceRow.secret_digest.exists(), store.stale)
    with suppress(store.Stale):
        transaction.commit()


def list_devices(customer_id: str) -> list[DeviceRow]:
    """The devices of a customer, newest first. One query."""
    rows = store.query(
        DeviceRow, customer_id, DeviceRow.record.startswith(DEVICE), newest_first=True, limit=MOST
    )
    return [row for row in rows if row.forgotten_at is None]


def forget(transaction: Transaction, customer_id: str, device_id: str) -> None:
    """A device is a new one from now on. Refused: DeviceNotFound."""
    transaction.update(
        tables.device_key(customer_id, device_id),
        [DeviceRow.forgotten_at.set(clock.instant()), DeviceRow.name.remove()],
        DeviceRow.secret_digest.exists() & DeviceRow.forgotten_at.does_not_exist(),
        _missing,
    )


def _missing(_: Item | None) -> Exception:
    return DeviceNotFound("there is no such device")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
