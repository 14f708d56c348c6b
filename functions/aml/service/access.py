"""Authority in this room: hits are for the bank's people, lists and parameters for its head office."""

from bank import errors
from bank.access import organisation
from bank.access.principal import Kind, Principal


def reach(principal: Principal) -> list[str]:
    """The units whose queues a caller works on: the subtree of staff, all for the bank's own systems."""
    if principal.kind is Kind.STAFF:
        return principal.units()
    return organisation.subtree(organisation.HEAD_OFFICE) if principal.bank_wide else []


def require_reviewer(principal: Principal) -> None:
    """Hits and decisions are for the bank's people and systems: no channel may tip anybody off."""
    if principal.kind is not Kind.STAFF and not principal.bank_wide:
        raise errors.Forbidden("this is for the bank's staff", code="staff_only")
