"""An export of the ledger's tables, in the format of DynamoDB's export to S3 (DYNAMODB_JSON)."""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bank import clock, store

TABLES = ("ledger-accounts", "ledger-journals", "ledger-entries", "ledger-holds")
# Items in a file.
FILE = 250_000

Item = dict[str, Any]


def export(folder: Path) -> dict[str, int]:
    """Write all tables of the stage that TABLE_PREFIX names below `folder`; items of each.

    Tables are scanned one after another, while others write: what was booked after the first began may be
    in some of them only. A pass leaves out what is younger than a minute before.
    """
    began = clock.instant()
    return {table: write(folder, table, scan(table), began) for table in TABLES}


def scan(table: str) -> Iterator[Item]:
    """Every item of a table in its wire form."""
    pages = store.client().get_paginator("scan")
    for page in pages.paginate(TableName=store.table_name(table), ConsistentRead=True):
        yield from page["Items"]


def write(folder: Path, table: str, items: Iterable[Item], at: str) -> int:
    """Write a table's items as of the instant `at`; how many."""
    root = folder / table / "AWSDynamoDB" / "export"
    (root / "data").mkdir(parents=True, exist_ok=True)
    rest, number, count = iter(items), 0, 0
    while True:
        with gzip.open(
            root / "data" / f"{number:05}.json.gz", "wt", compresslevel=1, encoding="utf-8"
        ) as file:
            written = 0
            for _, item in zip(range(FILE), rest, strict=False):
                file.write(json.dumps({"Item": item}, ensure_ascii=False, separators=(",", ":")) + "\n")
                written += 1
        number, count = number + 1, count + written
        if written < FILE:
            break
    summary = {"exportTime": at, "outputFormat": "DYNAMODB_JSON", "itemCount": count}
    (root / "manifest-summary.json").write_text(json.dumps(summary))
    return count
