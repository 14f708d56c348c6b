"""Transfers one by one, over the room's HTTP function, on moto."""

from typing import Any

import pytest

from accounts.app import app as accounts_app
from accounts.domain import clearing_account
from bank import ledger, store
from tests.support import funding
from tests.support.http import call
from tests.unit.transfers.desk import Desk
from transfers.app import app
from transfers.service import pay


def test_a_transfer_moves_money_once_for_all_deliveries(desk: Desk) -> None:
    alice, bob = desk.wallet(1_000), desk.wallet()

    first = desk.transfer(alice, bob, 300, note="rent")
    second = desk.transfer(alice, bob, 300, note="rent")

    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert second.headers["Idempotent-Replayed"] == "true"
    answer = first.json
    assert (answer["status"], answer["amount"], answer["note"], answer["decline"]) == (
        "succeeded",
        300,
        "rent",
        None,
    )
    assert answer["journal_id"] == "jrn_" + answer["transfer_id"].removeprefix("trf_")
    assert (desk.balance(alice), desk.balance(bob)) == (700, 300)
    assert desk.sound()


def test_the_journal_names_the_transfer(desk: Desk) -> None:
    answer = desk.transfer(desk.wallet(1_000), desk.wallet(), 300).json

    journal = call(accounts_app, "GET", f"/ledger/journals/{answer['journal_id']}").json

    assert (journal["kind"], journal["reference"]) == ("transfer", answer["transfer_id"])
    assert journal["made_by"] == "cli_test"


def test_a_transfer_is_two_round_trips_of_which_one_writes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = desk.wallet(1_000), desk.wallet()
    calls: list[str] = []
    client = store.client()
    original = client._make_api_call
    monkeypatch.setattr(
        client, "_make_api_call", lambda name, given: (calls.append(name), original(name, given))[1]
    )

    desk.transfer(alice, bob, 300)

    assert calls == ["BatchGetItem", "TransactWriteItems"]


def test_a_key_used_with_another_body_is_refused(desk: Desk) -> None:
    alice, bob = desk.wallet(1_000), desk.wallet()
    desk.transfer(alice, bob, 300)

    answer = desk.transfer(alice, bob, 301)

    assert (answer.status, answer.json["code"]) == (422, "idempotency_key_reused")
    assert desk.balance(bob) == 300


def test_a_declined_transfer_is_answered_again_even_when_money_has_come_since(desk: Desk) -> None:
    alice, bob = desk.wallet(100), desk.wallet()
    first = desk.transfer(alice, bob, 300)
    desk.deposit(alice, 1_000)

    second = desk.transfer(alice, bob, 300)

    assert (first.status, first.json["status"], first.json["journal_id"]) == (201, "declined", None)
    assert first.json["decline"]["code"] == "insufficient_funds"
    assert second.body == first.body
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (desk.balance(alice), desk.balance(bob)) == (1_100, 0)


@pytest.mark.parametrize(
    ("action", "on_sender", "code"),
    [
        ("freeze", True, "account_frozen"),
        ("close", True, "account_closed"),
        ("close", False, "account_closed"),
    ],
)
def test_the_accounts_status_declines_a_transfer(desk: Desk, action: str, on_sender: bool, code: str) -> None:
    alice, bob = desk.wallet(0 if action == "close" and on_sender else 1_000), desk.wallet()
    desk.change(alice if on_sender else bob, action)

    answer = desk.transfer(alice, bob, 300)

    assert (answer.status, answer.json["status"], answer.json["decline"]["code"]) == (201, "declined", code)
    assert desk.balance(bob) == 0


def test_a_frozen_account_receives(desk: Desk) -> None:
    alice, bob = desk.wallet(1_000), desk.wallet()
    desk.change(bob, "freeze")

    assert desk.transfer(alice, bob, 300).json["status"] == "succeeded"


def test_transfers_count_against_the_senders_limits(desk: Desk) -> None:
    alice, bob = desk.wallet(1_000, limits={"per_payment": 400, "per_day": 500}), desk.wallet()

    answers = [desk.transfer(alice, bob, amount, key=f"t{amount}").json for amount in (401, 400, 101, 100)]

    assert [(answer["decline"] or {}).get("code") for answer in answers] == [
        "limit_exceeded",
        None,
        "limit_exceeded",
        None,
    ]
    assert desk.balance(bob) == 500


def test_a_race_that_the_write_decides_ends_as_a_recorded_decline(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, carol = desk.wallet(500), desk.wallet(), desk.wallet()
    original = pay._find

    def read_and_then_be_overtaken(*given: Any) -> Any:
        read = original(*given)
        monkeypatch.setattr(pay, "_find", original)
        assert desk.transfer(alice, carol, 400, key="faster").json["status"] == "succeeded"
        return read

    monkeypatch.setattr(pay, "_find", read_and_then_be_overtaken)
    first = desk.transfer(alice, bob, 300)
    again = desk.transfer(alice, bob, 300)

    assert (first.status, first.json["decline"]["code"]) == (201, "insufficient_funds")
    assert again.body == first.body
    assert (desk.balance(alice), desk.balance(bob), desk.balance(carol)) == (100, 0, 400)


def test_an_unknown_account_is_not_found_and_may_be_opened_before_the_key_is_sent_again(desk: Desk) -> None:
    alice, bob = desk.wallet(1_000), "wal_not_yet_opened"

    missing = desk.transfer(alice, bob, 300)
    assert (missing.status, missing.json["code"]) == (404, "account_not_found")
    row = ledger.accounts.new_row(account_id=bob, owner_id="cus_2", kind=ledger.Kind.WALLET, currency="USD")
    ledger.accounts.open_account(row)

    assert desk.transfer(alice, bob, 300).json["status"] == "succeeded"
    assert desk.transfer("wal_nobody", bob, 300, key="t2").status == 404


def test_accounts_of_another_currency_and_the_banks_own_take_part_in_none(desk: Desk) -> None:
    alice, euros = desk.wallet(1_000), desk.wallet(1_000, currency="EUR")
    desk.cloud.settle()

    def refused(source: str, target: str, **fields: Any) -> tuple[int, str]:
        answer = desk.transfer(source, target, 300, key=desk.key(), **fields)
        return answer.status, answer.json["code"]

    assert refused(alice, euros) == (422, "currency_mismatch")
    assert refused(euros, alice) == (422, "currency_mismatch")
    assert refused(alice, clearing_account("cli_test", "USD")) == (422, "account_kind")
    assert refused(clearing_account("cli_test", "USD"), alice) == (422, "account_kind")
    assert refused(alice, alice) == (422, "invalid_request")
    assert refused(alice, euros, unknown=1) == (422, "invalid_request")
    assert (desk.balance(alice), desk.balance(euros)) == (1_000, 1_000)


def test_settlement_accounts_neither_send_nor_receive_transfers(desk: Desk) -> None:
    """What left them so passed by suspension and settlement cycle, what came so by the merchant's fee."""
    alice, shop, branch = desk.wallet(1_000), desk.settlement("mer_1"), desk.settlement("mer_2")
    assert funding.deposit(shop, 500, "USD", key="d").status == 201
    desk.cloud.settle()

    for source, target in ((shop, alice), (shop, branch), (alice, shop)):
        answer = desk.transfer(source, target, 200, key=f"{source}{target}")
        assert (answer.status, answer.json["code"]) == (422, "account_kind")
    announced = desk.announce(shop, 1, 200, key="b")
    assert (announced.status, announced.json["code"]) == (422, "account_kind")

    assert desk.sound()
    assert (desk.balance(alice), desk.balance(shop), desk.balance(branch)) == (1_000, 500, 0)


def test_a_transfer_is_found_by_its_id(desk: Desk) -> None:
    alice, bob = desk.wallet(100), desk.wallet()
    made, declined = desk.transfer(alice, bob, 60).json, desk.transfer(alice, bob, 60, key="t2").json

    assert call(app, "GET", f"/transfers/{made['transfer_id']}").json == made
    assert call(app, "GET", f"/transfers/{declined['transfer_id']}").json == declined
    missing = call(app, "GET", "/transfers/trf_none")
    assert (missing.status, missing.json["code"]) == (404, "transfer_not_found")


def test_the_event_of_each_transfer_is_published_once(desk: Desk, published: list[dict[str, Any]]) -> None:
    alice, bob = desk.wallet(100), desk.wallet()
    made, declined = desk.transfer(alice, bob, 60).json, desk.transfer(alice, bob, 61, key="t2").json
    desk.transfer(alice, bob, 60)

    desk.cloud.settle()

    assert [(event["name"], event["transfer_id"]) for event in published] == [
        ("TransferSucceeded", made["transfer_id"]),
        ("TransferDeclined", declined["transfer_id"]),
    ]
    assert published[0]["journal_id"] == made["journal_id"]
    assert published[1]["code"] == "insufficient_funds"
