"""No request names one of the bank's own accounts, or a clearing account, to move money or to change it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.domain import clearing_account
from bank.config import config
from bank.http import Operation
from infra.contract import rooms
from tests.contract import bank_of_others as bank
from tests.contract.authorisation import RULES
from tests.support import embedded

OPERATIONS = {operation.name: operation for _, operation in rooms.operations()}
# One of the bank's own, and the clearing account of a client that may deposit.
FORBIDDEN = ("int_fees_CNY", clearing_account("cli_app", "CNY"))
# The names of an account in paths and bodies, and what stands for one in the rules of `authorisation.py`.
ACCOUNT_NAME = re.compile(r"(^|_)account_id$")
ACCOUNT = re.compile(r"\{(wallet|empty|frozen)\}")


def _names_an_account(operation: Operation) -> bool:
    fields = operation.body.model_json_schema()["properties"] if operation.body else {}
    in_path = re.findall(r"\{(\w+)\}", operation.path)
    return operation.method != "GET" and any(ACCOUNT_NAME.search(name) for name in [*in_path, *fields])


NAMING = sorted(name for name, operation in OPERATIONS.items() if _names_an_account(operation))


def _requests(name: str, account_id: str) -> Iterator[tuple[str, Any]]:
    """Path and body of an operation, with `account_id` in the place of each account in turn."""
    rule = RULES[name]
    if ACCOUNT.search(rule.path):
        yield ACCOUNT.sub(account_id, rule.path), rule.body
    for field, value in (rule.body or {}).items():
        if isinstance(value, str) and ACCOUNT.fullmatch(value):
            yield rule.path, {**(rule.body or {}), field: account_id}


@pytest.fixture(scope="module")
def records() -> Iterator[bank.Records]:
    """A bank with records in it, and money that came from outside."""
    with pytest.MonkeyPatch.context() as monkeypatch, bank.running(monkeypatch):
        yield bank.Records()


def _journals() -> int:
    return len(embedded.change_records(f"{config.table_prefix}ledger-journals", 0))


@pytest.mark.parametrize("account_id", FORBIDDEN, ids=["internal", "clearing"])
@pytest.mark.parametrize("name", NAMING)
def test_an_account_of_no_customer_s_is_not_for_a_caller_to_name(
    records: bank.Records, name: str, account_id: str
) -> None:
    operation, requests = OPERATIONS[name], list(_requests(name, account_id))
    assert requests, f"{name}: its rule shows no account, so that nobody tries an internal one"
    before = _journals()

    for path, body in requests:
        # A system of the bank itself, which sees the account.
        bearer = bank.channel("cli_core", bank_wide=True)
        answer = bank.send(operation, bearer, path=records.named(path), body=records.named(body))
        assert (answer.status, answer.json["code"]) == (422, "account_kind"), answer.body
    assert _journals() == before


def test_every_operation_that_moves_money_between_accounts_is_among_them() -> None:
    moves = {
        "deposit",
        "withdraw",
        "make_transfer",
        "announce_batch",
        "create_payment",
        "create_payment_code",
    }
    changes = {"change_limits", "freeze_account", "unfreeze_account", "close_account"}

    entitles = {"claim_benefit", "give_entitlement", "quote_promotions"}

    assert set(NAMING) == moves | changes | entitles


@pytest.mark.parametrize("kind", ["internal", "settlement", "clearing"])
def test_nobody_opens_an_account_of_the_banks_or_of_a_merchants_kind(
    records: bank.Records, kind: str
) -> None:
    body = {"owner_id": "own_1", "kind": kind, "currency": "CNY"}
    for bearer in (bank.channel("cli_core", bank_wide=True), bank.staff("unit_head")):
        answer = bank.send(OPERATIONS["open_account"], bearer, body=body)
        assert (answer.status, answer.json["code"]) == (422, "invalid_request")
