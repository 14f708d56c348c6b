"""On which terms merchants and suppliers are paid out is what the acts on them say."""

from typing import Any
from unittest import mock

import pytest

from audit.service.verifying.payees import verify_payees
from audit.service.verifying.run import At, Run
from bank import clock, store
from bank.control.audit import AuditEntryRow, acts_on
from bank.ledger import PayeeRow
from merchants.service import registry, suspensions
from merchants.tables import MerchantRow
from suppliers.domain import REQUIRED
from suppliers.service import admission
from suppliers.service import registry as suppliers
from suppliers.service import suspensions as of_suppliers
from tests.support.streams import Cloud
from tests.unit.audit.given import CLERK, NOON
from tests.unit.audit.test_authority import HEAD_OFFICE_STAFF, at, named, put

SHOP = "mer_shop"
BANK = {"bank_code": "102290000011", "account_number": "6222021234567890123", "holder_name": "Shop"}
OTHER_BANK = {**BANK, "account_number": "6222029999999999999"}


def register(merchant_id: str = SHOP, bank_account: dict[str, str] | None = BANK) -> PayeeRow:
    registry.register(
        merchant_id=merchant_id,
        request_digest="d",
        name="Shop",
        category_code="5735",
        fee={"basis_points": 60, "min": None, "max": None},
        settlement="T+1",
        country="CN",
        city="Shanghai",
        bank_account=bank_account,
        principal=HEAD_OFFICE_STAFF,
    )
    return payee(merchant_id)


def payee(merchant_id: str = SHOP) -> PayeeRow:
    row = store.get(PayeeRow, merchant_id)
    assert row is not None
    return row


def change(**terms: Any) -> None:
    registry.change_terms(merchant_id=SHOP, principal=HEAD_OFFICE_STAFF, actor=CLERK, terms=terms)


def suspend() -> None:
    suspensions.suspend(merchant_id=SHOP, principal=HEAD_OFFICE_STAFF, actor=CLERK, reason="complaints")


def resume() -> None:
    suspensions.resume(
        merchant_id=SHOP, principal=HEAD_OFFICE_STAFF, actor=CLERK, reason="settled", lifted=None
    )


@pytest.fixture
def shop(trail: Cloud) -> PayeeRow:
    """A payee whose merchant was registered, changed, suspended and resumed."""
    register()
    at(1, lambda: change(settlement="T+7", bank_account=OTHER_BANK))
    at(2, suspend)
    at(3, resume)
    return payee()


def test_payees_are_as_the_acts_on_their_merchants_say(shop: PayeeRow) -> None:
    register("mer_without_a_bank", bank_account=None)
    assert named() == []
    at(4, lambda: change(bank_account=None))
    at(5, suspend)

    assert named() == []


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"days": 0}, "settlement"),
        ({"stopped": True}, "stopped"),
        ({"bank_account": None}, "bank_account"),
        ({"bank_account": {**BANK, "fingerprint": "f", "sealed": "mine"}}, "bank_account"),
    ],
)
def test_a_payee_that_somebody_altered_is_named(shop: PayeeRow, changed: Any, what: str) -> None:
    put(shop, **changed)

    assert named() == [(SHOP, f"altered: {what}")]


def test_an_earlier_bank_account_that_is_put_back_is_named(trail: Cloud) -> None:
    earlier = register().bank_account
    at(1, lambda: change(bank_account=OTHER_BANK))

    put(payee(), bank_account=earlier)

    assert named() == [(SHOP, "altered: bank_account")]


def test_a_suspended_payee_who_is_paid_again_is_named(shop: PayeeRow) -> None:
    at(4, suspend)
    put(payee(), stopped=False)

    assert named() == [(SHOP, "altered: stopped")]


def test_a_merchant_that_was_altered_before_an_act_is_named(shop: PayeeRow) -> None:
    row = store.get(MerchantRow, SHOP, "merchant")
    assert row is not None
    put(row, settlement="T+0")
    at(4, lambda: change(settlement="T+1"))

    assert named() == [(SHOP, "altered: as the acts found it")]


SUPPLIER = "sup_coffee"


def admitted() -> PayeeRow:
    """A payee whose supplier applied and was admitted, with no documents looked for."""
    suppliers.apply(
        supplier_id=SUPPLIER,
        request_digest="d",
        principal=HEAD_OFFICE_STAFF,
        terms={
            "name": "Coffee",
            "credit_code": "91310000132612172J",
            "contract_from": "2026-01-01",
            "contract_until": "2029-12-31",
            "settlement": "T+7",
            "currency": "CNY",
            "bank_account": BANK,
        },
    )
    with mock.patch.object(admission, "_uploaded", return_value=REQUIRED):
        at(
            1,
            lambda: admission.admit(
                supplier_id=SUPPLIER, principal=HEAD_OFFICE_STAFF, actor=CLERK, reason="contract"
            ),
        )
    return payee(SUPPLIER)


def test_payees_are_as_the_acts_on_their_suppliers_say(trail: Cloud) -> None:
    admitted()
    terms = {"settlement": "T+1", "bank_account": OTHER_BANK}
    who = {"supplier_id": SUPPLIER, "principal": HEAD_OFFICE_STAFF, "actor": CLERK}
    at(2, lambda: suppliers.change_terms(**who, terms=terms))
    at(3, lambda: of_suppliers.suspend(**who, reason="complaints"))

    assert named() == []


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"days": 0}, "settlement"),
        ({"stopped": True}, "stopped"),
        ({"bank_account": {**BANK, "fingerprint": "f", "sealed": "mine"}}, "bank_account"),
    ],
)
def test_a_supplier_s_payee_that_somebody_altered_is_named(trail: Cloud, changed: Any, what: str) -> None:
    put(admitted(), **changed)

    assert named() == [(SUPPLIER, f"altered: {what}")]


def test_a_payee_that_nobody_registered_is_named(trail: Cloud) -> None:
    PayeeRow(payee_id="mer_forged", days=0, revision=1).save()

    assert named() == [("mer_forged", "put in: no act made it")]


def test_a_payee_of_before_is_compared_from_the_first_act_that_tells_of_its_terms(trail: Cloud) -> None:
    row = register()
    (entry,) = acts_on(SHOP)
    put(entry, after=None)
    put(row, days=0)
    assert [each for each in named() if each[0] == SHOP] == []

    put(payee(), days=1)
    at(1, lambda: change(settlement="T+7"))
    put(payee(), days=0)

    assert named() == [(SHOP, "altered: settlement")]
    assert store.get(AuditEntryRow, entry.entry_id) is not None


def test_a_run_whose_time_is_over_goes_on_with_the_next_payee(trail: Cloud) -> None:
    names = {f"mer_{number}" for number in range(5)}
    for name in names:
        put(register(name), days=0)
    run = Run.started_at(NOON, lambda: True, None)
    place: At | None = {}
    runs = 0

    with clock.source(lambda: NOON):
        while place is not None:
            place, runs = verify_payees(run, place), runs + 1

    assert runs == len(names) + 1
    assert sorted(each["id"] for each in run.differences) == sorted(names)
