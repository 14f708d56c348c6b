"""From application to admission: what a supplier is admitted on, by whom, and once."""

from datetime import date
from typing import Any

import pytest

from bank import ledger, store
from bank.benefits import suppliers as benefits
from bank.control.audit import acts_on
from bank.ledger import AccountRow
from bank.store import recent
from suppliers.app import app
from tests.support import http
from tests.support.http import approved, call
from tests.support.organisation import units
from tests.support.streams import Cloud
from tests.unit.suppliers.given import (
    CODE,
    WHY,
    Clock,
    act,
    announce,
    applicant,
    apply,
    documented,
    get,
    payee,
    read_by_benefits,
    row,
    supplier,
    upload,
)


def test_an_application_can_be_read_and_is_nobody_s_supplier_yet(bank: Cloud) -> None:
    made = apply()

    assert (made.status, made.json["status"]) == (201, "applied")
    assert made.json["bank_account"]["account_number"] == "***************0123"
    assert made.json["settlement_account_id"] is None
    assert get(f"/suppliers/{made.json['supplier_id']}").json == made.json
    assert read_by_benefits(made.json["supplier_id"]) is None
    assert payee(made.json["supplier_id"]) is None


def test_a_repeat_applies_once_and_has_the_first_answer(bank: Cloud) -> None:
    first, again = apply(key="k"), apply(key="k")

    assert (again.status, again.json) == (201, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert apply(key="k", name="Another").json["code"] == "idempotency_key_reused"
    assert len(get("/suppliers", status="applied").json["items"]) == 1


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"credit_code": "91310000132612172K"}, "invalid_request"),
        ({"credit_code": "91310000132612I72J"}, "invalid_request"),
        ({"contract_until": "2026-10-31"}, "contract_dates"),
        ({"contract_until": "2037-01-01"}, "contract_dates"),
        ({"contract_from": "2026-02-30"}, "invalid_request"),
        ({"contract_from": 1793462400}, "invalid_request"),
        ({"settlement": "T+2"}, "invalid_request"),
        ({"currency": "XXX"}, "invalid_request"),
        ({"contact": None}, "invalid_request"),
        ({"name": "\u202egnp.exe"}, "invalid_request"),
    ],
)
def test_terms_that_cannot_be_are_refused(bank: Cloud, terms: dict[str, Any], code: str) -> None:
    refused = apply(**terms)
    assert (refused.status, refused.json["code"]) == (422, code)


def test_an_admitted_supplier_has_an_account_is_paid_out_and_may_be_named(bank: Cloud) -> None:
    supplier_id = supplier()

    shown = get(f"/suppliers/{supplier_id}").json
    assert (shown["status"], shown["credit_code"]) == ("active", CODE)
    account = ledger.accounts.find(shown["settlement_account_id"])
    assert (account.owner_id, account.kind, account.currency) == (supplier_id, "settlement", "CNY")
    paid = payee(supplier_id)
    assert paid is not None
    assert (int(paid.days), paid.payable, paid.revision) == (1, True, row(supplier_id).revision)
    named = read_by_benefits(supplier_id)
    assert named is not None
    assert (named.status, named.unit_id, named.currency) == ("active", "unit_head", "CNY")
    assert (named.contract_from, named.contract_until) == ("2026-11-01", "2027-10-31")
    assert "suppliers.admitted" in [each.action for each in acts_on(supplier_id)]


def test_nobody_is_admitted_alone_nor_by_who_proposed_it(bank: Cloud) -> None:
    supplier_id = documented()
    proposal = act(supplier_id, "admit", approve=False)

    assert (proposal.status, proposal.json["kind"]) == (202, "suppliers.admit_supplier")
    unapproved = act(supplier_id, "admit", headers={"approval-id": proposal.json["approval_id"]})
    assert (unapproved.status, unapproved.json["code"]) == (409, "not_approved")
    assert row(supplier_id).status == "applied"


def test_nobody_is_admitted_without_a_licence_and_a_contract_that_are_there(bank: Cloud) -> None:
    supplier_id = applicant()
    licence = announce(supplier_id, "business_licence").json
    contract = announce(supplier_id, "contract").json

    assert act(supplier_id, "admit").json["code"] == "documents_missing"
    upload(supplier_id, licence["document_id"])
    upload(supplier_id, contract["document_id"], b"something else")
    assert act(supplier_id, "admit").json["detail"] == "not uploaded yet: contract"
    upload(supplier_id, contract["document_id"])
    assert act(supplier_id, "admit").status == 200


def test_what_was_approved_is_what_is_admitted(bank: Cloud) -> None:
    """A document that came after the checkers had looked makes it another application."""
    supplier_id = documented()
    proposal = act(supplier_id, "admit", approve=False).json
    upload(supplier_id, announce(supplier_id, "other").json["document_id"])

    approval_id = approved(proposal)
    late = act(supplier_id, "admit", approve=False, headers={"approval-id": approval_id})
    assert (late.status, late.json["code"]) == (409, "content_changed")
    assert row(supplier_id).status == "applied"


def test_of_two_admissions_at_once_one_is_done(bank: Cloud) -> None:
    supplier_id = documented()
    colleague = http.staff(staff_id="stf_second")
    proposals = [
        act(supplier_id, "admit", approve=False).json,
        act(supplier_id, "admit", approve=False, principal=colleague).json,
    ]
    first, second = (approved(proposal) for proposal in proposals)

    done = act(supplier_id, "admit", approve=False, headers={"approval-id": first})
    assert done.status == 200
    other = act(supplier_id, "admit", approve=False, headers={"approval-id": second}, principal=colleague)
    assert (other.status, other.json["code"]) == (409, "supplier_status")
    assert len([each for each in acts_on(supplier_id) if each.action == "suppliers.admitted"]) == 1
    assert len([each for each in AccountRow.scan() if each.owner_id == supplier_id]) == 1


def test_an_admission_that_meets_another_after_its_read_is_decided_again(
    bank: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    supplier_id = documented()
    first, second = (
        approved(act(supplier_id, "admit", approve=False, principal=http.staff(staff_id=name)).json)
        for name in ("stf_one", "stf_two")
    )
    commit = store.Transaction.commit

    def interrupted(transaction: store.Transaction, **told: Any) -> None:
        monkeypatch.setattr(store.Transaction, "commit", commit)
        other = {"headers": {"approval-id": second}, "principal": http.staff(staff_id="stf_two")}
        assert act(supplier_id, "admit", approve=False, **other).status == 200
        transaction.commit(**told)

    monkeypatch.setattr(store.Transaction, "commit", interrupted)
    late = act(
        supplier_id,
        "admit",
        approve=False,
        headers={"approval-id": first},
        principal=http.staff(staff_id="stf_one"),
    )
    assert (late.status, late.json["code"]) == (409, "supplier_status")


def test_a_rejected_applicant_is_not_admitted_and_may_apply_again(bank: Cloud) -> None:
    supplier_id = documented()

    assert act(supplier_id, "reject").json["status"] == "rejected"
    assert act(supplier_id, "admit").json["code"] == "supplier_status"
    assert announce(supplier_id, "other").json["code"] == "supplier_status"
    assert supplier() != supplier_id


def test_nobody_is_admitted_on_a_contract_that_is_over(bank: Cloud, at: Clock) -> None:
    supplier_id = documented(contract_until="2026-11-20")

    at("2026-11-21T00:00")
    assert act(supplier_id, "admit").json["code"] == "contract_over"
    at("2026-11-20T23:59:59.999999")
    assert act(supplier_id, "admit").status == 200


def test_a_contract_begins_and_ends_at_midnight_in_shanghai(bank: Cloud) -> None:
    named = read_by_benefits(supplier(contract_from="2026-12-01", contract_until="2026-12-31"))

    def code(day: str) -> str | None:
        refused = benefits.refusal(named, on=date.fromisoformat(day))
        return refused.code if refused else None

    assert [code(day) for day in ("2026-11-30", "2026-12-01", "2026-12-31", "2027-01-01")] == [
        "supplier_contract_to_come",
        None,
        None,
        "supplier_contract_over",
    ]


def test_a_supplier_serves_its_unit_and_those_below(bank: Cloud) -> None:
    units()
    of_branch = read_by_benefits(supplier(principal=http.staff("unit_hz")))
    of_bank = read_by_benefits(supplier())
    assert of_branch is not None
    assert of_bank is not None

    serves = {
        unit: of_branch.supplies_unit(unit) for unit in ("unit_hz", "unit_hz_west", "unit_nb", "unit_head")
    }
    assert serves == {"unit_hz": True, "unit_hz_west": True, "unit_nb": False, "unit_head": False}
    assert all(of_bank.supplies_unit(unit) for unit in serves)


def test_that_there_is_none_is_not_kept_and_one_that_is_there_is(bank: Cloud) -> None:
    key = store.lately(benefits.SupplierRow, supplier_id := documented())
    assert store.get_many([key]) == [None]
    act(supplier_id, "admit")
    assert store.get_many([key])[0] is not None
    act(supplier_id, "suspend")
    recent.forget()
    [again] = store.get_many([key])
    assert isinstance(again, benefits.SupplierRow)
    assert again.status == "suspended"


def test_no_channel_and_no_customer_deals_with_suppliers(bank: Cloud) -> None:
    supplier_id = supplier()
    for principal in (http.CHANNEL, http.customer("cus_1"), {"bank_wide": "true"}):
        for method, path, body in (
            ("GET", "/suppliers", None),
            ("GET", f"/suppliers/{supplier_id}", None),
            ("POST", f"/suppliers/{supplier_id}/suspend", WHY),
        ):
            refused = call(app, method, path, body, principal=principal)
            assert (refused.status, refused.json["code"]) == (403, "caller_kind")
