"""Unmasking: a permission, within the data scope, and never without an entry in the audit trail."""

import json
from typing import Any

import pytest

from bank import store
from bank.config import config
from bank.control.audit import AuditEntryRow
from kyc import app
from tests.support import http
from tests.unit.kyc import given
from tests.unit.kyc.given import ANN, ID_NUMBER, PHONE, ZHANG

pytestmark = pytest.mark.usefixtures("aws")


def unmask(field: str = "id_number", **options: Any) -> http.Reply:
    body = {"customer_id": ANN, "field": field, "reason": "case cas_1"}
    options = {"principal": http.staff(), **options}
    return http.call(app.app, "POST", "/identity-unmaskings", body, **options)


def trail() -> list[AuditEntryRow]:
    items = store.client().scan(TableName=config.table_prefix + "audit-entries")["Items"]
    found = [AuditEntryRow.from_item(item) for item in items]
    return [entry for entry in found if entry.action == "kyc.unmasked"]


@pytest.mark.parametrize(("field", "value"), [("name", ZHANG), ("id_number", ID_NUMBER), ("phone", PHONE)])
def test_a_fact_is_shown_once_the_trail_says_to_whom_and_why(field: str, value: str) -> None:
    given.customer()
    given.verify(body=given.all_four())

    assert unmask(field).json["value"] == value
    (entry,) = trail()
    assert (entry.actor, entry.action, entry.subject_id) == ("stf_test", "kyc.unmasked", ANN)
    assert (entry.reason, entry.after) == ("case cas_1", {"fields": [field]})
    assert value not in json.dumps(entry.serialize(), default=repr)


def test_without_its_entry_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    given.customer()
    given.verify()
    monkeypatch.setattr(store.Transaction, "commit", lambda _: 1 / 0)

    reply = unmask()
    assert reply.status == 500
    assert ID_NUMBER not in reply.body


def test_another_branch_hears_that_there_is_no_such_customer() -> None:
    given.customer(unit_id="unit_north")
    given.verify()

    for principal in (http.staff("unit_south"), http.staff("unit_south", "stf_other")):
        reply = unmask(principal=principal)
        assert (reply.status, reply.json["code"]) == (404, "customer_unknown")
    assert trail() == []


def test_it_is_a_permission_of_staff() -> None:
    given.customer()
    given.verify()

    assert unmask(scope="verifications:read verifications:write").json["code"] == "insufficient_scope"
    assert unmask(principal=http.customer(ANN)).json["code"] == "caller_kind"
    assert unmask(principal={"bank_wide": "true"}).json["code"] == "caller_kind"


def test_what_was_never_given_cannot_be_shown() -> None:
    given.customer()
    given.verify()

    assert unmask("phone").json["code"] == "personal_data_erased"
    assert trail() == []
