"""Acts: what an operation that writes does, and what it takes to do it.

Each route that writes declares its act (`bank.http.Api`). The edge asks for the signature, and has
`bank.control.trail` add the audit entry to every transaction of the act. `docs/acts.md`, made from the
declarations, is the table of them all.
"""

from enum import StrEnum
from typing import NamedTuple


class Effect(StrEnum):
    """Effects of acts. None but the first is anybody's to have for nothing."""

    RECORD = "keeps a record"
    MONEY = "moves money"
    GUARD = "lowers a guard"
    DOOR = "opens a door"


class Persons(StrEnum):
    """Persons whom an act takes: who does it, and who has approved it before (`bank.control.approval`)."""

    ONE = "one"
    TWO = "two"


class Trace(StrEnum):
    """Traces that acts leave: who did it, when and to what."""

    # An entry of the audit trail in each transaction of the act.
    ENTRY = "audit entry"
    # The record that the act makes, with who made it; a movement's journal too. No write besides.
    RECORD = "its record"
    # The act's `why` says what else tells of it.
    NONE = "none"


class Act(NamedTuple):
    """An act as its route declares it. A `signed` one is signed by clients that are registered as signed."""

    effect: Effect
    persons: Persons = Persons.ONE
    trace: Trace = Trace.ENTRY
    signed: bool = False
    why: str = ""
    # The first request of it is its proposal (`bank.control.gate`); of a channel too where `channels` is.
    proposed: bool = False
    channels: bool = False
    # Takes a factor although it opens nothing: it shuts people or systems out of the bank.
    shuts: bool = False

    @property
    def fresh(self) -> bool:
        """Return whether it takes a factor that a member of staff proved minutes ago (`sessions.FRESH`)."""
        return self.shuts or self.effect is not Effect.RECORD

    @property
    def ever_fresh(self) -> bool:
        """Return whether some of its requests take one: of a record, those that others have to approve."""
        return self.fresh or self.proposed


RECORD = Act(Effect.RECORD)
# Done by one person at once and undone by more, so that whoever finds a console open does not do it.
SHUT = Act(Effect.RECORD, shuts=True)
GUARD = Act(Effect.GUARD)
DOOR = Act(Effect.DOOR)
MONEY = Act(Effect.MONEY, trace=Trace.RECORD, signed=True)
SIGNED_GUARD = GUARD._replace(signed=True)
SIGNED_DOOR = DOOR._replace(signed=True)
# A code that a customer shows to pay, for a minute.
CODE_DOOR = SIGNED_DOOR._replace(
    trace=Trace.RECORD, why="the payment that uses it; one that none does opens nothing"
)
APPROVED_GUARD = GUARD._replace(persons=Persons.TWO)


def alone(act: Act, why: str) -> Act:
    """The act as one of weight that a member of staff does alone, and why that will do."""
    return act._replace(why=why)


def approved(act: Act, *, channels: bool = False) -> Act:
    """The act as one that takes two persons: a proposal, and then the same request with its approval.

    Where `channels`, what a channel asks for is approved by people as well.
    """
    return act._replace(persons=Persons.TWO, proposed=True, channels=channels)
