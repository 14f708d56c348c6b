"""Customers: their profiles, credentials and devices, in the table `customers`."""

from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank import ids
from bank.access.authority import UNKNOWN, Stops
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.credentials.totp import Enrolled
from bank.store import Key, Table, table_name

PROFILE, CREDENTIALS, DEVICE = "profile", "credentials", "device#"
ACTIVE, SUSPENDED, CLOSED = "active", "suspended", "closed"
# One unit may register all customers: its part of the index is spread, and readers go through the shards.
UNIT_SHARDS = 4
PAYMENT_TRIES = 5


class ByUnit(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Profiles of a unit, by id, so by time of registration."""

    class Meta:
        index_name = "by_unit"
        projection = KeysOnlyProjection()

    unit_shard = UnicodeAttribute(hash_key=True)
    customer_id = UnicodeAttribute(range_key=True)
    record = UnicodeAttribute()


class CustomerRow(Table):
    """Profile of a customer. After closure the sealed fields are gone; ids and fingerprint stay until
    `kept_until`."""

    class Meta:
        table_name = table_name("customers")

    customer_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True, default=PROFILE)
    client_id = UnicodeAttribute()
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    status = UnicodeAttribute(default=ACTIVE)
    # By whom they are suspended (bank.access.authority.Stops); none where that happened before this was kept.
    suspensions: JSONAttribute = JSONAttribute(null=True)
    # The key of the phone's row in `customer-phones`; without the sealed phone, of the number that they had.
    phone_key = UnicodeAttribute()
    phone_sealed = BinaryAttribute(null=True, legacy_encoding=False)
    birthday_sealed = BinaryAttribute(null=True, legacy_encoding=False)
    nickname = UnicodeAttribute(null=True)
    level = NumberAttribute(default=1)
    level_at = UnicodeAttribute()
    # How many wallets were ever opened: closing the customer must not miss one.
    wallet_count = NumberAttribute(default=1)
    registered_at = UnicodeAttribute()
    # Since when the phone is this one; at registration where it never changed.
    number_since = UnicodeAttribute(null=True)
    # Until when the limits are lowered, and after what.
    lowered_until = UnicodeAttribute(null=True)
    lowered_for = UnicodeAttribute(null=True)
    # Devices bound before are forgotten, but for the one that is named (customers.service.devices).
    devices_since = UnicodeAttribute(null=True)
    device_kept = UnicodeAttribute(null=True)
    closed_at = UnicodeAttribute(null=True)
    kept_until = UnicodeAttribute(null=True)
    purge_at = NumberAttribute(null=True)
    unit_shard = UnicodeAttribute()
    by_unit = ByUnit()

    @property
    def ownership(self) -> Ownership:
        """Ownership of the record, for data scopes."""
        return Ownership(self.client_id, self.unit_id, self.customer_id)

    @property
    def suspended_by(self) -> Stops:
        """By whom they are suspended, with their units; empty where they are not."""
        return (self.suspensions or UNKNOWN) if self.status == SUSPENDED else {}


class CredentialsRow(Enrolled):
    """Credentials of a customer. Nothing here can be used by whoever reads it."""

    class Meta:
        table_name = table_name("customers")

    customer_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True, default=CREDENTIALS)
    password_hash = UnicodeAttribute(null=True)
    totp_sealed = BinaryAttribute(null=True, legacy_encoding=False)
    # An authenticator that has not shown a code yet.
    totp_offered = BinaryAttribute(null=True, legacy_encoding=False)
    # Digests of recovery codes that are still good.
    recovery = UnicodeSetAttribute(null=True)
    payment_hash = UnicodeAttribute(null=True)
    payment_tries_left = NumberAttribute(default=PAYMENT_TRIES)
    # Wrong payment passwords since the last right one, which unlocking does not take back.
    payment_failures = NumberAttribute(null=True)
    # Keyed hash of the id number that kyc has verified, as kyc tells it, and since when it is known here.
    identity = UnicodeAttribute(null=True)
    identity_at = UnicodeAttribute(null=True)


class DeviceRow(Table):
    """A device that a customer logs in from. Its secret is kept as a digest."""

    class Meta:
        table_name = table_name("customers")

    customer_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    secret_digest = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    client_id = UnicodeAttribute()
    bound_at = UnicodeAttribute()
    # The last login from it, or refresh of a session.
    seen_at = UnicodeAttribute()
    # Until when it proves little, and who was not seen since still does: not for the device that the customer
    # registered with.
    new_until = UnicodeAttribute(null=True)
    forgotten_at = UnicodeAttribute(null=True)
    # Of a customer who has left.
    purge_at = NumberAttribute(null=True)

    @property
    def device_id(self) -> str:
        """`dev_...`: named in sessions and events."""
        return self.record.removeprefix(DEVICE)

    @property
    def is_new(self) -> bool:
        """Return whether it proves little: waiting makes no device trusted, being used for days does."""
        return bool(self.new_until) and self.seen_at < str(self.new_until)


def profile_key(customer_id: str) -> Key:
    """Key of a customer's profile."""
    return CustomerRow, customer_id, PROFILE


def credentials_key(customer_id: str) -> Key:
    """Key of a customer's credentials."""
    return CredentialsRow, customer_id, CREDENTIALS


def device_key(customer_id: str, device_id: str) -> Key:
    """Key of a customer's device."""
    return DeviceRow, customer_id, DEVICE + device_id


def unit_shards(unit_id: str) -> list[str]:
    """The index partitions of a unit's customers."""
    return [f"{unit_id}#{shard}" for shard in range(UNIT_SHARDS)]


def unit_shard(unit_id: str, customer_id: str) -> str:
    """The one that a customer is in."""
    return unit_shards(unit_id)[ids.shard(customer_id, UNIT_SHARDS)]
