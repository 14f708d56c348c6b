"""The list of an account's transfers, read from its statement."""

import pytest

from bank import clock
from tests.support.http import call
from tests.unit.transfers.desk import Desk
from transfers.app import app
from transfers.service import reading


def pages(desk: Desk, account_id: str, limit: int, **query: str) -> list[list[int]]:
    """The amounts on each page of an account's transfers."""
    found, cursor = [], None
    while True:
        given = {"account_id": account_id, "limit": str(limit), **query}
        page = call(app, "GET", "/transfers", query=given | ({"cursor": cursor} if cursor else {})).json
        found.append([item["amount"] for item in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_the_list_of_either_side_holds_its_booked_transfers_newest_first(desk: Desk) -> None:
    alice, bob = desk.wallet(1_000), desk.wallet()
    for amount in (1, 2, 3, 4, 5):
        desk.transfer(alice, bob, amount, key=f"t{amount}")
        desk.deposit(alice, 10)
    desk.transfer(alice, bob, 9_999, key="declined")
    desk.cloud.settle()

    assert pages(desk, alice, 2) == [[5, 4], [3, 2], [1]]
    assert pages(desk, bob, 5) == [[5, 4, 3, 2, 1]]


def test_a_page_scans_a_bounded_part_of_a_statement_that_holds_much_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ENTRIES_AT_ONCE", 3)
    monkeypatch.setattr(reading, "ENTRY_PAGES", 2)
    alice, bob = desk.wallet(1_000), desk.wallet()
    desk.transfer(alice, bob, 1, key="t1")
    for _ in range(12):
        desk.deposit(alice, 10)
    desk.transfer(alice, bob, 2, key="t2")
    desk.cloud.settle()

    assert pages(desk, alice, 1) == [[2], [], [1]]


def test_the_list_is_cut_by_time_and_unknown_accounts_have_none(desk: Desk) -> None:
    alice, bob = desk.wallet(1_000), desk.wallet()
    desk.transfer(alice, bob, 1, key="t1")
    middle = clock.instant()
    desk.transfer(alice, bob, 2, key="t2")
    desk.cloud.settle()

    assert pages(desk, alice, 10, **{"from": middle}) == [[2]]
    assert pages(desk, alice, 10, to=middle) == [[1]]
    assert call(app, "GET", "/transfers", query={"account_id": "wal_nobody"}).status == 404
