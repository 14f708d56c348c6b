"""How the lists of the audit room are tried."""

from audit.service import chaining
from bank import store
from bank.access.principal import Ownership
from bank.control import audit
from bank.control.audit import Actor
from tests.support import http
from tests.support.lists import Listed, Lists
from tests.support.organisation import OTHER_BRANCH, SUB_BRANCH
from tests.unit.audit import given

CLERK = {"principal": http.staff(SUB_BRANCH)}
APP = {"client_id": "cli_app", "principal": http.CHANNEL}


def _act(number: int, unit: str = SUB_BRANCH, client_id: str = "cli_app", subject: str = "acc_1") -> str:
    transaction = store.Transaction()
    entry_id = audit.record(
        transaction,
        actor=Actor("stf_1", "staff", unit=unit),
        action="accounts.frozen",
        subject_id=subject,
        ownership=Ownership(client_id, unit),
        after={"number": number},
    )
    transaction.commit()
    return entry_id


def _other(number: int) -> str:
    return _act(number, OTHER_BRANCH, "cli_other")


def _decided(number: int, **data: str) -> str:
    chaining.append([given.decision(number, **data)])
    return given.event_id(number)


LISTS: Lists = {
    "list_audit_entries": [
        Listed("entry_id", _act, _other, caller=CLERK),
        Listed("entry_id", _act, _other, caller=APP),
        Listed("entry_id", _act, _other, caller=APP, query={"subject": "acc_1"}),
        Listed("entry_id", _act, _other, caller=CLERK, query={"actor": "stf_1"}),
        Listed(
            "entry_id",
            _act,
            lambda number: _act(number, subject="acc_2"),
            caller={"principal": http.staff()},
            query={"subject": "acc_1", "unit": SUB_BRANCH},
        ),
    ],
    "list_decisions": [
        Listed(
            "event_id",
            lambda number: _decided(number, unit_id=SUB_BRANCH),
            lambda number: _decided(number, unit_id=OTHER_BRANCH),
            caller=CLERK,
            query={"day": "2026-01-15"},
            # What this process knows of another chain.
            before=chaining.forget,
        )
    ],
}
