"""Passes over exports of a ledger of many journals (`infra.books`): their time, CPU and space.

    python -m bench.books --journals 1000000

The ledger is made as posting, applier and streams would leave it, straight into an export's files: writing a
million journals through a MiniStack would take an hour and measure that.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from bank import clock, ledger
from bank.ledger import AccountRow, Journal, JournalRow, chart, parts, statements
from bank.ledger.applier import MAX_JOURNALS
from bank.ledger.tables import EntryRow
from bench import report as table
from bench.report import Row, Section
from infra.books import exporting, verifying

AMOUNT, FEE = 1_000, 6
FEES = ledger.internal(chart.FEES, "CNY")
START, APART = clock.parse("2026-01-01T00:00:00.000000Z"), timedelta(seconds=2.5)

# Of each row what its last posting left.
Rows = dict[str, dict[str, Any]]


def passes(journals: int) -> Section:
    """A full pass over this many journals, then one over a tenth as many that came after it."""
    journals -= journals % (10 * MAX_JOURNALS)
    wallets, shops = max(1, journals // 10), max(1, journals // 100)
    rows: Rows = {}
    with tempfile.TemporaryDirectory(prefix="books-") as space:
        folder, kept = Path(space), Path(space) / "kept.duckdb"
        made = list(_spans(journals))
        found = []
        for name, (first, last) in zip(("full", "changes"), made, strict=True):
            before = {row_id: dict(facts) for row_id, facts in rows.items()} if first else None
            _write(folder / name, range(first, last), (wallets, shops), rows, before)
            found.append(_pass(name, folder / name, last - first, kept))
        size = kept.stat().st_size / len(rows)
    return Section(
        "Verifying an export in DuckDB with 1 GB",
        ("seconds", "CPU seconds", "bytes"),
        [*found, Row("kept, for each row of an account", ("-", "-", f"{size:.0f}"))],
    )


def _spans(journals: int) -> Iterator[tuple[int, int]]:
    yield 0, journals
    yield journals, journals + journals // 10


def _pass(name: str, folder: Path, journals: int, kept: Path) -> Row:
    size = sum(each.stat().st_size for each in folder.glob("**/*.json.gz"))
    before, began = _cpu(), time.perf_counter()
    report = verifying.verify(folder, kept=kept)
    took, used = time.perf_counter() - began, _cpu() - before
    assert not report["difference_count"], report["differences"][:3]
    assert report["journals"] == journals
    share = 10**6 / journals
    what = f"{journals:,} journals, {report['export']['entries']:,} entries, {report['accounts']:,} accounts"
    print(f"{name}: {what} in {took:.0f} s, CPU {used:.0f} s", file=sys.stderr)
    return Row(f"{name}, for each million of journals", (took * share, used * share, f"{size * share:.0f}"))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _at(number: int) -> str:
    return clock.instant(START + number * APART)


def _write(folder: Path, numbers: range, sizes: tuple[int, int], rows: Rows, before: Rows | None) -> None:
    """An export of the journals of these numbers and what follows from them; of changes to `before`."""
    since, until = _at(numbers.start), _at(numbers.stop)
    made = {
        "ledger-journals": (JournalRow.of(each).serialize() for each in _journals(numbers, sizes)),
        "ledger-entries": _entry_items(numbers, sizes, rows),
        "ledger-holds": iter(()),
    }
    for name, items in made.items():
        if before is None:
            exporting.write(folder, name, items, at=until)
        else:
            exporting.write_changes(folder, name, ((None, item) for item in items), since=since, until=until)
    # Last: by then the entries have left in `rows` what is to be written.
    if before is None:
        exporting.write(folder, "ledger-accounts", (_account_item(*row) for row in rows.items()), at=until)
    else:
        moved = ((before.get(row_id), row_id) for row_id in rows if rows[row_id] != before.get(row_id))
        changes = (
            (old and _account_item(row_id, old), _account_item(row_id, rows[row_id])) for old, row_id in moved
        )
        exporting.write_changes(folder, "ledger-accounts", changes, since=since, until=until)


def _journals(numbers: range, sizes: tuple[int, int]) -> Iterator[Journal]:
    """Payments of everybody at every shop in turn; the first of each wallet is a deposit for all."""
    wallets, shops = sizes
    for number in numbers:
        wallet = f"wal_{number % wallets:026}"
        kind, amounts = (
            "payment",
            {wallet: -AMOUNT, f"stl_{number % shops:026}": AMOUNT - FEE, FEES: FEE},
        )
        if number < wallets:
            kind, amounts = "deposit", {wallet: 10**6, ledger.internal(chart.FUNDING, "CNY"): -(10**6)}
        yield ledger.journal(
            f"jrn_{number:026}",
            kind=kind,
            reference=f"pay_{number:026}",
            currency="CNY",
            amounts=amounts,
            booked_at=_at(number),
        )


def _entry_items(numbers: range, sizes: tuple[int, int], rows: Rows) -> Iterator[dict[str, Any]]:
    """Wallets' postings, then what the applier books of each chunk."""
    for first in range(numbers.start, numbers.stop, MAX_JOURNALS):
        chunk = list(_journals(range(first, min(first + MAX_JOURNALS, numbers.stop)), sizes))
        for journal in chunk:
            yield from (_stated(journal, leg, rows) for leg in journal.immediate)
        yield from _applied(chunk, first // MAX_JOURNALS, rows)


def _stated(journal: Journal, leg: ledger.Leg, rows: Rows) -> dict[str, Any]:
    seq, after = _step(rows, leg.account_id, leg.amount, journal.booked_at)
    return EntryRow(
        account_shard=f"{leg.account_id}#p",
        entry_key=statements.posting_key(journal.booked_at, seq, leg.account_id),
        journal_id=journal.journal_id,
        kind=journal.kind,
        reference=journal.reference,
        counterparty=journal.counterparty(leg.account_id),
        amount=leg.amount,
        balance_after=after,
        booked_at=journal.booked_at,
        seq=seq,
    ).serialize()


def _applied(chunk: list[Journal], number: int, rows: Rows) -> Iterator[dict[str, Any]]:
    legs: dict[str, list[tuple[Journal, ledger.Leg]]] = defaultdict(list)
    for journal in chunk:
        for leg in journal.deferred:
            legs[leg.account_id].append((journal, leg))
    at = chunk[-1].booked_at
    for account_id, booked in legs.items():
        bank = ledger.kind_of(account_id) is ledger.Kind.INTERNAL
        part = number % chart.PARTS if bank else None
        row_id, total = parts.row_id(account_id, part or 0), sum(leg.amount for _, leg in booked)
        seq, after = _step(rows, row_id, total, at)
        balance = after - total
        for journal, leg in booked:
            balance += leg.amount
            if leg == journal.deferred[0]:
                yield statements.entry(
                    journal, leg, seq=seq, balance_after=balance, part=part, applied_at=at
                ).serialize()
        yield statements.posting(
            row_id,
            seq=seq,
            booked_at=at,
            amount=total,
            balance_after=after,
            count=len(booked),
            part=part,
            lines=[[journal.journal_id, leg.amount] for journal, leg in booked] if bank else None,
        ).serialize()


def _step(rows: Rows, row_id: str, amount: int, at: str) -> tuple[int, int]:
    row = rows.setdefault(row_id, {"version": 0, "balance": 0})
    row |= {"version": row["version"] + 1, "balance": row["balance"] + amount, "booked_at": at}
    return row["version"], row["balance"]


def _account_item(row_id: str, facts: dict[str, Any]) -> dict[str, Any]:
    return AccountRow(
        account_id=row_id,
        owner_id="own_1",
        kind=ledger.kind_of(row_id).value,
        currency="CNY",
        opened_at=clock.instant(START),
        available=facts["balance"],
        **facts,
    ).serialize()


def main() -> int:
    """Print what passes cost. A million journals take ten minutes, most of them to make the ledger."""
    parser = argparse.ArgumentParser(prog="python -m bench.books", description="Measure passes")
    parser.add_argument("--journals", type=int, default=100_000)
    print(table.table([passes(parser.parse_args().journals)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
