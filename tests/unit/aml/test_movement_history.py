"""The history of movements in S3, by business day."""

from pathlib import Path

from aml.adapters import object_store
from tests.unit.aml.desk import Desk


def test_the_days_from_the_first_to_the_last_are_fetched_and_no_other(desk: Desk, tmp_path: Path) -> None:
    days = ["2025-12-31", "2026-01-01", "2026-01-02", "2026-01-03"]
    for day in days:
        for digest in ("0a", "ff"):
            object_store.write_movements(day, digest, [day])

    count = object_store.fetch_movements("2026-01-01", "2026-01-02", tmp_path)

    read = sorted(file.read_text().strip() for file in tmp_path.iterdir())
    assert (count, read) == (4, ["2026-01-01"] * 2 + ["2026-01-02"] * 2)
