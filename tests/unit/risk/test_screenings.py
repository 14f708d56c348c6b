"""Screenings: who is found on a sanctions list is blocked, and unblocked when that is taken back."""

import pytest

from bank import store
from bank.control import audit
from risk import app
from risk.domain.lists import Entry, Kind, ListName
from risk.service import lists
from risk.tables import ListRow
from tests.support import http
from tests.unit.risk import given


def screened(kind: str, screening_id: str = "scr_1", **about: str) -> None:
    data = {"screening_id": screening_id, "customer_id": None, "payee_account": None, "unit_id": "u", **about}
    envelope = {"id": "evt_1", "type": f"perkbank.aml.Screening{kind}.v1", "data": data}
    assert app.on_cases(given.messages(envelope), http.context())["batchItemFailures"] == []


@pytest.mark.parametrize(
    ("about", "key"),
    [({"customer_id": "cus_1"}, "customer#cus_1"), ({"payee_account": "wal_1"}, "payee#wal_1")],
)
def test_who_is_on_a_sanctions_list_is_blocked_until_that_is_taken_back(
    about: dict[str, str], key: str
) -> None:
    for _ in range(2):
        screened("Confirmed", **about)
    row = store.get(ListRow, "list#block", key)
    assert row is not None
    assert (row.ended_at, row.source) == (None, "scr_1")

    for _ in range(2):
        screened("Cleared", "scr_2", **about)
    row = store.get(ListRow, "list#block", key)
    assert row is not None
    assert row.ended_at


def test_what_staff_have_blocked_no_screening_unblocks() -> None:
    entry = Entry(ListName.BLOCK, Kind.CUSTOMER, "cus_1", "fraud", "cas_1", None)
    lists.add(entry=entry, actor=audit.system("test"))

    screened("Confirmed", customer_id="cus_1")
    screened("Cleared", customer_id="cus_1")

    row = store.get(ListRow, "list#block", "customer#cus_1")
    assert row is not None
    assert row.ended_at is None
