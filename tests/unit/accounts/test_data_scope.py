"""Whose accounts a caller sees and changes. What may not be seen answers as what does not exist."""

from typing import Any

import pytest

from accounts.app import app, on_verification
from bank import ledger
from bank.ledger import Kind
from tests.support import funding, http, organisation
from tests.support.http import call
from tests.support.organisation import BRANCH, OTHER_BRANCH, SUB_BRANCH
from tests.support.streams import Cloud

MONEY = {"amount": 5, "currency": "USD", "source": "cash", "reference": "r"}
OUT = {"amount": 5, "currency": "USD", "destination": "cash", "reference": "r"}
WHY = {"reason": "asked for"}
READS = [("GET", ""), ("GET", "/entries"), ("GET", "/balance")]
CHANGES = [
    ("PATCH", "/limits", {"per_day": 10}),
    ("POST", "/freeze", WHY),
    ("POST", "/unfreeze", WHY),
    ("POST", "/close", WHY),
]
MOVES = [("/deposits", MONEY | {"account_id": "{}"}), ("/accounts/{}/withdrawals", OUT)]
WHOLE_BANK = ("/ledger/journals/jrn_1", "/ledger/trial-balance", "/ledger/verification")

Caller = dict[str, str]


@pytest.fixture
def wallet(cloud: Cloud) -> str:
    """A wallet that the channel `cli_app`, kept by a sub-branch, opened; with money on it."""
    organisation.units()
    body = {"owner_id": "own_1", "kind": "wallet", "currency": "USD"}
    opened = call(app, "POST", "/accounts", body, **app_channel())
    account_id = str(opened.json["account_id"])
    deposited = funding.deposit(account_id, 5, "USD", key="d", **app_channel())
    assert (opened.status, deposited.status) == (201, 201)
    return account_id


@pytest.fixture
def customers_wallet(wallet: str) -> str:
    """A customer's wallet, as the room that keeps customers opens it."""
    row = ledger.accounts.new_row(
        account_id="wal_customer",
        owner_id="cus_1",
        kind=Kind.WALLET,
        currency="USD",
        client_id="cli_app",
        unit_id=SUB_BRANCH,
    )
    return str(ledger.accounts.open_account(row)[0].account_id)


def app_channel() -> dict[str, Any]:
    return {"client_id": "cli_app", "principal": {**http.CHANNEL, "unit": SUB_BRANCH}}


def strangers() -> list[tuple[str, Caller]]:
    return [
        ("cli_other", http.CHANNEL),
        ("cli_app", http.customer("cus_2")),
        ("cli_console", http.staff(OTHER_BRANCH)),
        ("cli_console", http.staff("unit_gone")),
    ]


def _problem(answer: http.Reply, account_id: str) -> Any:
    """An answer without what differs from call to call."""
    return answer.status, {
        **answer.json,
        "request_id": "",
        "detail": answer.json["detail"].replace(account_id, ""),
    }


def test_its_channel_its_branch_and_above_see_it(wallet: str) -> None:
    for client_id, principal in [
        ("cli_app", http.CHANNEL),
        ("cli_core", {"bank_wide": "true"}),
        ("cli_console", http.staff(SUB_BRANCH)),
        ("cli_console", http.staff(BRANCH)),
        ("cli_console", http.staff()),
    ]:
        for method, path in READS:
            answer = call(app, method, f"/accounts/{wallet}{path}", client_id=client_id, principal=principal)
            assert answer.status == 200, (client_id, principal, path)
        page = call(
            app, "GET", "/accounts", query={"owner_id": "own_1"}, client_id=client_id, principal=principal
        )
        assert [item["account_id"] for item in page.json["items"]] == [wallet]


def test_a_stranger_reads_of_it_what_is_said_of_one_that_never_was(wallet: str) -> None:
    for client_id, principal in strangers():
        who: dict[str, Any] = {"client_id": client_id, "principal": principal}
        for method, path in READS:
            hidden = call(app, method, f"/accounts/{wallet}{path}", **who)
            absent = call(app, method, f"/accounts/wal_absent{path}", **who)
            assert hidden.status == 404
            assert _problem(hidden, wallet) == _problem(absent, "wal_absent")
        page = call(app, "GET", "/accounts", query={"owner_id": "own_1"}, **who).json
        assert page == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_stranger_changes_nothing(wallet: str, method: str, path: str, body: dict[str, Any]) -> None:
    before = call(app, "GET", f"/accounts/{wallet}").json

    for client_id, principal in strangers():
        answer = call(
            app, method, f"/accounts/{wallet}{path}", body, client_id=client_id, principal=principal
        )
        kept_out = 403 if principal.get("kind") == "customer" else 404
        assert answer.status == kept_out

    assert call(app, "GET", f"/accounts/{wallet}").json == before
    changed = call(app, method, f"/accounts/{wallet}{path}", body, principal=http.staff(BRANCH))
    assert changed.status in (200, 409)


@pytest.mark.parametrize(("path", "body"), MOVES)
def test_another_channel_moves_no_money(wallet: str, path: str, body: dict[str, Any]) -> None:
    funding.allow("cli_other")
    where, body = (
        path.format(wallet),
        {name: str(value).format(wallet) if name == "account_id" else value for name, value in body.items()},
    )

    refused = call(app, "POST", where, body, key="k", client_id="cli_other", principal=http.CHANNEL)

    assert (refused.status, refused.json["code"]) == (404, "account_not_found")
    assert call(app, "GET", f"/accounts/{wallet}").json["balance"] == 5
    assert call(app, "POST", where, body, key="k", **app_channel()).status == 201


def test_staff_and_customers_do_not_book_money_that_came_in(customers_wallet: str) -> None:
    for principal in (http.staff(), http.customer("cus_1")):
        body = MONEY | {"account_id": customers_wallet}
        answer = call(app, "POST", "/deposits", body, key="k", principal=principal)
        assert (answer.status, answer.json["code"]) == (403, "caller_kind")


def test_a_customer_sees_and_uses_their_own_wallet_alone(wallet: str, customers_wallet: str) -> None:
    own: dict[str, Any] = {"client_id": "cli_h5", "principal": http.customer("cus_1")}
    funding.allow("cli_h5")
    funding.deposit(customers_wallet, 5, "USD", key="d2", **app_channel())

    assert call(app, "GET", f"/accounts/{customers_wallet}", **own).json["balance"] == 5
    assert call(app, "GET", f"/accounts/{wallet}", **own).status == 404
    assert call(app, "POST", f"/accounts/{wallet}/withdrawals", OUT, key="w", **own).status == 404
    assert call(app, "POST", f"/accounts/{customers_wallet}/withdrawals", OUT, key="w", **own).status == 201


def test_a_customer_never_meets_the_record_of_another(customers_wallet: str) -> None:
    """Two customers of one channel send the same key and body: the second hears nothing of the first's."""
    funding.deposit(customers_wallet, 5, "USD", key="d2", **app_channel())
    where = f"/accounts/{customers_wallet}/withdrawals"

    first = call(app, "POST", where, OUT, key="w", client_id="cli_app", principal=http.customer("cus_1"))
    second = call(app, "POST", where, OUT, key="w", client_id="cli_app", principal=http.customer("cus_2"))

    assert (first.status, second.status) == (201, 404)


@pytest.mark.parametrize("path", WHOLE_BANK)
def test_the_whole_ledger_is_the_head_offices_to_see(cloud: Cloud, wallet: str, path: str) -> None:
    cloud.settle()
    on_verification({}, http.context())
    entry = call(app, "GET", f"/accounts/{wallet}/entries", **app_channel()).json["items"][0]
    path = path.replace("jrn_1", entry["journal_id"])

    for who in ({}, {"principal": http.staff()}):
        assert call(app, "GET", path, **who).status == 200
    for client_id, principal in [*strangers(), ("cli_app", http.CHANNEL), ("cli_app", http.staff(BRANCH))]:
        assert call(app, "GET", path, client_id=client_id, principal=principal).status == 404


def test_nobody_lifts_the_limits_of_a_customers_level(customers_wallet: str) -> None:
    answer = call(app, "PATCH", f"/accounts/{customers_wallet}/limits", {"per_day": None}, **app_channel())

    assert (answer.status, answer.json["code"]) == (409, "limits_by_level")
