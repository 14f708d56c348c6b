"""Suppliers are paid out what statements have credited them, by the rules that merchants are."""

import pytest

from bank.ledger import payees
from settlement.app import app
from tests.support import http
from tests.support.http import call
from tests.support.organisation import OTHER_BRANCH, SUB_BRANCH, units
from tests.support.streams import Cloud
from tests.unit.settlement.given import settle
from tests.unit.suppliers.given import Clock, act, row, supplier
from tests.unit.suppliers.test_statements import agree, close, deliver, used


@pytest.fixture(autouse=True)
def few_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A night looks through each shard: a hundred with nothing in them show no more than two do."""
    monkeypatch.setattr(payees, "SHARDS", 2)


def payouts(supplier_id: str, principal: dict[str, str], kind: str = "suppliers") -> http.Reply:
    return call(app, "GET", f"/{kind}/{supplier_id}/payouts", principal=principal)


def due(bank: Cloud, at: Clock, **terms: object) -> str:
    """A supplier of a sub-branch that is due 400."""
    units()
    supplier_id = supplier(principal=http.staff(SUB_BRANCH), **terms)
    deliver(*(used(supplier_id, number) for number in range(5)))
    close(at, "2026-12-03T04:00")
    assert agree(supplier_id, 400).json["status"] == "agreed"
    bank.settle()
    return supplier_id


def test_what_is_agreed_is_paid_out_by_the_suppliers_cycle(bank: Cloud, at: Clock) -> None:
    supplier_id = due(bank, at)
    assert settle(bank) == {"nothing_due": 1}
    at("2026-12-04T02:00")
    assert settle(bank) == {"paid": 1}

    shown = payouts(supplier_id, http.staff(SUB_BRANCH))
    assert [(each["supplier_id"], each["amount"]) for each in shown.json["items"]] == [(supplier_id, 400)]
    for strange in (
        payouts(supplier_id, http.staff(OTHER_BRANCH)),
        payouts("sup_none", http.staff()),
    ):
        assert (strange.status, strange.json["code"]) == (404, "supplier_not_found")
    assert payouts(supplier_id, http.staff(), "merchants").json["code"] == "merchant_not_found"


def test_a_suspended_supplier_is_not_paid_out_until_it_is_resumed(bank: Cloud, at: Clock) -> None:
    supplier_id = due(bank, at, settlement="T+0")
    act(supplier_id, "suspend")
    assert settle(bank) == {"not_payable": 1}
    act(supplier_id, "resume")
    assert settle(bank) == {"paid": 1}
    assert row(supplier_id).status == "active"
