"""Whose transfers and batches a caller sees, and from which accounts they may send."""

from typing import Any

import pytest

from bank import ledger
from tests.support import batch_files, http, organisation
from tests.support.http import Reply, call
from tests.support.organisation import BRANCH, OTHER_BRANCH, SUB_BRANCH
from tests.unit.transfers.desk import Desk
from transfers.app import app

APP: dict[str, Any] = {"client_id": "cli_app", "principal": {**http.CHANNEL, "unit": SUB_BRANCH}}
OTHER_APP: dict[str, Any] = {"client_id": "cli_other", "principal": http.CHANNEL}
STRANGER: dict[str, Any] = {"client_id": "cli_third", "principal": http.CHANNEL}
SENDER: dict[str, Any] = {"client_id": "cli_h5", "principal": http.customer("cus_1")}
RECEIVER: dict[str, Any] = {"client_id": "cli_h5", "principal": http.customer("cus_2")}
THIRD: dict[str, Any] = {"client_id": "cli_app", "principal": http.customer("cus_3")}
SENDING = [APP, SENDER, {}, {"principal": http.staff(SUB_BRANCH)}, {"principal": http.staff(BRANCH)}]
RECEIVING = [OTHER_APP, RECEIVER, {"principal": http.staff(OTHER_BRANCH)}, {"principal": http.staff()}]
STRANGERS = [STRANGER, THIRD, {"principal": http.staff("unit_gone")}]


@pytest.fixture
def parties(desk: Desk) -> tuple[str, str]:
    """Two customers' wallets, of two channels and two branches; the first with money on it."""
    organisation.units()
    for account_id, owner_id, client_id, unit_id in (
        ("wal_1", "cus_1", "cli_app", SUB_BRANCH),
        ("wal_2", "cus_2", "cli_other", OTHER_BRANCH),
    ):
        row = ledger.accounts.new_row(
            account_id=account_id,
            owner_id=owner_id,
            kind=ledger.Kind.WALLET,
            currency="USD",
            client_id=client_id,
            unit_id=unit_id,
        )
        ledger.accounts.open_account(row)
    desk.deposit("wal_1", 1_000)
    return "wal_1", "wal_2"


def send(who: dict[str, Any], key: str = "t") -> Reply:
    body = {"from_account_id": "wal_1", "to_account_id": "wal_2", "amount": 10, "currency": "USD"}
    return call(app, "POST", "/transfers", body, key=key, **who)


def announce(who: dict[str, Any]) -> Reply:
    totals = {"total_count": 1, "total_amount": 10}
    body = {"from_account_id": "wal_1", "file_name": "pay.csv", **batch_files.facts("a file"), **totals}
    return call(app, "POST", "/transfer-batches", body, key="b", **who)


@pytest.mark.parametrize("who", [*SENDING, *RECEIVING])
def test_both_sides_of_a_transfer_see_it(desk: Desk, parties: tuple[str, str], who: dict[str, Any]) -> None:
    transfer_id = send(SENDER).json["transfer_id"]
    desk.cloud.settle()

    assert call(app, "GET", f"/transfers/{transfer_id}", **who).status == 200
    own = parties[0] if who in SENDING else parties[1]
    page = call(app, "GET", "/transfers", query={"account_id": own}, **who).json
    assert [item["transfer_id"] for item in page["items"]] == [transfer_id]


@pytest.mark.parametrize("who", STRANGERS)
def test_to_a_stranger_it_does_not_exist(desk: Desk, parties: tuple[str, str], who: dict[str, Any]) -> None:
    transfer_id = send(SENDER).json["transfer_id"]
    desk.cloud.settle()

    hidden = call(app, "GET", f"/transfers/{transfer_id}", **who)
    absent = call(app, "GET", "/transfers/trf_absent", **who)
    page = call(app, "GET", "/transfers", query={"account_id": parties[0]}, **who)

    assert (hidden.status, hidden.json["code"]) == (404, "transfer_not_found")
    assert hidden.json["detail"] == absent.json["detail"].replace("trf_absent", transfer_id)
    assert (page.status, page.json["code"]) == (404, "account_not_found")


@pytest.mark.parametrize("who", [OTHER_APP, RECEIVER, STRANGER, THIRD])
def test_nobody_sends_from_what_they_may_not_see(
    desk: Desk, parties: tuple[str, str], who: dict[str, Any]
) -> None:
    answer = send(who)

    assert (answer.status, answer.json["code"]) == (404, "account_not_found")
    assert desk.balance("wal_1") == 1_000
    assert send(SENDER).json["status"] == "succeeded"


def test_staff_send_no_money_and_customers_no_batches(parties: tuple[str, str]) -> None:
    for answer in (
        send({"principal": http.staff()}),
        announce({"principal": http.staff()}),
        announce(SENDER),
    ):
        assert (answer.status, answer.json["code"]) == (403, "caller_kind")


def test_a_batch_is_announced_for_ones_own_account_and_seen_by_its_side(parties: tuple[str, str]) -> None:
    assert announce(OTHER_APP).status == 404
    batch_id = announce(APP).json["batch_id"]

    for who in SENDING:
        assert call(app, "GET", f"/transfer-batches/{batch_id}", **who).status == 200
        assert call(app, "GET", f"/transfer-batches/{batch_id}/results", **who).status == 409
    for who in (*RECEIVING[:3], *STRANGERS):
        for path in ("", "/results"):
            answer = call(app, "GET", f"/transfer-batches/{batch_id}{path}", **who)
            assert (answer.status, answer.json["code"]) == (404, "batch_not_found")
