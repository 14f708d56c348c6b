"""Owner ids: each is theirs who opened the first account of it, and nobody else opens one in its name.

So nobody lengthens another's lists, or passes an account off as another's. Who sees the first account's
channel or unit may open more: the channel itself, the unit's staff and those above, the bank's own systems.
"""

from accounts.tables import OwnerRow
from bank import clock, errors, ledger, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership, Principal
from bank.store import Transaction

# Ids of the platform's own begin so: whose rooms keep customers, merchants and clients open their accounts.
CUSTOMER = "cus_"
RESERVED = (CUSTOMER, "mer_", "cli_")
BANK = "bank"


class ReservedOwner(errors.Unprocessable):
    """422: an owner whose accounts are not opened here."""

    code, title = "owner_reserved", "Reserved owner"


class OwnerTaken(errors.Conflict):
    """409: an owner id that another has used before."""

    code, title = "owner_taken", "Owner taken"


def require_free(owner_id: str) -> None:
    """Require that channels may choose this id for an owner of theirs. Raises ReservedOwner."""
    if owner_id.startswith(RESERVED) or owner_id == BANK:
        raise ReservedOwner("the accounts of customers, merchants and clients are opened with them")


def claim(transaction: Transaction, owner_id: str, known: OwnerRow | None, principal: Principal) -> None:
    """Let the caller open an account of this owner in the transaction, which makes a new one theirs.

    `known` is the owner's row as it was read, if there is one; only where there is none is one written.
    Refused (Stale) where another is first meanwhile. Raises OwnerTaken.
    """
    row = known or _first(owner_id, principal)
    if not principal.sees(row.ownership):
        raise OwnerTaken(f"another has opened accounts of {owner_id} before")
    if known is None:
        transaction.create(row, store.stale)


def _first(owner_id: str, principal: Principal) -> OwnerRow:
    """The row of an owner that has none: by its oldest account, which was opened before there were any."""
    before = min(ledger.accounts.all_of(owner_id), key=lambda row: str(row.opened_at), default=None)
    whose = before.ownership if before else Ownership(principal.client_id, principal.unit or HEAD_OFFICE)
    return OwnerRow(
        owner_id=owner_id, client_id=whose.client_id, unit_id=whose.unit_id, since=clock.instant()
    )
