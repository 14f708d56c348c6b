"""Every movement of money is chained by its journal's digest: who rewrites one is named, however well."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from audit import app
from bank import clock, ledger, store
from bank.ledger import JournalRow
from tests.support.http import context
from tests.support.streams import Cloud
from tests.unit.audit.given import blocks, differences


def booked(number: int = 1, made_by: str = "cli_app") -> JournalRow:
    """A deposit of 5.00, whose journal alone matters here."""
    amounts = {"wal_1": 500, "int_funding_CNY": -500}
    journal = ledger.journal(
        f"jrn_{number}",
        kind="deposit",
        reference=f"dep_{number}",
        currency="CNY",
        amounts=amounts,
        booked_at=clock.instant(),
    )
    row = JournalRow.of(replace(journal, made_by=made_by))
    transaction = store.Transaction()
    transaction.create(row)
    transaction.commit()
    return row


def chain(trail: Cloud) -> None:
    """Deliver the journals' stream to the chain alone: there are no accounts here to apply them to."""
    app.on_journals({"Records": trail.records("ledger-journals")}, context())


def put(row: JournalRow) -> None:
    store.client().put_item(TableName=JournalRow.Meta.table_name, Item=row.serialize())


def rewritten(row: JournalRow, **facts: Any) -> JournalRow:
    """The journal as somebody writes it who knows how its digest is made."""
    return JournalRow.of(replace(row.to_domain(), **facts))


def test_a_journal_is_chained_once_by_its_digest(trail: Cloud) -> None:
    row = booked()
    records = trail.records("ledger-journals")
    for _ in range(2):
        app.on_journals({"Records": records}, context())

    (entry,) = [entry for block in blocks() for entry in block.to_domain().entries]

    assert entry == {"id": "jrn_1", "at": row.booked_at, "what": "journal", "digest": row.digest}
    assert differences() == []


FORGED: list[Callable[[JournalRow], JournalRow]] = [
    lambda row: rewritten(row, made_by="stf_somebody_else"),
    lambda row: rewritten(row, made_by=""),
    lambda row: rewritten(row, reference="dep_2"),
    lambda row: rewritten(row, legs=(ledger.Leg("wal_2", 500), ledger.Leg("int_funding_CNY", -500))),
    lambda row: JournalRow.from_item({**row.serialize(), "made_by": {"S": "stf_somebody_else"}}),
]


@pytest.mark.parametrize("forge", FORGED)
def test_a_journal_that_was_rewritten_is_named_although_its_digest_fits(
    trail: Cloud, forge: Callable[[JournalRow], JournalRow]
) -> None:
    row = booked()
    chain(trail)
    put(forge(row))

    assert differences() == [{"what": "journal", "id": "jrn_1", "detail": "altered in the ledger"}]

    put(row)
    chain(trail)
    (touched, *_) = differences()
    assert (touched["id"], touched["detail"].split(" at ")[0]) == ("jrn_1", "overwritten past the functions")


def test_a_journal_that_was_removed_is_named(trail: Cloud) -> None:
    booked(1)
    booked(2)
    chain(trail)
    store.client().delete_item(TableName=JournalRow.Meta.table_name, Key={"journal_id": {"S": "jrn_1"}})

    assert differences() == [{"what": "journal", "id": "jrn_1", "detail": "removed from the ledger"}]


def test_a_journal_of_the_release_before_has_the_digest_that_it_had(trail: Cloud) -> None:
    """It names nobody, and its digest is of nobody."""
    old = booked(made_by="")
    assert "made_by" not in old.serialize()
    assert old.intact()
    assert old.digest != rewritten(old, made_by="cli_app").digest
