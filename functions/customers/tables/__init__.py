"""The customers room's tables. Personal data is sealed (bank.vault) and found by fingerprint alone.

A customer is one partition of `customers`: `profile`, `credentials`, a row for each known device, for each
notice and for each export of their data, and `exports`, which bounds these.
"""

from customers.tables.challenges import (
    CodeRow,
    FailuresRow,
    PhoneRow,
    SendLimitRow,
)
from customers.tables.own import (
    EXPORT,
    EXPORTS,
    NOTICE,
    ExportRow,
    ExportsRow,
    NoticeRow,
)
from customers.tables.people import (
    ACTIVE,
    CLOSED,
    CREDENTIALS,
    DEVICE,
    PAYMENT_TRIES,
    PROFILE,
    SUSPENDED,
    UNIT_SHARDS,
    ByUnit,
    CredentialsRow,
    CustomerRow,
    DeviceRow,
    credentials_key,
    device_key,
    profile_key,
    unit_shard,
    unit_shards,
)

__all__ = [
    "ACTIVE",
    "CLOSED",
    "CREDENTIALS",
    "DEVICE",
    "EXPORT",
    "EXPORTS",
    "NOTICE",
    "PAYMENT_TRIES",
    "PROFILE",
    "SUSPENDED",
    "UNIT_SHARDS",
    "ByUnit",
    "CodeRow",
    "CredentialsRow",
    "CustomerRow",
    "DeviceRow",
    "ExportRow",
    "ExportsRow",
    "FailuresRow",
    "NoticeRow",
    "PhoneRow",
    "SendLimitRow",
    "credentials_key",
    "device_key",
    "profile_key",
    "unit_shard",
    "unit_shards",
]
