"""Scopes: what a channel's client may be given, what a role of staff is made of, and which routes each opens.

A new room adds its own here. No root may begin another, or the pattern of one would open the other as well.
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
    "accounts:read": Opening(READ, ("accounts",)),
    "accounts:write": Opening(WRITE, ("accounts",)),
    "cases:read": Opening(READ, ("cases",)),
    "cases:write": Opening(WRITE, ("cases",)),
    "ledger:read": Opening(READ, ("ledger",)),
    "merchants:read": Opening(READ, ("merchants",)),
    "merchants:write": Opening(WRITE, ("merchants",)),
    "payments:read": Opening(READ, ("payments", "payment-codes")),
    "payments:write": Opening(WRITE, ("payments", "payment-codes")),
    "transfers:read": Opening(READ, ("transfers", "transfer-batches")),
    "transfers:write": Opening(WRITE, ("transfers", "transfer-batches")),
}
