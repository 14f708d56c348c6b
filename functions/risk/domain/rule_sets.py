"""Rule sets: where one stands, and what may be done with it. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from bank import errors

PRODUCTS = ("payment", "transfer", "withdrawal", "benefit")
HISTORY = 50
MAX_SHADOWS = 3


class Status(StrEnum):
    """Statuses of a rule set. Approved for good once it has been activated."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACTIVATED = "activated"


class RuleSetStatus(errors.Conflict):
    """409: the rule set's status does not allow this."""

    code, title = "rule_set_status", "Rule set status"


class AlreadyLive(errors.Conflict):
    """409: this version is the live one already."""

    code, title = "rule_set_live", "Rule set is live"


class TooManyShadows(errors.Conflict):
    """409: as many versions run in the shadow of a product as may."""

    code, title = "too_many_shadows", "Too many shadows"


@dataclass(frozen=True)
class Pointer:
    """Live version of a product, and those in its shadow."""

    version: str | None
    shadows: tuple[str, ...]


def check_submittable(status: Status) -> None:
    """A draft is submitted; what was submitted may be again (rejected, withdrawn or expired before)."""
    if status is Status.ACTIVATED:
        raise RuleSetStatus("it has been approved and activated before: make it live again by a rollback")


def check_rollback(status: Status, rule_set_id: str, pointer: Pointer) -> None:
    """Only what was approved and live once is gone back to without a new approval."""
    if status is not Status.ACTIVATED:
        raise RuleSetStatus("it was never live: submit it and activate it by its approval")
    check_not_live(rule_set_id, pointer)


def check_not_live(rule_set_id: str, pointer: Pointer) -> None:
    """Raise AlreadyLive where it is."""
    if pointer.version == rule_set_id:
        raise AlreadyLive(f"{rule_set_id} is live already")


def shadows_with(pointer: Pointer, rule_set_id: str) -> tuple[str, ...]:
    """The shadows with this one among them."""
    check_not_live(rule_set_id, pointer)
    if rule_set_id in pointer.shadows:
        return pointer.shadows
    if len(pointer.shadows) >= MAX_SHADOWS:
        raise TooManyShadows(f"{MAX_SHADOWS} versions run in the shadow already")
    return (*pointer.shadows, rule_set_id)


def shadows_without(pointer: Pointer, rule_set_id: str) -> tuple[str, ...]:
    """The shadows without it."""
    return tuple(shadow for shadow in pointer.shadows if shadow != rule_set_id)
