"""The full pass over an export names whatever does not agree, as the verification of the tables does."""

import json
import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from boto3.dynamodb.types import TypeSerializer

from accounts import rendering, schemas
from bank import clock, ids, ledger
from bank.ledger import growing, parts, statements, verification
from bank.ledger.tables import AccountRow
from bank.store import Transaction
from infra.books import __main__ as command
from infra.books import exporting, reading, verifying
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
    return {table: items(table) for table in reading.TABLES}


def reported(folder: Path, ledger_items: Ledger, *, kept: Path | None = None) -> dict[str, Any]:
    """What a pass says of an export of these items, to the instant that it is now."""
    wire, now = TypeSerializer(), clock.instant()
    for table, rows in ledger_items.items():
        found = ({name: wire.serialize(value) for name, value in row.items()} for row in rows)
        exporting.write(folder, table, found, at=now)
    return verifying.verify(folder, kept=kept)


def changed(
    folder: Path, before: Ledger, after: Ledger, *, since: str, until: str, kept: Path
) -> dict[str, Any]:
    """What a pass says of what changed in [since, until), from the checkpoints in `kept`."""
    for table in reading.TABLES:
        old, new = by_key(table, before[table]), by_key(table, after[table])
        pairs = [(old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys())]
        exporting.write_changes(
            folder, table, [pair for pair in pairs if pair[0] != pair[1]], since=since, until=until
        )
    return verifying.verify(folder, kept=kept)


def by_key(table: str, rows: list[Item]) -> dict[tuple[str, ...], Item]:
    wire = TypeSerializer()
    return {
        tuple(key_of(table, row).values()): {name: wire.serialize(value) for name, value in row.items()}
        for row in rows
    }


def checkpoints(kept: Path) -> list[tuple[Any, ...]]:
    query = "SELECT row_id, version, balance, last_seq, last_after, chain FROM kept_accounts ORDER BY row_id"
    with duckdb.connect(str(kept), read_only=True) as db:
        return db.execute(query).fetchall()


def replaced(ledger_items: Ledger, table: str, before: Item | None, after: Item | None) -> Ledger:
    """The items with one of them altered, put in or gone."""
    key = key_of(table, before or after or {})
    others = [row for row in ledger_items[table] if key_of(table, row) != key]
    return {**ledger_items, table: [*others, *([after] if after else [])]}


# As a consumer that is behind would leave it: named as late, and after a day as lost.
AS_IF_LATE = {"a wallet's last posting deleted"}


def late(report: dict[str, Any]) -> str:
    return " ".join(f"{each['id']} {each['detail']}" for each in report["late"])


def names(report: dict[str, Any]) -> str:
    return " ".join(f"{each['id']} {each['detail']}" for each in report["differences"])


def test_on_a_sound_ledger_nothing_is_named(sound: Ledger, tmp_path: Path) -> None:
    report = reported(tmp_path, sound)

    assert (report["differences"], report["difference_count"], report["zero_sum"]) == ([], 0, True)
    assert report["sums"] == {"CNY": 0, "PTS": 0}
    assert (report["accounts"], report["journals"]) == (9, len(sound[JOURNALS]))
    assert report["export"]["differing_shards"] == 0


@pytest.mark.parametrize("what", ALTERATIONS)
def test_what_was_altered_is_named(sound: Ledger, tmp_path: Path, what: str) -> None:
    alteration = ALTERATIONS[what]
    before = next(item for item in sound[alteration.table] if alteration.which(item))

    report = reported(tmp_path, replaced(sound, alteration.table, before, alteration.change(before)))

    name = alteration.names or name_of(alteration.table, before)
    assert name in (late if what in AS_IF_LATE else names)(report)


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

    assert f"{SHOP} journals name it, and it is not there" in names(report)


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
            post({payer: -amount, shop: amount}, wide=True)
            books.settle()
        post({shop: -2_500, payer: 2_500}, "refund")
        books.settle()
        books.time.forward(minutes=5)
        found = stored()

        assert AccountRow(**{"account_id": f"{shop}~1"}).part is not None
        shares = [
            item for item in found[ENTRIES] if item["kind"] == "refund" and "#e" in item["account_shard"]
        ]
        assert [item["seq"] for item in shares] == [0]
        assert reported(tmp_path / "sound", found)["differences"] == []
        share = next(
            item
            for item in found[ENTRIES]
            if item["kind"] == "refund" and item["account_shard"].startswith(f"{shop}~")
        )
        without = reported(tmp_path / "share", replaced(found, ENTRIES, share, None))
        assert "what its rows paid is not what it tells of" in late(without)
        part = next(row for row in found[ACCOUNTS] if row["account_id"] == f"{shop}~1")
        without = reported(tmp_path / "part", replaced(found, ACCOUNTS, part, None))
        assert f"{shop} has" in names(without)


@pytest.mark.parametrize(
    ("age", "lates", "lost"), [(59, False, False), (61, True, False), (24 * 3600 + 1, False, True)]
)
@pytest.mark.parametrize("behind", ["applier", "statements"])
def test_what_is_not_written_yet_is_late_for_a_day(
    tmp_path: Path, behind: str, age: int, lates: bool, lost: bool
) -> None:
    with a_ledger() as books:
        payer, shop = wallet(1_000), settlement()
        books.settle()
        books.time.forward(minutes=5)
        post({payer: -100, shop: 90, FEES: 10})
        if behind == "statements":
            books.apply()
        else:
            books.state()
        books.time.forward(seconds=age)
        report = reported(tmp_path, stored())

    assert (report["late_count"] > 0, report["difference_count"] > 0) == (lates, lost)
    assert {each["standing"] for each in report["differences"]} == ({"lost"} if lost else set())
    assert report["zero_sum"] is not lost


# From checkpoint to checkpoint -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def history() -> list[tuple[str, Ledger]]:
    """A ledger at many instants, also while its consumers are behind, each with what was stored then."""
    seen: list[tuple[str, Ledger]] = []
    with pytest.MonkeyPatch.context() as patch, a_ledger() as books:
        patch.setattr(parts, "PER_MINUTE", 2)

        def look() -> None:
            seen.append((books.time.forward(minutes=7), stored()))

        payer, payee, shop = wallet(50_000), wallet(), settlement()
        look()
        for number in range(5):
            post({payer: -100 - number, shop: 90 + number, FEES: 10}, "payment")
        look()
        books.apply()
        look()
        books.state()
        growing.grow(shop)
        held = given.hold(payer, 300, expires_at="2026-02-01T00:00:00.000000Z", payee=payee)
        look()
        for number in range(6):
            post({payer: -200 - number, shop: 200 + number})
            books.apply()
        look()
        books.settle()
        given.capture(held, {payer: -250, payee: 250}).commit()
        post({shop: -1_000, payer: 1_000}, "refund")
        look()
        books.settle()
        post({payer: -7, payee: 7}, "transfer")
        books.settle()
        look()
    return seen


@pytest.mark.parametrize("stride", [1, 2, 3, 6])
def test_pass_after_pass_finds_nothing_and_ends_where_a_full_one_does(
    history: list[tuple[str, Ledger]], tmp_path: Path, stride: int
) -> None:
    kept, chosen = tmp_path / "kept", [*history[:-1:stride], history[-1]]
    with clock.source(lambda: clock.parse(chosen[0][0])):
        assert reported(tmp_path / "first", chosen[0][1], kept=kept)["differences"] == []
    journals = len(chosen[0][1][JOURNALS])
    for number, ((since, before), (until, after)) in enumerate(pairwise(chosen)):
        report = changed(tmp_path / str(number), before, after, since=since, until=until, kept=kept)
        assert (report["differences"], report["zero_sum"]) == ([], True)
        journals += report["journals"]
    assert (report["late"], journals) == ([], len(chosen[-1][1][JOURNALS]))

    with clock.source(lambda: clock.parse(chosen[-1][0])):
        assert reported(tmp_path / "full", chosen[-1][1], kept=tmp_path / "whole")["differences"] == []
    assert checkpoints(kept) == checkpoints(tmp_path / "whole")


@pytest.fixture(scope="module")
def walked(sound: Ledger, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """When the sound ledger was walked, and the checkpoints of that."""
    folder = tmp_path_factory.mktemp("walked")
    report = reported(folder / "export", sound, kept=folder / "kept")
    return report["export"]["until"], folder / "kept"


LATER = "2026-01-31T12:00:00.000000Z"


@pytest.mark.parametrize("what", ALTERATIONS)
def test_what_was_altered_behind_a_checkpoint_is_named(
    sound: Ledger, walked: tuple[str, Path], tmp_path: Path, what: str
) -> None:
    alteration = ALTERATIONS[what]
    before = next(item for item in sound[alteration.table] if alteration.which(item))
    after = replaced(sound, alteration.table, before, alteration.change(before))
    kept = Path(shutil.copy(walked[1], tmp_path))

    report = changed(tmp_path / "changes", sound, after, since=walked[0], until=LATER, kept=kept)

    # An item that may not change is named itself, also where a full pass would name what it belongs to.
    assert (alteration.names or name_of(alteration.table, before)).split("#")[0] in names(report)
    assert checkpoints(kept) == checkpoints(walked[1])


def test_a_pass_that_found_something_is_made_again_until_it_finds_nothing(
    sound: Ledger, walked: tuple[str, Path], tmp_path: Path
) -> None:
    wrong = replaced(sound, JOURNALS, sound[JOURNALS][0], None)
    kept = Path(shutil.copy(walked[1], tmp_path))
    for number in range(2):
        report = changed(tmp_path / str(number), sound, wrong, since=walked[0], until=LATER, kept=kept)
        assert sound[JOURNALS][0]["journal_id"] in names(report)

    restored = changed(tmp_path / "3", sound, sound, since=walked[0], until=LATER, kept=kept)
    assert (restored["differences"], restored["accounts"], restored["journals"]) == ([], 0, 0)
    with pytest.raises(reading.NoExport, match="the export begins at"):
        changed(tmp_path / "4", sound, sound, since=walked[0], until=LATER, kept=kept)


def test_a_full_pass_is_held_to_what_was_walked_before(
    sound: Ledger, walked: tuple[str, Path], tmp_path: Path
) -> None:
    """Somebody who could write everything, and made all agree again, as with a restored table."""
    kept = Path(shutil.copy(walked[1], tmp_path))
    with duckdb.connect(str(kept)) as db:
        db.execute("UPDATE kept_accounts SET chain = 'x' WHERE row_id = $id", {"id": PAYER})

    report = reported(tmp_path / "full", sound, kept=kept)

    assert re.fullmatch(f"{PAYER} its steps up to [0-9]+ are not those that were walked", names(report))


def test_changes_without_what_was_before_are_refused(tmp_path: Path) -> None:
    for table in reading.TABLES:
        exporting.write_changes(tmp_path, table, [], since=NOWHERE, until=LATER)
    manifest = next((tmp_path / JOURNALS).glob("**/manifest-summary.json"))
    manifest.write_text(manifest.read_text().replace("NEW_AND_OLD_IMAGES", "NEW_IMAGE"))

    with pytest.raises(reading.NoExport, match="what items were before"):
        verifying.verify(tmp_path, kept=tmp_path / "kept")


def test_tables_as_of_different_instants_are_refused(sound: Ledger, tmp_path: Path) -> None:
    for table in reading.TABLES:
        exporting.write(tmp_path, table, [], at="2026-01-30T04:00:00.000000Z")
    exporting.write(tmp_path, JOURNALS, [], at="2026-01-30T04:05:00.000000Z")

    with pytest.raises(reading.NoExport, match="different instants"):
        verifying.verify(tmp_path)


def get_verification(report: dict[str, Any]) -> schemas.VerificationAnswer:
    """What GET /ledger/verification answers."""
    facts = {name: value for name, value in report.items() if name != "sums"}
    return schemas.VerificationAnswer(currencies=rendering.sums(report), **facts)


def test_the_command_exports_the_tables_and_passes_over_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TABLE_PREFIX", "perkbank-test-")
    with a_ledger() as books:
        build(books)
        books.time.forward(minutes=5)

        assert command.main(["export", str(tmp_path)]) == 0
        assert json.loads(capsys.readouterr().out)[JOURNALS] == len(items(JOURNALS))
        kept = str(tmp_path / "kept")
        assert command.main(["verify", str(tmp_path), "--kept", kept, "--publish"]) == 0
        answer = get_verification(verification.last_report() or {})
        assert (answer.journals, answer.difference_count) == (len(items(JOURNALS)), 0)
    assert json.loads(capsys.readouterr().out)["difference_count"] == 0
