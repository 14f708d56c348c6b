"""The accounts room over its HTTP function, on moto."""

from accounts.app import app
from accounts.domain import clearing_account
from tests.support import funding
from tests.support.http import Reply, call
from tests.support.streams import Cloud


def open_wallet(**fields: object) -> str:
    body = {"owner_id": "own_1", "kind": "wallet", "currency": "USD", **fields}
    return str(call(app, "POST", "/accounts", body).json["account_id"])


def deposit(account_id: str, amount: int, key: str = "d1") -> Reply:
    return funding.deposit(account_id, amount, "USD", key=key)


def withdraw(account_id: str, amount: int, key: str = "w1") -> Reply:
    funding.allow(currencies=("USD",))
    body = {"amount": amount, "currency": "USD", "destination": "cash", "reference": "r2"}
    return call(app, "POST", f"/accounts/{account_id}/withdrawals", body, key=key)


def balance(account_id: str) -> int:
    return int(call(app, "GET", f"/accounts/{account_id}").json["balance"])


def test_a_deposit_is_booked_once_for_all_deliveries(cloud: Cloud) -> None:
    wallet = open_wallet()

    first, second = deposit(wallet, 500), deposit(wallet, 500)

    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert balance(wallet) == 500


def test_a_key_used_with_another_body_is_refused(cloud: Cloud) -> None:
    wallet = open_wallet()
    deposit(wallet, 500)

    answer = deposit(wallet, 501)

    assert (answer.status, answer.json["code"]) == (422, "idempotency_key_reused")
    assert balance(wallet) == 500


def test_a_refusal_is_answered_again_even_when_money_has_come_since(cloud: Cloud) -> None:
    wallet = open_wallet()
    refused = withdraw(wallet, 100)
    deposit(wallet, 500)

    again = withdraw(wallet, 100)

    assert (refused.status, refused.json["code"]) == (409, "insufficient_funds")
    assert (again.status, again.json["code"]) == (409, "insufficient_funds")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert balance(wallet) == 500


def test_the_statement_and_the_trial_balance_follow(cloud: Cloud) -> None:
    from accounts.app import on_verification
    from tests.support.http import context

    wallet = open_wallet()
    deposit(wallet, 500)
    withdraw(wallet, 120)
    cloud.settle()

    lines = call(app, "GET", f"/accounts/{wallet}/entries").json["items"]
    assert [(line["direction"], line["amount"], line["balance_after"]) for line in lines] == [
        ("debit", 120, 380),
        ("credit", 500, 500),
    ]
    clearing = call(app, "GET", f"/accounts/{clearing_account('cli_test', 'USD')}").json
    assert (clearing["balance"], clearing["available"]) == (-380, funding.PLENTY - 380)
    report = on_verification({}, context())
    assert report["differences"] == []
    assert report["zero_sum"]
