"""Authorities: who may stop an account or a merchant, and who may let it go on.

What an authority has stopped, it or a higher one lets go on; several may have stopped the same thing at once.
The owner stands lowest, then the channel, the branch (of branches, the unit above), the head office's staff,
and highest the court, whose orders the head office's staff enter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bank import errors
from bank.access import organisation
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import HeadOfficeOnly, Kind, Principal


class Authority(StrEnum):
    """Authorities, lowest first."""

    OWNER = "owner"
    CHANNEL = "channel"
    BRANCH = "branch"
    HEAD_OFFICE = "head_office"
    COURT = "court"


ORDER = list(Authority)
# Authority to its unit, for what has been stopped: short, since it stands on rows that payments write.
Stops = Mapping[str, str]
# Stopped before it was kept by whom: it may have been the highest of those who could.
UNKNOWN: Stops = {Authority.HEAD_OFFICE.value: HEAD_OFFICE}


class HigherAuthority(errors.Forbidden):
    """403: a higher authority has stopped it, which alone lets it go on."""

    code, title = "higher_authority", "Higher authority"


@dataclass(frozen=True)
class Standing:
    """The authority that a caller acts with; of staff, their unit."""

    authority: Authority
    unit_id: str = ""

    def above(self, authority: str, unit_id: str) -> bool:
        """Return whether it may undo what `authority` (of `unit_id`) has done."""
        mine, theirs = ORDER.index(self.authority), ORDER.index(Authority(authority))
        if mine == theirs and self.authority is Authority.BRANCH:
            return organisation.contains(self.unit_id, unit_id)
        return mine >= theirs

    def require_above(self, stops: Stops) -> None:
        """Raise HigherAuthority unless it may undo all of them."""
        higher = [authority for authority, unit_id in stops.items() if not self.above(authority, unit_id)]
        if higher:
            raise HigherAuthority(
                f"stopped by {', '.join(higher)}, which alone or a higher one lets it go on"
            )


def standing(principal: Principal, *, court: bool = False) -> Standing:
    """The standing of a caller; with a `court`'s order, the court's. Raises HeadOfficeOnly.

    One of the bank's own systems is a channel like any other: it is no person of the head office.
    """
    of_head_office = principal.kind is Kind.STAFF and principal.unit == HEAD_OFFICE
    if court and not of_head_office:
        raise HeadOfficeOnly("the staff of the head office enter the orders of courts")
    if court:
        return Standing(Authority.COURT, principal.unit)
    if principal.kind is Kind.STAFF:
        return Standing(Authority.HEAD_OFFICE if of_head_office else Authority.BRANCH, principal.unit)
    return Standing(Authority.OWNER if principal.kind is Kind.CUSTOMER else Authority.CHANNEL)


def stopped(stops: Stops, by: Standing) -> dict[str, str] | None:
    """Return the stops with one of `by`, or None where its authority has stopped it already.

    The stop of a branch becomes that of a branch above it.
    """
    unit_id = stops.get(by.authority)
    taken_over = unit_id not in (None, by.unit_id) and by.above(by.authority, unit_id or "")
    if unit_id is not None and not taken_over:
        return None
    return {**stops, by.authority.value: by.unit_id}


def resumed(stops: Stops, by: Standing, authority: Authority | None = None) -> dict[str, str] | None:
    """Return the stops without that of `authority` (`by`'s own unless given), or None where it has none.

    Raises HigherAuthority, also where `by` has none and one above it has.
    """
    wanted = authority or by.authority
    if wanted not in stops:
        by.require_above(stops)
        return None
    by.require_above({wanted.value: stops[wanted]})
    return {name: unit_id for name, unit_id in stops.items() if name != wanted}


def of_head_office(authority: Authority) -> bool:
    """Return whether its stops are lifted in the head office alone: a court's orders are kept there."""
    return ORDER.index(authority) >= ORDER.index(Authority.HEAD_OFFICE)


def names(stops: Stops) -> list[Authority]:
    """The authorities that have stopped it, lowest first."""
    return [authority for authority in ORDER if authority in stops]
