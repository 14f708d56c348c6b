"""A pass: facts from files and from what was kept, differences by SQL, and what only the kernel can judge."""

import json
import secrets
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from bank import clock
from bank.ledger import chart
from bank.ledger.lateness import IN_FLIGHT, LOST_AFTER
from bank.ledger.tables import HoldRow, JournalRow
from bank.ledger.verification.run import CLOCK_SKEW, MOST_NAMED
from infra.books import reading
from infra.books.reading import Export, NoExport

HERE = Path(__file__).parent

Db = duckdb.DuckDBPyConnection


def verify(
    folder: Path, *, kept: Path | None = None, memory: str = "1GB", threads: int = 2
) -> dict[str, Any]:
    """Compare what the export in `folder` holds; a report as of `bank.ledger.verification`, with `export`.

    A full export is compared from zero, an incremental one from the checkpoints in the file `kept`, which has
    to end where it begins. A pass that finds nothing wrong leaves its own checkpoints there, all or none, so
    that one that died is run again. `memory` bounds what DuckDB keeps (`512MB`): the rest goes to `folder`.
    Raises NoExport where files or checkpoints do not fit.
    """
    export, started = reading.found(folder), clock.instant()
    with tempfile.TemporaryDirectory(prefix="pass-", dir=folder) as space:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "threads": threads,
            "temp_directory": space,
            "preserve_insertion_order": False,
        }
        with duckdb.connect(str(kept or f"{space}/kept.duckdb"), config=config) as db:
            db.execute("SET enable_progress_bar = false")
            db.begin()
            _compare(db, export)
            report = {"started_at": started, **_report(db, export)}
            if kept and not report["difference_count"]:
                _run(db, "keep")
                db.commit()
            else:
                db.rollback()
    return {**report, "finished_at": clock.instant()}


def _compare(db: Db, export: Export) -> None:
    _run(db, "kept")
    _require_adjoining(db, export)
    for name, value in _variables(export).items():
        db.execute(f"SET VARIABLE {name} = $value", {"value": value})
    reading.load(db, export)
    _run(db, "tables")
    _judge_doubtful(db)
    _run(db, "facts")
    _hold_to_the_chart(db)
    _run(db, "checks")


def _require_adjoining(db: Db, export: Export) -> None:
    """Let no change be in neither of two passes. A full export begins anew, held to what was walked."""
    until = [row[0] for row in db.execute("FROM kept_until").fetchall()]
    full = export.since is None
    db.execute(f"CREATE TEMP TABLE walked AS SELECT row_id, last_seq, chain FROM kept_accounts WHERE {full}")
    if full:
        for table in ("until", "accounts", "holds", "legs", "entries"):
            db.execute(f"DELETE FROM kept_{table}")
    elif until != [export.since]:
        raise NoExport(f"checkpoints are as of {until or 'nothing'}, the export begins at {export.since}")


def _variables(export: Export) -> dict[str, str | int]:
    now: datetime = clock.parse(export.until)
    return {
        "salt": secrets.token_hex(32),
        "until": export.until,
        "cut": clock.instant(now - IN_FLIGHT),
        "lost_before": clock.instant(now - LOST_AFTER),
        "latest": clock.instant(now + CLOCK_SKEW),
        "parts_of_internal": chart.PARTS,
    }


def _run(db: Db, name: str) -> None:
    db.execute((HERE / f"{name}.sql").read_text())


def _judge_doubtful(db: Db) -> None:
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


def _named(db: Db, query: str) -> list[dict[str, Any]]:
    found = db.execute(query)
    names = [each[0] for each in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _hold_to_the_chart(db: Db) -> None:
    """Compare where the bank's own accounts stand, once all is booked on them, with the chart."""
    query = """
        SELECT account_id, sum(amount) FROM (
            SELECT account_id, balance AS amount FROM accounts WHERE prefix = 'int'
            UNION ALL SELECT account_id, amount FROM unmet WHERE prefix = 'int'
        ) GROUP BY account_id
    """
    for account_id, balance in db.execute(query).fetchall():
        complaint = chart.complaint(account_id, int(balance or 0))
        if complaint:
            _differs(db, "account", account_id, complaint)


def _differs(db: Db, what: str, name: str, detail: str) -> None:
    difference = {"what": what, "id": name, "detail": detail}
    db.execute("INSERT INTO differences VALUES ($what, $id, $detail, NULL)", difference)


def _report(db: Db, export: Export) -> dict[str, Any]:
    def counted(query: str) -> int:
        return int(db.execute(query).fetchall()[0][0])

    late = _named(db, "SELECT * EXCLUDE (standing) FROM judged WHERE standing = 'late' ORDER BY ALL")
    wrong = _named(db, "SELECT * EXCLUDE (since) FROM judged WHERE standing <> 'late' ORDER BY ALL")
    sums = {currency: -int(total) for currency, total in db.execute(_MISSING).fetchall()}
    return {
        "as_of": _variables(export)["cut"],
        "accounts": counted("SELECT count(DISTINCT account_id) FROM rows_now"),
        "journals": counted("SELECT count(*) FROM journals"),
        "sums": sums,
        "zero_sum": not any(sums.values()),
        "difference_count": len(wrong),
        "differences": wrong[:MOST_NAMED],
        "late_count": len(late),
        "late_since": min((each["since"] for each in late), default=None),
        "late": late[:MOST_NAMED],
        "export": {
            "since": export.since,
            "until": export.until,
            "entries": counted("SELECT count(*) FROM entries"),
            "differing_shards": counted("SELECT count(*) FROM differing"),
        },
    }


# What was booked sums to nil, journal by journal, but for the legs that are not late and were not booked.
_MISSING = """
    SELECT currency, coalesce(sum(amount) FILTER (contradicts OR booked_at <= getvariable('lost_before')), 0)
    FROM (SELECT currency, amount, contradicts, booked_at FROM unmet
          UNION ALL SELECT DISTINCT currency, 0, false, '' FROM accounts WHERE currency IS NOT NULL)
    GROUP BY currency ORDER BY currency
"""
