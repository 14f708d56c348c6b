"""Authority against the acts that gave it: clients, members of staff, roles, units, approvals, rules.

A row that somebody wrote past the functions says something that no act in the audit trail says. Only what can
still be used is looked at. It may have been read before an act that is not old yet: it says what the old ones
left, or these and some of the others. So nobody is passed over who has an act done just before each run.
"""

from itertools import chain

from audit.service.verifying.aml import aml_parameters, sanctions_lists
from audit.service.verifying.approvals import approval_rules, approvals
from audit.service.verifying.clients import clearing_accounts, clients, keys
from audit.service.verifying.held import compare
from audit.service.verifying.rule_sets import rule_sets
from audit.service.verifying.run import Run
from audit.service.verifying.staff import roles, staff, units
from bank.config import config
from bank.control import bootstrap
from bank.control.audit import OPERATOR, AuditEntryRow, acts_on

EVERYTHING = (
    clients,
    keys,
    clearing_accounts,
    staff,
    roles,
    units,
    approvals,
    approval_rules,
    rule_sets,
    aml_parameters,
    sanctions_lists,
)
# What operators do to clients only until there is staff.
OPENING = (
    "identity.client_registered",
    "identity.secret_rotated",
    "identity.key_added",
    "accounts.clearing_limits_set",
)


def verify_authority(run: Run) -> None:
    """Name each row that says something else than the acts on it, or that no act made."""
    begun = _begun()
    for held in chain.from_iterable(everything() for everything in EVERYTHING):
        acts = [act for act in acts_on(held.subject) if not _alone(act, begun)]
        compare(run, held, acts)


def _begun() -> str | None:
    """Time of the first administrator's entry: from then on, no operator lets a client in alone."""
    staff_id = None if config.simulated else bootstrap.first_administrator()
    acts = acts_on(staff_id) if staff_id else ()
    return next((act.at for act in acts if act.action == "staff.bootstrapped"), None)


def _alone(act: AuditEntryRow, begun: str | None) -> bool:
    """Return whether an operator did alone what takes two of staff: such an act counts for nothing."""
    of_operator = act.actor_kind == OPERATOR and act.action in OPENING
    return of_operator and begun is not None and act.at > begun
