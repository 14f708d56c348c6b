"""Authority against the acts that gave it: clients, members of staff, roles, units, approvals, rules.

A row that somebody wrote past the functions says something that no act in the audit trail says. Only what can
still be used is looked at. It may have been read before an act that is not old yet: it says what the old ones
left, or these and some of the others. So nobody is passed over who has an act done just before each run.
"""

from itertools import chain

from audit.service.verifying.aml import aml_parameters, sanctions_lists
from audit.service.verifying.approvals import approval_rules, approvals
from audit.service.verifying.clients import clearing_accounts, clients, keys
from audit.service.verifying.held import Acts, Held
from audit.service.verifying.rule_sets import rule_sets
from audit.service.verifying.run import Run
from audit.service.verifying.staff import roles, staff, units
from audit.settings import settings
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
        altered = _altered(held, acts, run)
        # A row that says it is of a time to come would be on its way for ever.
        on_its_way = run.late < held.since <= run.latest
        if altered is None and not on_its_way and held.since >= settings.signed_since:
            run.differs("authority", held.name, "put in: no act made it")
        elif altered:
            run.differs("authority", held.name, f"altered: {', '.join(altered)}")


def _altered(held: Held, acts: Acts, run: Run) -> list[str] | None:
    """Return what a row says else than its acts, as they were when it was read; None where none made it."""
    old = sum(act.at <= run.late for act in acts)
    altered = None
    for count in range(old, len(acts) + 1):
        told = held.told(acts[:count])
        if told is None:
            continue
        altered = sorted(name for name in held.says if held.says[name] != told.get(name))
        if not altered:
            break
    return altered


def _begun() -> str | None:
    """Time of the first administrator's entry: from then on, no operator lets a client in alone."""
    staff_id = None if config.simulated else bootstrap.first_administrator()
    acts = acts_on(staff_id) if staff_id else ()
    return next((act.at for act in acts if act.action == "staff.bootstrapped"), None)


def _alone(act: AuditEntryRow, begun: str | None) -> bool:
    """Return whether an operator did alone what takes two of staff: such an act counts for nothing."""
    of_operator = act.actor_kind == OPERATOR and act.action in OPENING
    return of_operator and begun is not None and act.at > begun
