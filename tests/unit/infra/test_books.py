"""The full pass over an export names whatever does not agree, as the verification of the tables does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from bank import clock, ids, ledger
from bank.ledger import growing, parts, statements
from bank.ledger.tables import AccountRow
from bank.store import Transaction
from infra.books import __main__ as command
from infra.books import exporting, full_pass
from tests.unit.bank.ledger import given
from tests.unit.bank.ledger.alterations import (
    ALTERATIONS,
    NOWHERE,
    PAYER,
    SHOP,
    Item,
    build,
    is_entry,
    items,
    key_of,
    name_of,
)
from tests.unit.bank.ledger.given import FEES, FUNDING, a_ledger, post, settlement, wallet

Ledger = dict[str, list[Item]]
JOURNALS, ENTRIES, ACCOUNTS = "ledger-journals", "ledger-entries", "ledger-accounts"


@pytest.fixture(scope="module")
def sound() -> Iterator[Ledger]:
    """All items of a ledger on which everything has happened, five minutes ago."""
    with a_ledger() as books:
        build(books)
        books.time.forward(minutes=5)
        yield stored()


def stored() -> Ledger:
    return {table: items(table) for table in exporting.TABLES}


def reported(folder: Path, ledger_items: Ledger) -> dict[str, Any]:
    """What a pass says of an export of these items, to the instant that it is now."""
    wire = TypeSerializer()
    for table, rows in ledger_items.items():
        found = ({name: wire.serialize(value) for name, value in row.items()} for row in rows)
        exporting.write(folder, table, found, clock.instant())
    return full_pass.verify(folder)


def replaced(ledger_items: Ledger, table: str, before: Item | None, after: Item | None) -> Ledger:
    """The items with one of them altered, put in or gone."""
    key = key_of(table, before or after or {})
    others = [row for row in ledger_items[table] if key_of(table, row) != key]
    return {**ledger_items, table: [*others, *([after] if after else [])]}


def names(report: dict[str, Any]) -> str:
    return " ".join(f"{each['id']} {each['detail']}" for each in report["differences"])


def test_on_a_sound_ledger_nothing_is_named(sound: Ledger, tmp_path: Path) -> None:
    report = reported(tmp_path, sound)

    assert (report["differences"], report["difference_count"], report["zero_sum"]) == ([], 0, True)
    assert report["sums"] == {"CNY": 0}
    assert (report["accounts"], report["journals"]) == (5, len(sound[JOURNALS]))
    assert report["differing_shards"] == 0


@pytest.mark.parametrize("what", ALTERATIONS)
def test_what_was_altered_is_named(sound: Ledger, tmp_path: Path, what: str) -> None:
    alteration = ALTERATIONS[what]
    before = next(item for item in sound[alteration.table] if alteration.which(item))

    report = reported(tmp_path, replaced(sound, alteration.table, before, alteration.change(before)))

    assert (alteration.names or name_of(alteration.table, before)) in names(report)


@pytest.mark.parametrize("which", range(8))
def test_any_entry_deleted_is_named_by_its_journal_or_its_step(
    sound: Ledger, tmp_path: Path, which: int
) -> None:
    before = [item for item in sound[ENTRIES] if is_entry("stl_")(item) or is_entry("int_")(item)]
    chosen = before[which * len(before) // 8]

    report = reported(tmp_path, replaced(sound, ENTRIES, chosen, None))

    step = f"{chosen['account_shard'].partition('#')[0]}#{chosen['seq']}"
    assert {chosen["journal_id"], step} & {difference["id"] for difference in report["differences"]}


def invented(account_shard: str, entry_key: str, **facts: Any) -> Item:
    """An entry out of nothing."""
    made = {"kind": "payment", "reference": "for nothing", "counterparty": PAYER, "journal_count": 1}
    where = {"account_shard": account_shard, "entry_key": entry_key, "booked_at": NOWHERE}
    return {**made, **where, "amount": 7, "balance_after": 7, "seq": 99, "journal_id": "jrn_x", **facts}


@pytest.mark.parametrize("prefix", ["wal_", "stl_", FEES, FUNDING])
def test_a_posting_out_of_nothing_is_named(sound: Ledger, tmp_path: Path, prefix: str) -> None:
    account_id = next(row["account_id"] for row in sound[ACCOUNTS] if row["account_id"].startswith(prefix))
    made = invented(f"{account_id}#p", statements.posting_key(NOWHERE, 99, account_id))

    report = reported(tmp_path, replaced(sound, ENTRIES, None, made))

    assert f"{account_id}#99" in {difference["id"] for difference in report["differences"]}


@pytest.mark.parametrize("account", ["stl_", "int_"])
def test_a_mark_without_its_posting_is_named(sound: Ledger, tmp_path: Path, account: str) -> None:
    entry = next(item for item in sound[ENTRIES] if is_entry(account)(item))
    transfer = next(item for item in sound[JOURNALS] if item["kind"] == "transfer")
    for journal_id in ("jrn_x", transfer["journal_id"], entry["journal_id"]):
        made = {**entry, "entry_key": f"{NOWHERE}#jrn_x", "journal_id": journal_id}

        report = reported(tmp_path / journal_id, replaced(sound, ENTRIES, None, made))

        assert f"{entry['account_shard'].partition('#')[0]}#" in names(report)


def test_a_journal_out_of_nothing_is_named(sound: Ledger, tmp_path: Path) -> None:
    before = next(item for item in sound[JOURNALS] if item["kind"] == "transfer")
    content = {name: value for name, value in before.items() if name != "digest"}
    content |= {"journal_id": "jrn_x", "legs": json.loads(before["legs"])}
    made = {**content, "legs": before["legs"], "digest": ids.digest(content)}

    report = reported(tmp_path, replaced(sound, JOURNALS, None, made))

    assert "jrn_x" in {difference["id"] for difference in report["differences"]}


def test_an_account_that_is_gone_with_all_that_it_had_is_named_by_its_journals(
    sound: Ledger, tmp_path: Path
) -> None:
    left = {
        ACCOUNTS: [row for row in sound[ACCOUNTS] if row["account_id"] != SHOP],
        ENTRIES: [row for row in sound[ENTRIES] if not row["account_shard"].startswith(SHOP)],
    }

    report = reported(tmp_path, {**sound, **left})

    assert {"what": "account", "id": SHOP, "detail": "journals name it, and it is not there"} in report[
        "differences"
    ]


def test_what_sql_cannot_digest_the_kernel_does(tmp_path: Path) -> None:
    with a_ledger() as books:
        payer = wallet(1_000)
        made = given.journal({payer: -10, FUNDING: 10}, kind="withdrawal")
        odd = ledger.Journal(**{**vars(made), "reference": 'q"\\\x1f 银行, \u2028'})
        transaction = Transaction()
        ledger.post(transaction, odd, given.read(odd), made_by="cli_1")
        transaction.commit()
        books.settle()
        books.time.forward(minutes=5)

        assert reported(tmp_path, stored())["differences"] == []


def test_accounts_of_several_rows_are_passed_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PER_MINUTE", 2)
    with a_ledger() as books:
        payer, shop = wallet(10_000), settlement()
        for amount in range(101, 111):
            post({payer: -amount, shop: amount})
            books.settle()
        growing.grow(shop)
        for amount in range(201, 211):
            post({payer: -amount, shop: amount})
            books.settle()
        post({shop: -2_500, payer: 2_500}, "refund")
        books.settle()
        books.time.forward(minutes=5)
        found = stored()

    assert AccountRow(**{"account_id": f"{shop}~1"}).part is not None
    shares = [item for item in found[ENTRIES] if item["kind"] == "refund" and "#e" in item["account_shard"]]
    assert [item["seq"] for item in shares] == [0]
    assert reported(tmp_path / "sound", found)["differences"] == []
    share = next(
        item
        for item in found[ENTRIES]
        if item["kind"] == "refund" and item["account_shard"].startswith(f"{shop}~")
    )
    without = reported(tmp_path / "share", replaced(found, ENTRIES, share, None))
    assert "what its rows paid is not what it tells of" in names(without)
    part = next(row for row in found[ACCOUNTS] if row["account_id"] == f"{shop}~1")
    without = reported(tmp_path / "part", replaced(found, ACCOUNTS, part, None))
    assert f"{shop} has" in names(without)


def test_what_is_on_its_way_is_no_difference(tmp_path: Path) -> None:
    with a_ledger() as books:
        payer, shop = wallet(1_000), settlement()
        books.settle()
        books.time.forward(minutes=5)
        post({payer: -100, shop: 100})
        books.time.forward(seconds=59)
        assert reported(tmp_path / "1", stored())["differences"] == []
        books.time.forward(seconds=2)
        assert reported(tmp_path / "2", stored())["difference_count"] > 0


def test_tables_as_of_different_instants_are_refused(sound: Ledger, tmp_path: Path) -> None:
    for table in exporting.TABLES:
        exporting.write(tmp_path, table, [], "2026-01-30T04:00:00.000000Z")
    exporting.write(tmp_path, JOURNALS, [], "2026-01-30T04:05:00.000000Z")

    with pytest.raises(full_pass.NoExport, match="not one instant"):
        full_pass.verify(tmp_path)


def test_the_command_exports_the_tables_and_passes_over_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TABLE_PREFIX", "perkbank-test-")
    with a_ledger() as books:
        build(books)
        books.time.forward(minutes=5)

        assert command.main(["export", str(tmp_path)]) == 0
        assert json.loads(capsys.readouterr().out)[JOURNALS] == len(items(JOURNALS))
        assert command.main(["verify", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["difference_count"] == 0
