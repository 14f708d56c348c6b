"""Payees, whom settlement pays out: when and to which account at a bank, against the acts on their owners.

There are as many as merchants and suppliers, and each takes two round trips: a run that has no time left goes
on with the next.
"""

from collections.abc import Callable

from audit.service.verifying.held import Acts, Facts, Held, compare, unbroken
from audit.service.verifying.run import At, Run
from bank import ids
from bank.control.audit import acts_on
from bank.ledger import PayeeRow

# The rooms that keep owners, as the names of their acts begin.
OWNERS = ("merchants.", "suppliers.")


def verify_payees(run: Run, at: At) -> At | None:
    """Name each payee behind `at` whose terms no act on its owner gave it, or that no act made."""
    key = {"payee_id": {"S": at["after"]}} if at else None
    for row in PayeeRow.scan(last_evaluated_key=key):
        compare(run, _held(row), acts_on(row.payee_id))
        if run.enough():
            return {"after": row.payee_id}
    return None


def _held(row: PayeeRow) -> Held:
    says = {
        "settlement": f"T+{int(row.days)}",
        "stopped": bool(row.stopped),
        "bank_account": ids.digest(row.bank_account) if row.bank_account else None,
        "as the acts found it": True,
    }
    return Held(row.payee_id, says, row.payee_id, row.created_at, _told(says))


def _told(says: Facts) -> Callable[[Acts], Facts | None]:
    def told(acts: Acts) -> Facts | None:
        of_owner = [act for act in acts if act.action.startswith(OWNERS)]
        if not of_owner:
            return None
        # Registrations of before told nothing of terms.
        facts: Facts = {"settlement": says["settlement"], "status": "active"}
        facts["bank_account"] = {"kept_digest": says["bank_account"]}
        for act in of_owner:
            facts |= act.after or {}
        return {
            "settlement": facts["settlement"],
            "stopped": facts["status"] == "suspended",
            "bank_account": (facts["bank_account"] or {}).get("kept_digest"),
            "as the acts found it": unbroken(of_owner),
        }

    return told
