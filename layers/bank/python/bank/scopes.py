"""Scopes: what a channel's client may be given, what a role of staff is made of, and which routes each opens.

A new room adds its own here.
"""

from dataclasses import dataclass

READ = ("GET",)
# Writing does not imply reading: a client that does both holds both scopes.
WRITE = ("POST", "PATCH")


@dataclass(frozen=True)
class Opening:
    """The methods and the first path segments that a scope opens, with all that lies below these."""

    methods: tuple[str, ...]
    roots: tuple[str, ...]


SCOPES: dict[str, Opening] = {
    "audit:verify": Opening(("POST",), ("audit",)),
    "audit:read": Opening(READ, ("audit",)),
    "approvals:configure": Opening(("POST",), ("approval-rules",)),
    "approvals:decide": Opening((), ()),
    "approvals:write": Opening(("POST",), ("approvals",)),
    "approvals:read": Opening(READ, ("approvals", "approval-rules")),
    "accounts:read": Opening(READ, ("accounts",)),
    "accounts:write": Opening(WRITE, ("accounts",)),
    "aml:manage": Opening(WRITE, ("sanctions-lists", "pattern-parameters")),
    "aml:read": Opening(READ, ("aml", "sanctions-lists", "pattern-parameters")),
    "aml:unmask": Opening(WRITE, ("screened-names",)),
    "aml:write": Opening(WRITE, ("aml",)),
    "cases:read": Opening(READ, ("cases",)),
    "cases:write": Opening(WRITE, ("cases",)),
    "customers:lookup": Opening(("POST",), ("customer-lookups",)),
    "customers:read": Opening(READ, ("customers",)),
    "customers:unmask": Opening(("POST",), ("unmaskings",)),
    "identities:unmask": Opening(("POST",), ("identity-unmaskings",)),
    "ledger:read": Opening(READ, ("ledger",)),
    # Letting people in: what a channel needs that has customers.
    "logins:write": Opening(("POST",), ("logins", "password-resets", "registrations", "verification-codes")),
    # What customers do with what is theirs.
    "me:read": Opening(READ, ("me",)),
    "me:write": Opening(WRITE, ("me",)),
    "merchants:read": Opening(READ, ("merchants",)),
    "merchants:write": Opening(WRITE, ("merchants",)),
    "payments:read": Opening(READ, ("payments", "payment-codes")),
    "payments:write": Opening(WRITE, ("payments", "payment-codes")),
    "risk:read": Opening(READ, ("risk",)),
    "risk:write": Opening(WRITE, ("risk",)),
    "roles:read": Opening(READ, ("roles",)),
    "roles:write": Opening(WRITE, ("roles",)),
    "staff:read": Opening(READ, ("staff",)),
    "staff:write": Opening(WRITE, ("staff",)),
    "staff-sessions:read": Opening(READ, ("staff-sessions",)),
    "staff-sessions:write": Opening(WRITE, ("staff-sessions",)),
    "units:read": Opening(READ, ("units",)),
    "units:write": Opening(WRITE, ("units",)),
    "transfers:read": Opening(READ, ("transfers", "transfer-batches")),
    "transfers:write": Opening(WRITE, ("transfers", "transfer-batches")),
    "verifications:read": Opening(READ, ("verifications",)),
    "verifications:write": Opening(WRITE, ("verifications",)),
}
