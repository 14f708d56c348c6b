"""A merchant's bank account as it is kept: sealed for the merchant, and the same one known from another."""

import base64
import json

import pytest

from bank import store, vault
from bank.config import config
from bank.counterparties import bank_accounts
from merchants import tables
from merchants.tables import MerchantRow
from tests.support.streams import Cloud
from tests.unit.merchants.given import BANK_ACCOUNT, NUMBER, Clock, earn, merchant, patch, register
from tests.unit.settlement.given import settle


def row(merchant_id: str) -> MerchantRow:
    found = store.get(MerchantRow, merchant_id, tables.MERCHANT)
    assert found is not None
    return found


def stored() -> str:
    tables = ("merchants", "ledger-payees", "payouts", "ledger-accounts")
    return json.dumps([store.client().scan(TableName=config.table_prefix + name)["Items"] for name in tables])


def test_no_table_holds_the_number_readable(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(settlement="T+0")
    patch(merchant_id, bank_account=BANK_ACCOUNT | {"holder_name": "Luckier Ltd"})
    earn(cloud, merchant_id, 500)
    assert settle(cloud) == {"paid": 1}

    assert NUMBER not in stored()
    assert "***************0123" in stored()


def test_it_opens_for_its_merchant_and_for_no_other(cloud: Cloud) -> None:
    merchant_id = merchant()
    sealed = base64.b64decode(row(merchant_id).bank_account["sealed"])

    assert vault.unseal(sealed, context=bank_accounts.place(merchant_id)) == NUMBER
    with pytest.raises(vault.CannotOpen):
        vault.unseal(sealed, context=bank_accounts.place("mer_other"))


def test_the_same_account_again_is_no_change_and_another_is(cloud: Cloud) -> None:
    merchant_id = merchant()
    before = int(row(merchant_id).revision)

    patch(merchant_id, changes=False, bank_account=BANK_ACCOUNT)
    assert row(merchant_id).revision == before
    patch(merchant_id, bank_account=BANK_ACCOUNT | {"account_number": "6222021234567890124"})
    assert row(merchant_id).revision == before + 1
    sealed = base64.b64decode(row(merchant_id).bank_account["sealed"])
    assert vault.unseal(sealed, context=bank_accounts.place(merchant_id)) == "6222021234567890124"


def test_an_account_that_shows_the_same_last_digits_is_another(cloud: Cloud) -> None:
    merchant_id = merchant()
    patch(merchant_id, bank_account=BANK_ACCOUNT | {"account_number": "6222021234567800123"})

    sealed = base64.b64decode(row(merchant_id).bank_account["sealed"])
    assert vault.unseal(sealed, context=bank_accounts.place(merchant_id)) == "6222021234567800123"


def test_a_registration_sent_again_with_another_number_is_another_request(cloud: Cloud) -> None:
    assert register(key="k").status == 201
    assert register(key="k").headers["Idempotent-Replayed"] == "true"
    other = register(key="k", bank_account=BANK_ACCOUNT | {"account_number": "6222021234567890124"})
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
