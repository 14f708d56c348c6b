"""What is changed of an admitted supplier: terms, suspensions, its exit; and what others read follows."""

import base64
from typing import Any

import pytest

from bank import clock, ledger, store, vault
from bank.counterparties import bank_accounts
from bank.store import idempotency
from suppliers import app as room
from suppliers.app import app
from suppliers.tables import DossierRow
from tests.support import http
from tests.support.http import call, context
from tests.support.organisation import BRANCH, SUB_BRANCH, units
from tests.support.streams import Cloud
from tests.unit.suppliers.given import (
    BANK_ACCOUNT,
    NUMBER,
    WHY,
    Clock,
    act,
    applicant,
    apply,
    documented,
    get,
    leave,
    patch,
    payee,
    read_by_benefits,
    row,
    supplier,
)


def follows(supplier_id: str) -> bool:
    """Whether what benefits and settlement read is what the supplier's own row says."""
    own, named, paid = row(supplier_id), read_by_benefits(supplier_id), payee(supplier_id)
    assert named is not None
    assert paid is not None
    return (named.name, named.status, named.contract_until, named.at_exit, named.revision) == (
        own.name,
        own.status,
        own.contract_until,
        own.at_exit,
        own.revision,
    ) and (f"T+{int(paid.days)}", paid.stopped, paid.bank_account, paid.revision) == (
        own.settlement,
        own.status == "suspended",
        own.bank_account,
        own.revision,
    )


def test_terms_are_changed_with_an_approval_and_a_day_s_delay(bank: Cloud, at: Clock) -> None:
    supplier_id = supplier()
    terms = {"settlement": "T+0", "bank_account": BANK_ACCOUNT | {"account_number": "6222021234567890124"}}
    proposal = call(app, "PATCH", f"/suppliers/{supplier_id}", terms, approve=False)
    headers = {"approval-id": http.approved(proposal.json)}

    early = call(app, "PATCH", f"/suppliers/{supplier_id}", terms, headers=headers)
    assert (early.json["code"], row(supplier_id).settlement) == ("not_approved", "T+1")
    at("2026-11-21T09:01")
    assert call(app, "PATCH", f"/suppliers/{supplier_id}", terms, headers=headers).status == 200

    changed = row(supplier_id)
    assert (changed.settlement, changed.bank_account["account_number"]) == ("T+0", "***************0124")
    assert follows(supplier_id)


def test_a_contract_is_prolonged_or_cut_short(bank: Cloud) -> None:
    supplier_id = supplier()

    assert patch(supplier_id, contract_until="2028-10-31").json["contract_until"] == "2028-10-31"
    assert patch(supplier_id, contract_until="2026-11-20").status == 200
    assert patch(supplier_id, contract_until="2026-10-31").json["code"] == "contract_dates"
    assert follows(supplier_id)


def test_an_application_is_not_changed_but_made_anew(bank: Cloud) -> None:
    assert patch(applicant(), name="Another").json["code"] == "supplier_status"


def test_no_table_holds_the_number_readable(bank: Cloud) -> None:
    supplier_id = supplier(contact="138 0013 8000")
    stored = str([each.attribute_values for each in (*DossierRow.scan(), payee(supplier_id)) if each])

    assert NUMBER not in stored
    assert "13800138000" not in stored
    sealed = row(supplier_id).bank_account["sealed"]
    assert vault.unseal(base64.b64decode(sealed), context=bank_accounts.place(supplier_id)) == NUMBER
    assert get(f"/suppliers/{supplier_id}").json["contact"] == "+86138****8000"


def test_an_application_again_with_another_number_is_another_request(bank: Cloud) -> None:
    apply(key="k")
    other = apply(key="k", bank_account=BANK_ACCOUNT | {"account_number": "6222021234567890124"})
    assert (other.status, other.json["code"]) == (422, idempotency.KeyReused.code)


def test_a_suspended_supplier_hands_out_nothing_and_is_not_paid_out(bank: Cloud) -> None:
    supplier_id = supplier()

    assert act(supplier_id, "suspend").json["suspended_by"] == ["head_office"]
    assert act(supplier_id, "suspend").json["code"] == "supplier_status"
    assert follows(supplier_id)
    paid = payee(supplier_id)
    assert paid is not None
    assert not paid.payable
    assert act(supplier_id, "resume").json["status"] == "active"
    assert follows(supplier_id)


def test_a_branch_does_not_lift_what_the_head_office_has_stopped(bank: Cloud) -> None:
    units()
    branch = http.staff(BRANCH)
    supplier_id = supplier(principal=http.staff(SUB_BRANCH))

    assert act(supplier_id, "suspend", principal=branch).status == 200
    assert act(supplier_id, "suspend").status == 200
    assert act(supplier_id, "resume", principal=branch).json["status"] == "suspended"
    assert act(supplier_id, "resume", principal=branch).json["code"] == "higher_authority"
    assert act(supplier_id, "resume").json["status"] == "active"


def test_who_applies_or_was_rejected_is_neither_suspended_nor_let_go(bank: Cloud) -> None:
    supplier_id = documented()
    for _ in range(2):
        for what, body in (("suspend", WHY), ("resume", WHY), ("exit", WHY | {"issued": "honoured"})):
            refused = act(supplier_id, what, body | ({"until": "2026-12-31"} if what == "exit" else {}))
            assert (refused.status, refused.json["code"]) == (409, "supplier_status")
        act(supplier_id, "reject")


@pytest.mark.parametrize("issued", ["honoured", "refunded"])
def test_who_leaves_says_what_becomes_of_what_is_issued(bank: Cloud, issued: str) -> None:
    supplier_id = supplier()

    shown = leave(supplier_id, issued=issued).json
    assert (shown["status"], shown["issued"], shown["exit_until"]) == ("exiting", issued, "2026-12-31")
    assert follows(supplier_id)
    assert leave(supplier_id).json["code"] == "supplier_status"


@pytest.mark.parametrize("until", ["2026-11-19", "2030-01-01"])
def test_the_last_day_is_not_past_nor_far_away(bank: Cloud, until: str) -> None:
    assert leave(supplier(), until=until).json["code"] == "exit_date"


def closed() -> dict[str, int]:
    """The night's two runs."""
    room.on_statements({}, context())
    return room.on_closing({}, context())


def test_it_is_closed_after_its_last_day_once_its_account_is_empty(bank: Cloud, at: Clock) -> None:
    supplier_id = supplier()
    leave(supplier_id, until="2026-12-31")
    at("2026-12-31T23:59")
    assert closed() == {"closed": 0, "unsettled": 1, "failed": 0}
    at("2027-01-03T05:30")
    _owe(supplier_id, 700)
    assert closed() == {"closed": 0, "unsettled": 1, "failed": 0}
    _owe(supplier_id, -700)

    assert closed() == {"closed": 1, "unsettled": 0, "failed": 0}
    assert get(f"/suppliers/{supplier_id}").json["status"] == "closed"
    assert follows(supplier_id)
    assert closed() == {"closed": 0, "unsettled": 0, "failed": 0}
    assert patch(supplier_id, name="Another").json["code"] == "supplier_status"


def test_a_suspended_one_that_leaves_is_not_closed_before_it_is_resumed(bank: Cloud, at: Clock) -> None:
    supplier_id = supplier()
    leave(supplier_id)
    act(supplier_id, "suspend")
    at("2027-01-03T05:30")

    assert closed() == {"closed": 0, "unsettled": 0, "failed": 0}
    assert act(supplier_id, "resume").json["status"] == "exiting"
    assert closed()["closed"] == 1


def test_one_that_cannot_be_closed_costs_no_other(
    bank: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = supplier(), supplier()
    for supplier_id in (broken, other):
        leave(supplier_id)
    at("2027-01-03T05:30")
    find = ledger.accounts.find

    def failing(account_id: str, **given: Any) -> ledger.AccountRow:
        if account_id == row(broken).settlement_account_id:
            raise RuntimeError("out of order")
        return find(account_id, **given)

    monkeypatch.setattr(ledger.accounts, "find", failing)
    assert closed() == {"closed": 1, "unsettled": 0, "failed": 1}
    assert row(other).status == "closed"


def _owe(supplier_id: str, amount: int) -> None:
    """What a statement books to a supplier's account, and what a payout takes from it again."""
    account = ledger.accounts.find(row(supplier_id).settlement_account_id)
    journal = ledger.journal(
        f"jrn_{supplier_id}{amount}",
        kind="payout",
        reference="r",
        currency="CNY",
        amounts={account.account_id: amount, ledger.internal("funding", "CNY"): -amount},
        booked_at=clock.instant(),
    )
    transaction = store.Transaction()
    ledger.post(transaction, journal, {account.account_id: account.to_domain()}, made_by="test")
    transaction.commit()
    ledger.applier.apply([journal])
