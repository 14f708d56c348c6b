"""The act that a review was decided by. Money goes by the act, and not by a row that says so."""

from bank import errors
from bank.control import audit
from cases.domain import DECIDED, Decision
from cases.events import ReviewDecided


def require_act(told: ReviewDecided) -> None:
    """Require that somebody decided this, in this case: its entry in the audit trail says so.

    Raises errors.Altered where there is none, or the index does not show it yet: to be tried again.
    """
    what = f"{DECIDED[Decision(told.decision)]} {told.record_id}"
    if not any((act.after or {}).get("what") == what for act in audit.acts_on(told.case_id)):
        raise errors.Altered(f"no act in case {told.case_id} {what}")
