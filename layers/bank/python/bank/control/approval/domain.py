"""The rules of maker and checker: who must check, who may, and what a check does. Nothing here reads a clock.

States: submitted -> approved | rejected | withdrawn | expired. The steps of an approval are fixed when it is
submitted, by the rules as they were then; each is passed by one checker, and no checker passes two.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bank import errors

# Permission of who checks what no rule says otherwise of.
DECIDE = "approvals:decide"
# Permission of who looks after staff whose permissions they do not hold; they check each other.
ADMINISTER = "staff:administer"
# Ends of kinds that are checked once more than those without it, by the head office; or as those, but there.
TWICE, IN_HEAD_OFFICE = ".twice", ".head_office"


class Status(StrEnum):
    """Statuses of an approval."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Level(StrEnum):
    """Level of a step: a checker who sees the record's unit, or one of the head office."""

    BRANCH = "branch"
    HEAD_OFFICE = "head_office"


class NotSubmitted(errors.Conflict):
    """409: the approval has ended, so that nothing can be decided any more."""

    code, title = "approval_ended", "Approval ended"


class StepTaken(errors.Conflict):
    """409: another checker has passed this step; what is asked for now is the next one."""

    code, title = "step_taken", "Step taken"


class AlreadyChecked(errors.Conflict):
    """409: this checker has passed a step of it already."""

    code, title = "already_checked", "Already checked"


class ContentChanged(errors.Conflict):
    """409: what is to be done is not what was submitted: the approval is void for it."""

    code, title = "content_changed", "Content changed"


class MakerIsChecker(errors.Forbidden):
    """403: who submitted it does not decide on it."""

    code, title = "maker_is_checker", "Maker is checker"


class TiedToMaker(errors.Forbidden):
    """403: who checks let the maker or another checker in lately, or they them, or somebody both."""

    code, title = "tied_to_maker", "Tied to maker"


class NotAChecker(errors.Forbidden):
    """403: this step is passed by somebody else: another level, or another permission."""

    code, title = "not_a_checker", "Not a checker"


@dataclass(frozen=True)
class Bracket:
    """From this amount on (minor units of the home currency), these levels check, in this order."""

    from_amount: int
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Rule:
    """Rule for a kind of approval: permission, levels by amount, time to decide, time to use the approval.

    With a delay, what was approved waits so many hours before it may be done: time to notice, and to stop it.
    """

    permission: str
    brackets: tuple[Bracket, ...]
    decide_hours: int = 72
    use_hours: int = 72
    delay_hours: int = 0
    version: str = "default"

    def levels(self, amount: int | None, *, in_home_currency: bool) -> tuple[Level, ...]:
        """The levels for an amount. Of another currency, which cannot be compared, all that there are."""
        if amount is not None and not in_home_currency:
            return self.brackets[-1].levels
        reached = [bracket for bracket in self.brackets if bracket.from_amount <= (amount or 0)]
        return reached[-1].levels

    def twice(self) -> "Rule":
        """The rule with one step more, of the head office."""
        more = (Bracket(each.from_amount, (*each.levels, Level.HEAD_OFFICE)) for each in self.brackets)
        return replace(self, brackets=tuple(more))

    def in_head_office(self) -> "Rule":
        """The rule with all its steps in the head office."""
        there = [(each.from_amount, [Level.HEAD_OFFICE] * len(each.levels)) for each in self.brackets]
        return replace(self, brackets=brackets(*there))

    def content(self) -> dict[str, Any]:
        """As it is kept and approved."""
        return {
            "permission": self.permission,
            "decide_hours": self.decide_hours,
            "use_hours": self.use_hours,
            **({"delay_hours": self.delay_hours} if self.delay_hours else {}),
            "brackets": [
                {"from_amount": bracket.from_amount, "levels": [level.value for level in bracket.levels]}
                for bracket in self.brackets
            ],
        }


def rule(content: Mapping[str, Any], version: str) -> Rule:
    """The rule that `content` tells of. Raises ValueError where it would leave an amount unchecked."""
    brackets = tuple(
        Bracket(int(each["from_amount"]), tuple(Level(level) for level in each["levels"]))
        for each in content["brackets"]
    )
    starts = [bracket.from_amount for bracket in brackets]
    if not starts or starts[0] != 0 or starts != sorted(set(starts)):
        raise ValueError("brackets start at 0 and rise")
    if not all(bracket.levels for bracket in brackets):
        raise ValueError("each bracket names who checks")
    return Rule(
        permission=content["permission"],
        brackets=brackets,
        decide_hours=int(content["decide_hours"]),
        use_hours=int(content["use_hours"]),
        delay_hours=int(content.get("delay_hours", 0)),
        version=version,
    )


@dataclass(frozen=True)
class Checker:
    """Somebody who wants to decide. `sees` is whether the record's unit is in the data scope.

    `tied` is whether they are tied to the maker or to an earlier checker (`bank.control.ties`).
    """

    staff_id: str
    head_office: bool
    permissions: frozenset[str]
    sees: bool
    tied: bool = False


@dataclass(frozen=True)
class Approval:
    """A submission and its progress. Instants as `clock.instant` writes them."""

    approval_id: str
    kind: str
    maker: str
    status: Status
    levels: tuple[Level, ...]
    permission: str
    step: int
    checkers: tuple[str, ...]
    expires_at: str
    used: bool = False

    @property
    def level(self) -> Level:
        """The level of the step that is due."""
        return self.levels[self.step]

    @property
    def last(self) -> bool:
        """Return whether the step that is due is the last one."""
        return self.step == len(self.levels) - 1

    def status_at(self, now: str) -> Status:
        """The status: past its time it has expired, whether or not the job was there already."""
        if self.status is Status.SUBMITTED and self.expires_at <= now:
            return Status.EXPIRED
        return self.status


def decision_refusal(
    approval: Approval, checker: Checker, now: str, *, stops: bool = False
) -> errors.BankError | None:
    """Return the refusal of a checker who may not pass or reject the due step, or None.

    Who `stops` it says no: also after all have passed it, until it is used, and after passing a step of it.
    """
    if approval.status_at(now) is not Status.SUBMITTED and not (stops and _waits(approval, now)):
        return NotSubmitted(f"it is {approval.status_at(now).value}", state=approval.status_at(now).value)
    if checker.staff_id == approval.maker:
        return MakerIsChecker("who submitted it does not decide on it")
    if checker.tied:
        return TiedToMaker(
            "who let somebody in lately does not check them, nor they them, nor do two of theirs"
        )
    if checker.staff_id in approval.checkers and not stops:
        return AlreadyChecked("this checker has passed a step of it")
    if not may_check(approval, checker):
        return NotAChecker(f"this step needs {approval.permission} at the level {approval.level.value}")
    return None


def _waits(approval: Approval, now: str) -> bool:
    """Return whether it is approved and may still be used."""
    return approval.status is Status.APPROVED and not approval.used and approval.expires_at > now


def may_check(approval: Approval, checker: Checker) -> bool:
    """Return whether the checker has the place and the permission that the due step needs."""
    placed = checker.head_office or approval.level is Level.BRANCH
    return placed and checker.sees and approval.permission in checker.permissions


def withdrawal_refusal(approval: Approval, staff_id: str, now: str) -> errors.BankError | None:
    """Return the refusal to take it back, or None: only its maker may, while it is open."""
    if staff_id != approval.maker:
        return errors.Forbidden("only who submitted it takes it back", code="not_the_maker")
    if approval.status_at(now) is not Status.SUBMITTED:
        return NotSubmitted(f"it is {approval.status_at(now).value}", state=approval.status_at(now).value)
    return None


def levels_of(names: Iterable[str]) -> tuple[Level, ...]:
    """Levels by their names."""
    return tuple(Level(name) for name in names)


def brackets(*pairs: tuple[int, Sequence[Level]]) -> tuple[Bracket, ...]:
    """Brackets written short."""
    return tuple(Bracket(start, tuple(levels)) for start, levels in pairs)
