"""The full pass over an export of a ledger of many journals (`infra.books`): its time, CPU and space.

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
from itertools import islice
from pathlib import Path
from typing import Any

from bank import clock, ledger
from bank.ledger import AccountRow, Journal, JournalRow, chart, parts, statements
from bank.ledger.applier import MAX_JOURNALS
from bank.ledger.tables import EntryRow
from bench import report as table
from bench.report import Row, Section
from infra.books import exporting, full_pass

AMOUNT, FEE = 1_000, 6
FEES = ledger.internal(chart.FEES, "CNY")
START, APART = clock.parse("2026-01-01T00:00:00.000000Z"), timedelta(seconds=2.5)


def full(journals: int) -> Section:
    """One pass over this many journals, a tenth as many wallets and a hundredth as many shops."""
    with tempfile.TemporaryDirectory(prefix="books-") as folder:
        size = _made(Path(folder), journals)
        before, began = _cpu(), time.perf_counter()
        report = full_pass.verify(Path(folder))
        took, used = time.perf_counter() - began, _cpu() - before
    assert not report["difference_count"], report["differences"][:3]
    assert report["journals"] == journals
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    share = 10**6 / journals
    rows = [
        Row(f"{journals:,} journals, {report['entries']:,} entries", (took, used, peak)),
        Row("  for each million journals", (took * share, used * share, "-")),
        Row("  bytes of the export, for each journal", ("-", "-", f"{size / journals:.0f} B")),
    ]
    return Section(
        "The full pass over an export, in DuckDB with 1 GB", ("seconds", "CPU seconds", "MB"), rows
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _made(folder: Path, count: int) -> int:
    """Write the export; its bytes."""
    at = clock.instant()
    wallets, shops = max(1, count // 10), max(1, count // 100)
    rows: dict[str, dict[str, Any]] = {}
    exporting.write(
        folder, "ledger-journals", (_journal_item(each) for each in _journals(count, wallets, shops)), at
    )
    exporting.write(folder, "ledger-entries", _entry_items(count, wallets, shops, rows), at)
    exporting.write(folder, "ledger-accounts", (_account_item(*each) for each in rows.items()), at)
    exporting.write(folder, "ledger-holds", [], at)
    return sum(each.stat().st_size for each in folder.glob("**/*.json.gz"))


def _journals(count: int, wallets: int, shops: int) -> Iterator[Journal]:
    """Payments of everybody at every shop in turn; the first of each wallet is a deposit for all."""
    for number in range(count):
        wallet, booked_at = f"wal_{number % wallets:026}", clock.instant(START + number * APART)
        amounts = {wallet: -AMOUNT, f"stl_{number % shops:026}": AMOUNT - FEE, FEES: FEE}
        kind = "payment"
        if number < wallets:
            kind, amounts = "deposit", {wallet: 10**6, ledger.internal(chart.FUNDING, "CNY"): -(10**6)}
        yield ledger.journal(
            f"jrn_{number:026}",
            kind=kind,
            reference=f"pay_{number:026}",
            currency="CNY",
            amounts=amounts,
            booked_at=booked_at,
        )


def _journal_item(journal: Journal) -> dict[str, Any]:
    return JournalRow.of(journal).serialize()


def _entry_items(count: int, wallets: int, shops: int, rows: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Wallets' postings, then what the applier books of each chunk."""
    journals = _journals(count, wallets, shops)
    for number in range(-(-count // MAX_JOURNALS)):
        chunk = list(islice(journals, MAX_JOURNALS))
        for journal in chunk:
            for leg in journal.immediate:
                seq, after = _step(rows, leg.account_id, leg.amount, journal.booked_at)
                yield EntryRow(
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
        yield from _applied(chunk, number, rows)


def _applied(chunk: list[Journal], number: int, rows: dict[str, Any]) -> Iterator[dict[str, Any]]:
    legs = defaultdict(list)
    for journal in chunk:
        for leg in journal.deferred:
            legs[leg.account_id].append((journal, leg))
    at = chunk[-1].booked_at
    for account_id, booked in legs.items():
        bank = account_id.startswith("int_")
        part = number % chart.PARTS if bank else None
        row_id = parts.row_id(account_id, part or 0)
        before = rows.get(row_id, {}).get("balance", 0)
        seq, after = _step(rows, row_id, sum(leg.amount for _, leg in booked), at)
        for journal, leg in booked:
            before += leg.amount
            if leg == journal.deferred[0]:
                yield statements.entry(journal, leg, seq=seq, balance_after=before, part=part).serialize()
        yield statements.posting(
            row_id,
            seq=seq,
            booked_at=at,
            amount=sum(leg.amount for _, leg in booked),
            balance_after=after,
            count=len(booked),
            part=part,
            lines=[[journal.journal_id, leg.amount] for journal, leg in booked] if bank else None,
        ).serialize()


def _step(rows: dict[str, Any], row_id: str, amount: int, at: str) -> tuple[int, int]:
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
    """Print what a pass costs. A million journals take ten minutes, most of them to make the ledger."""
    parser = argparse.ArgumentParser(prog="python -m bench.books", description="Measure the full pass")
    parser.add_argument("--journals", type=int, default=100_000)
    print(table.table([full(parser.parse_args().journals)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
