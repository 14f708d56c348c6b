"""Profiles of customers, their tries, and the uses of id numbers."""

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from bank.access.organisation import HEAD_OFFICE
from bank.store import Key, Table, table_name

PROFILE, TRIES, USES = "profile", "tries#", "uses"


class ProfileRow(Table):
    """Verified identity of a customer. Every change raises `revision` and is made on the one read."""

    class Meta:
        table_name = table_name("kyc")

    subject = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True, default=PROFILE)
    client_id = UnicodeAttribute(default="")
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    level = NumberAttribute(default=0)
    channels: JSONAttribute = JSONAttribute(null=True)
    face_to_face = BooleanAttribute(default=False)
    id_fingerprint = UnicodeAttribute(null=True)
    name_sealed = BinaryAttribute(null=True, legacy_encoding=False)
    id_number_sealed = BinaryAttribute(null=True, legacy_encoding=False)
    phone_sealed = BinaryAttribute(null=True, legacy_encoding=False)
    document_expires_on = UnicodeAttribute(null=True)
    verified_at = UnicodeAttribute(null=True)
    # When the level was told again, for rooms that had not listened.
    told_at = UnicodeAttribute(null=True)
    closed_at = UnicodeAttribute(null=True)
    kept_until = UnicodeAttribute(null=True)
    revision = NumberAttribute(default=0)
    purge_at = NumberAttribute(null=True)


class TriesRow(Table):
    """Tries that a customer has left on a business date."""

    class Meta:
        table_name = table_name("kyc")

    subject = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    left = NumberAttribute()
    purge_at = NumberAttribute()


class UsesRow(Table):
    """Customers that an id number (its fingerprint) may still verify.

    `left` by name and number alone, which strangers know, too; `left_confirmed` by more than that.
    """

    class Meta:
        table_name = table_name("kyc")

    subject = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True, default=USES)
    left = NumberAttribute()
    left_confirmed = NumberAttribute(null=True)


class UseRow(Table):
    """Mark that an id number has verified this customer, and until when."""

    class Meta:
        table_name = table_name("kyc")

    subject = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    since = UnicodeAttribute()
    # Whether a further channel has confirmed it: then it counts among those.
    confirmed = BooleanAttribute(null=True)
    released_at = UnicodeAttribute(null=True)
    purge_at = NumberAttribute(null=True)


def profile_key(customer_id: str) -> Key:
    """Key of a customer's profile."""
    return ProfileRow, customer_id, PROFILE


def tries_key(customer_id: str, day: str) -> Key:
    """Key of a customer's tries on a business date."""
    return TriesRow, customer_id, TRIES + day


def uses_key(id_fingerprint: str) -> Key:
    """Key of the count of an id number's customers."""
    return UsesRow, f"idn_{id_fingerprint}", USES


def use_key(id_fingerprint: str, customer_id: str) -> Key:
    """Key of the mark that an id number has verified this customer."""
    return UseRow, f"idn_{id_fingerprint}", customer_id
