"""The table of channel clients: identity keeps it, the verification of the audit trail reads it."""

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute

from bank.access.organisation import HEAD_OFFICE
from bank.store import Table, table_name

ACTIVE, REVOKED = "active", "revoked"


class ClientRow(Table):
    """A channel client. Secrets are kept as argon2id hashes only.

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
    secret_hash = UnicodeAttribute()
    previous_secret_hash = UnicodeAttribute(null=True)
    previous_until = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    rotated_at = UnicodeAttribute(null=True)
    revoked_at = UnicodeAttribute(null=True)

    def secret_hashes(self, now: str) -> list[str]:
        """The hashes of the secrets that count at `now`."""
        overlaps = self.previous_secret_hash and self.previous_until and now < self.previous_until
        return [self.secret_hash, *([self.previous_secret_hash] if overlaps else [])]
