"""Freezes of accounts, each of an authority, and their closures."""

from typing import Annotated

from pydantic import Field

from bank.access.authority import Authority
from bank.http import Body, Text


class Reason(Body):
    """Reason of a change of status; it is kept with the account."""

    # Short, since it stands on the row that every payment of the account writes: 1 KB at most.
    reason: Annotated[Text, Field(max_length=64, json_schema_extra={"maxLength": 64})]


CourtOrder = Annotated[
    Text | None,
    Field(max_length=64, description="Reference of a court's order", examples=[None]),
]


class Freeze(Reason):
    """A freeze in the caller's authority; by a court's order, in the court's (head-office staff alone)."""

    court_order: CourtOrder = None

    @property
    def takes_approval(self) -> bool:
        """Return whether it is a court's, which the head office cannot lift without another order."""
        return self.court_order is not None


class Unfreeze(Reason):
    """The end of a freeze: the caller's own, or a lower authority's; of a court's, by its order."""

    authority: Authority | None = Field(default=None, strict=False, examples=[None])
    court_order: CourtOrder = None
