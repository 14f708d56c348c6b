"""The pass: tables and facts from the files, differences by SQL, and what only the kernel can judge."""

import json
import secrets
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from bank import clock
from bank.ledger import chart
from bank.ledger.tables import HoldRow, JournalRow
from bank.ledger.verification.run import Run
from infra.books.exporting import TABLES

HERE = Path(__file__).parent
MAX_DIFFERENCES = 200


class NoExport(Exception):
    """A folder is no export of the ledger's tables to one instant."""


def verify(folder: Path, *, memory: str = "1GB", threads: int = 2) -> dict[str, Any]:
    """Compare all that the export in `folder` holds; a report as `bank.ledger.verification` gives.

    `memory` bounds what DuckDB keeps (`512MB`); the rest goes to files beside `folder`.
    """
    exported, started = _instant(folder), clock.instant()
    run = Run.started_at(clock.parse(exported))
    with tempfile.TemporaryDirectory(prefix="pass-", dir=folder) as space:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "threads": threads,
            "temp_directory": space,
            "preserve_insertion_order": False,
        }
        with duckdb.connect(f"{space}/books.duckdb", config=config) as db:
            db.execute("SET enable_progress_bar = false")
            variables = {
                "folder": str(folder),
                "salt": secrets.token_hex(32),
                "cut": run.cut,
                "latest": run.latest,
                "parts_of_internal": chart.PARTS,
            }
            for name, value in variables.items():
                db.execute(f"SET VARIABLE {name} = $value", {"value": value})
            _run(db, "tables")
            _judge_doubtful(db)
            _run(db, "facts")
            _run(db, "checks")
            _hold_to_the_chart(db)
            return _report(db, run.cut, exported=exported, started=started)


def _instant(folder: Path) -> str:
    """The instant of the tables' exports, which must be one."""
    found = set()
    for table in TABLES:
        summaries = list((folder / table).glob("**/manifest-summary.json"))
        if len(summaries) != 1:
            raise NoExport(f"{len(summaries)} exports of {table} in {folder}: there must be one")
        found.add(json.loads(summaries[0].read_text())["exportTime"])
    if len(found) != 1:
        raise NoExport(f"the tables were exported as of {', '.join(sorted(found))}: not one instant")
    # DynamoDB writes milliseconds.
    return clock.instant(clock.parse(found.pop()))


def _run(db: duckdb.DuckDBPyConnection, name: str) -> None:
    db.execute((HERE / f"{name}.sql").read_text())


def _judge_doubtful(db: duckdb.DuckDBPyConnection) -> None:
    """Have the kernel say which journals and holds were altered; no check goes by such a journal."""
    for row in _named(db, "FROM doubtful_journals"):
        if not JournalRow(**{**row, "legs": _parsed(row["legs"])}).intact():
            _differs(db, "journal", row["journal_id"], "altered: its content does not give its digest")
            db.execute("DELETE FROM journals WHERE journal_id = $id", {"id": row["journal_id"]})
    for row in _named(db, "FROM doubtful_holds"):
        hold = HoldRow(**row)
        if hold.facts_digest() != hold.digest or hold.open_shard not in hold.expected_shards():
            _differs(db, "hold", hold.hold_id, "altered: it is not as it was placed")


def _parsed(legs: str | None) -> Any:
    try:
        return json.loads(legs or "")
    except ValueError:
        return None


def _named(db: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = db.execute(query)
    names = [each[0] for each in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _hold_to_the_chart(db: duckdb.DuckDBPyConnection) -> None:
    """Compare where the bank's own accounts stand, by the journals, with the chart."""
    query = """
        SELECT account_id, sum(amount) FILTER (booked_at <= getvariable('cut')) FROM legs WHERE prefix = 'int'
        GROUP BY account_id UNION SELECT account_id, 0 FROM accounts ANTI JOIN legs USING (account_id)
        WHERE accounts.prefix = 'int'
    """
    for account_id, balance in db.execute(query).fetchall():
        complaint = chart.complaint(account_id, int(balance or 0))
        if complaint:
            _differs(db, "account", account_id, complaint)


def _differs(db: duckdb.DuckDBPyConnection, what: str, name: str, detail: str) -> None:
    db.execute(
        "INSERT INTO differences VALUES ($what, $id, $detail)", {"what": what, "id": name, "detail": detail}
    )


def _report(db: duckdb.DuckDBPyConnection, as_of: str, *, exported: str, started: str) -> dict[str, Any]:
    def counted(query: str) -> int:
        return int(db.execute(query).fetchall()[0][0])

    sums = dict(db.execute(_SUMS).fetchall())
    found = db.execute("SELECT DISTINCT what, id, detail FROM differences ORDER BY ALL").fetchall()
    return {
        "as_of": as_of,
        "exported_at": exported,
        "started_at": started,
        "finished_at": clock.instant(),
        "accounts": counted("SELECT count(*) FROM accounts WHERE number = 0"),
        "journals": counted("SELECT count(*) FROM journals"),
        "entries": counted("SELECT count(*) FROM entries"),
        "differing_shards": counted("SELECT count(*) FROM differing"),
        "sums": {currency: int(total) for currency, total in sorted(sums.items())},
        "zero_sum": not any(sums.values()),
        "difference_count": len(found),
        "differences": [
            dict(zip(("what", "id", "detail"), row, strict=True)) for row in found[:MAX_DIFFERENCES]
        ],
    }


# What was booked of the journals up to the cut, by the currency of the account that it was booked on.
_SUMS = """
    SELECT coalesce(currency, ''), sum(amount) FROM (
        SELECT account_id, amount FROM told
        WHERE account_id NOT LIKE 'int_%' AND booked_at <= getvariable('cut')
        UNION ALL
        SELECT lines.account_id, lines.amount FROM lines LEFT JOIN legs USING (journal_id, account_id)
        WHERE coalesce(legs.booked_at, '') <= getvariable('cut')
    ) AS booked LEFT JOIN accounts ON accounts.row_id = booked.account_id GROUP BY 1
"""
