"""Authority in this room: the head office decides for the whole bank, branches read their own."""

from bank import errors
from bank.access.principal import Ownership, Principal

HEAD_OFFICE = Ownership()


def require_head_office(principal: Principal) -> None:
    """Raise Forbidden for anybody but the head office's staff and the bank's own systems."""
    if not principal.sees(HEAD_OFFICE):
        raise errors.Forbidden("this is the head office's to do", code="head_office_only")
