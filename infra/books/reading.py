"""The files of an export, full or incremental, read into DuckDB: each item as it is, and as it was before."""

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bank import clock

# Attributes that are compared, by table, with DynamoDB's types. What is of another type reads as NULL.
# In this order a stage that is at work is scanned: what an entry follows from is then read after it.
ATTRIBUTES: dict[str, dict[str, tuple[str, ...]]] = {
    "ledger-entries": {
        "S": (
            "account_shard",
            "entry_key",
            "journal_id",
            "kind",
            "reference",
            "counterparty",
            "booked_at",
            "lines",
        ),
        "N": ("amount", "balance_after", "seq", "part", "journal_count"),
    },
    "ledger-journals": {
        "S": ("journal_id", "kind", "reference", "currency", "legs", "booked_at", "made_by", "digest"),
        "BOOL": ("wide",),
    },
    "ledger-holds": {
        "S": (
            "hold_id",
            "account_id",
            "currency",
            "status",
            "day",
            "expires_at",
            "reference",
            "payee_account_id",
            "journal_id",
            "digest",
            "open_shard",
        ),
        "N": ("amount", "captured", "returned"),
    },
    "ledger-accounts": {
        "S": ("account_id", "kind", "currency", "booked_at", "opened_at", "lt"),
        "N": ("balance", "held", "available", "cl", "version", "pt"),
    },
}
TABLES = tuple(ATTRIBUTES)


class NoExport(Exception):
    """A folder is no export of the ledger's tables, all to one instant."""


@dataclass(frozen=True)
class Export:
    """Exports of all four tables. `since`: of what changed from that instant on; None: of everything."""

    folder: Path
    since: str | None
    until: str


def found(folder: Path) -> Export:
    """The export in a folder. Raises NoExport."""
    spans = set[tuple[str | None, str]]()
    for table in TABLES:
        summaries = list((folder / table).glob("**/manifest-summary.json"))
        if len(summaries) != 1:
            raise NoExport(f"{len(summaries)} exports of {table} in {folder}: there must be one")
        facts = json.loads(summaries[0].read_text())
        if "exportFromTime" not in facts:
            spans.add((None, _instant(facts["exportTime"])))
        elif facts.get("outputView") != "NEW_AND_OLD_IMAGES":
            raise NoExport(f"the export of {table} does not say what items were before")
        else:
            spans.add((_instant(facts["exportFromTime"]), _instant(facts["exportToTime"])))
    if len(spans) != 1:
        raise NoExport(f"the tables were exported as of different instants: {sorted(map(str, spans))}")
    return Export(folder, *spans.pop())


def _instant(text: str) -> str:
    """DynamoDB writes milliseconds."""
    return clock.instant(clock.parse(text))


def load(db: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Make `raw_accounts` and so on, each item as its `image` (NULL: removed) and as `before` (NULL: new)."""
    for table, attributes in ATTRIBUTES.items():
        fields = [f"{name} STRUCT({kind} VARCHAR)" for kind, names in attributes.items() for name in names]
        item = f"'STRUCT({', '.join(fields)})'"
        db.execute(
            f"""CREATE TEMP TABLE raw_{table.removeprefix("ledger-")} AS
            SELECT coalesce(Item, NewImage) AS image, OldImage AS before
            FROM read_json($files, format = 'newline_delimited',
                columns = {{Item: {item}, NewImage: {item}, OldImage: {item}}})""",
            {"files": f"{export.folder}/{table}/**/data/*.json.gz"},
        )
