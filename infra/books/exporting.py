"""Exports of the ledger's tables, full and incremental, as DynamoDB writes its own to S3 (DYNAMODB_JSON)."""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bank import clock, store
from infra.books.reading import TABLES

# Items in a file.
FILE = 250_000

Item = dict[str, Any]


def export(folder: Path) -> dict[str, int]:
    """Write all tables of the stage that TABLE_PREFIX names below `folder`; items of each.

    Tables are scanned one after another, while others write: what was booked after the first began may be
    in some of them only. A pass leaves out what is younger than a minute before.
    """
    began = clock.instant()
    return {table: write(folder, table, scan(table), at=began) for table in TABLES}


def scan(table: str) -> Iterator[Item]:
    """Every item of a table in its wire form."""
    pages = store.client().get_paginator("scan")
    for page in pages.paginate(TableName=store.table_name(table), ConsistentRead=True):
        yield from page["Items"]


def write(folder: Path, table: str, items: Iterable[Item], *, at: str) -> int:
    """Write a table's items as of the instant `at`; how many."""
    facts = {"exportTime": at, "exportType": "FULL_EXPORT"}
    return _written(folder, table, ({"Item": item} for item in items), facts)


def write_changes(
    folder: Path, table: str, changes: Iterable[tuple[Item | None, Item | None]], *, since: str, until: str
) -> int:
    """Write the changes of a table in [since, until), each as it was before and is now; how many."""
    images = (zip(("OldImage", "NewImage"), change, strict=True) for change in changes)
    lines = ({name: image for name, image in pair if image} for pair in images)
    facts = {
        "exportFromTime": since,
        "exportToTime": until,
        "exportType": "INCREMENTAL_EXPORT",
        "outputView": "NEW_AND_OLD_IMAGES",
    }
    return _written(folder, table, lines, facts)


def _written(folder: Path, table: str, lines: Iterable[Item], facts: dict[str, str]) -> int:
    root = folder / table / "AWSDynamoDB" / "export"
    (root / "data").mkdir(parents=True, exist_ok=True)
    rest, number, count = iter(lines), 0, 0
    while True:
        written = 0
        with gzip.open(
            root / "data" / f"{number:05}.json.gz", "wt", compresslevel=1, encoding="utf-8"
        ) as file:
            for _, line in zip(range(FILE), rest, strict=False):
                file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
                written += 1
        number, count = number + 1, count + written
        if written < FILE:
            break
    summary = {**facts, "outputFormat": "DYNAMODB_JSON", "itemCount": count}
    (root / "manifest-summary.json").write_text(json.dumps(summary))
    return count
