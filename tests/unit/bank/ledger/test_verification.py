"""Verification names whatever in the stored ledger does not agree, whoever altered it and how."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bank import ids
from bank.ledger import statements, verification
from tests.unit.bank.ledger.alterations import (
    ALTERATIONS,
    NOWHERE,
    PAYEE,
    PAYER,
    Item,
    altered,
    build,
    is_entry,
    items,
    name_of,
)
from tests.unit.bank.ledger.given import (
    FEES,
    FUNDING,
    Books,
    a_ledger,
    wallet,
)


@pytest.fixture(scope="module")
def sound() -> Iterator[Books]:
    """A ledger on which everything has happened. Each test puts back what it alters."""
    with a_ledger() as books:
        build(books)
        books.time.forward(minutes=5)
        yield books


def named(report: dict[str, Any]) -> str:
    """All that a report names as different."""
    return " ".join(f"{each['id']} {each['detail']}" for each in report["differences"])


# As a consumer that is behind would leave it: named as late, and after a day as lost (test_lateness.py).
AS_IF_LATE = {"a wallet's last posting deleted"}


def test_on_a_sound_ledger_nothing_is_named(sound: Books) -> None:
    report = verification.verify()

    assert (report["differences"], report["difference_count"], report["zero_sum"]) == ([], 0, True)
    assert (report["late"], report["late_count"], report["late_since"]) == ([], 0, None)
    assert report["sums"] == {"CNY": 0, "PTS": 0}
    assert (report["accounts"], report["journals"]) == (9, len(items("ledger-journals")))
    assert verification.last_report() == report


@pytest.mark.parametrize("what", ALTERATIONS)
def test_what_was_altered_is_named(sound: Books, what: str) -> None:
    alteration = ALTERATIONS[what]
    before = next(item for item in items(alteration.table) if alteration.which(item))
    after = alteration.change(before)
    assert after != before

    with altered(alteration.table, before, after):
        report = verification.verify()

    name = alteration.names or name_of(alteration.table, before)
    if what in AS_IF_LATE:
        assert name in {each["id"] for each in report["late"]}
        assert report["differences"] == []
        return
    assert name in named(report)
    assert {each["standing"] for each in report["differences"]} == {"corrupt"}


@pytest.mark.parametrize("which", range(8))
def test_any_entry_deleted_is_named_by_its_journal_or_its_step(sound: Books, which: int) -> None:
    before = [item for item in items("ledger-entries") if is_entry("stl_")(item) or is_entry("int_")(item)]
    chosen = before[which * len(before) // 8]
    account_id = chosen["account_shard"].partition("#")[0]

    with altered("ledger-entries", chosen, None):
        report = verification.verify()

    assert {chosen["journal_id"], f"{account_id}#{chosen['seq']}"} & {
        each["id"] for each in [*report["differences"], *report["late"]]
    }


def invented(account_shard: str, entry_key: str, **facts: Any) -> Item:
    """An entry out of nothing."""
    made = {"kind": "payment", "reference": "for nothing", "counterparty": PAYER, "journal_count": 1}
    where = {"account_shard": account_shard, "entry_key": entry_key, "booked_at": NOWHERE}
    return {**made, **where, "amount": 7, "balance_after": 7, "seq": 99, "journal_id": "jrn_x", **facts}


@pytest.mark.parametrize("prefix", [PAYER, PAYEE, "stl_", FEES, FUNDING])
def test_a_posting_out_of_nothing_is_named(sound: Books, prefix: str) -> None:
    account_id = next(
        item["account_id"] for item in items("ledger-accounts") if item["account_id"].startswith(prefix)
    )
    made = invented(f"{account_id}#p", statements.posting_key(NOWHERE, 99, account_id))

    with altered("ledger-entries", None, made):
        report = verification.verify()

    assert f"{account_id}#99" in {difference["id"] for difference in report["differences"]}


@pytest.mark.parametrize("journal_id", ["jrn_x", "of a transfer", "of its own"])
@pytest.mark.parametrize("account", ["stl_", "int_"])
def test_an_entry_out_of_nothing_is_named(sound: Books, account: str, journal_id: str) -> None:
    entry = next(item for item in items("ledger-entries") if is_entry(account)(item))
    transfer = next(item for item in items("ledger-journals") if item["kind"] == "transfer")
    known = {"of a transfer": transfer["journal_id"], "of its own": entry["journal_id"]}
    made = {**entry, "entry_key": f"{NOWHERE}#jrn_x", "journal_id": known.get(journal_id, journal_id)}

    with altered("ledger-entries", None, made):
        report = verification.verify()

    assert f"{entry['account_shard'].partition('#')[0]}#" in named(report)
    assert report["difference_count"] > 0


def test_a_journal_out_of_nothing_is_named(sound: Books) -> None:
    before = next(item for item in items("ledger-journals") if item["kind"] == "transfer")
    content = {name: value for name, value in before.items() if name != "digest"}
    content |= {"journal_id": "jrn_x", "legs": json.loads(before["legs"])}
    made = {**content, "legs": before["legs"], "digest": ids.digest(content)}

    with altered("ledger-journals", None, made):
        report = verification.verify()

    assert "jrn_x" in {difference["id"] for difference in report["differences"]}


def test_the_last_report_is_the_newest(books: Books) -> None:
    assert verification.last_report() is None
    wallet(1_000)
    books.settle()
    verification.verify()
    books.time.forward(hours=1)

    report = verification.verify()

    assert verification.last_report() == report
    assert report["accounts"] == 2
