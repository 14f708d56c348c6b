"""Tables of channel clients and their keys: identity keeps them, verifying the audit trail reads them.

So does who does later what a client has announced: by then it may be stopped.
"""

import hashlib
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank import ids
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.store import Table, table_name

INVITED, ACTIVE, SUSPENDED, REVOKED = "invited", "active", "suspended", "revoked"


class ByUnit(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The clients of a unit."""

    class Meta:
        index_name = "by_unit"
        projection = KeysOnlyProjection()

    unit_id = UnicodeAttribute(hash_key=True)
    client_id = UnicodeAttribute(range_key=True)


class ClientRow(Table):
    """A channel client. Secrets and enrolment codes are kept as argon2id hashes only.

    Invited, it has no secret yet, and a code with which it gets one; once there is a secret it is active.
    While a rotation overlaps, the secret before the current one counts too, until `previous_until`.
    """

    class Meta:
        table_name = table_name("identity-clients")

    client_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    scopes = UnicodeSetAttribute()
    # Which unit's staff keep it; what it opens and registers is that unit's too.
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    # One of the bank's own systems: it acts for every channel's customers.
    bank_wide = BooleanAttribute(default=False)
    # It has to sign what moves money.
    signed = BooleanAttribute(default=False)
    status = UnicodeAttribute()
    # The phone of who looks after it, sealed: enrolment codes go there and nowhere else.
    contact = BinaryAttribute(null=True, legacy_encoding=False)
    contact_masked = UnicodeAttribute(null=True)
    enrolment_hash = UnicodeAttribute(null=True)
    enrolment_until = UnicodeAttribute(null=True)
    # How long the secret of now counts once the enrolment has given the next one.
    enrolment_overlap_hours = NumberAttribute(null=True)
    secret_hash = UnicodeAttribute(null=True)
    previous_secret_hash = UnicodeAttribute(null=True)
    previous_until = UnicodeAttribute(null=True)
    # Counts the changes by staff, each conditioned on the one before.
    version = NumberAttribute(null=True)
    created_at = UnicodeAttribute()
    rotated_at = UnicodeAttribute(null=True)
    # The contact, masked, that was sent the code for the secret of now; none where an operator was told it.
    secret_contact = UnicodeAttribute(null=True)
    revoked_at = UnicodeAttribute(null=True)
    by_unit = ByUnit()

    @property
    def ownership(self) -> Ownership:
        """Ownership of the client's record, for data scopes: its unit's staff see it."""
        return Ownership(self.client_id, self.unit_id)

    @property
    def enrolment_digest(self) -> str | None:
        """Digest of the code that it was sent, with what else says what the code gives; None without."""
        if not self.enrolment_hash:
            return None
        hours = int(self.enrolment_overlap_hours or 0)
        return ids.digest([self.enrolment_hash, self.enrolment_until, hours])

    @property
    def secret_given(self) -> dict[str, Any] | None:
        """Facts of its secret for entries: when it got it, by a code to whom, until when another counts."""
        if not self.secret_hash:
            return None
        return {
            "at": self.rotated_at or self.created_at,
            "contact": self.secret_contact,
            "previous_until": self.previous_until if self.previous_secret_hash else None,
        }

    @property
    def stopped(self) -> bool:
        """Return whether nothing is done for it any more, until it is reinstated."""
        return self.status in (SUSPENDED, REVOKED)

    def secret_hashes(self, now: str) -> list[str]:
        """The hashes of the secrets that count at `now`."""
        overlaps = self.previous_secret_hash and self.previous_until and now < self.previous_until
        return [each for each in (self.secret_hash, self.previous_secret_hash if overlaps else None) if each]


class ClientKeyRow(Table):
    """A client's public key. It counts until `not_after`; several may, so that rotations overlap."""

    class Meta:
        table_name = table_name("client-keys")

    client_id = UnicodeAttribute(hash_key=True)
    key_id = UnicodeAttribute(range_key=True)
    algorithm = UnicodeAttribute()
    public_key = UnicodeAttribute()
    created_at = UnicodeAttribute()
    # Who proposed it: a member of staff, or an operator.
    added_by = UnicodeAttribute(null=True)
    not_after = UnicodeAttribute(null=True)

    @property
    def public_key_sha256(self) -> str:
        """Fingerprint of the public key as it was sent (`sha256sum public.pem`)."""
        return hashlib.sha256(self.public_key.encode()).hexdigest()

    def counts(self, at: str) -> bool:
        """Return whether a signature by it counts at an instant."""
        return self.not_after is None or at < self.not_after
