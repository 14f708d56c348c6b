"""The ledger that passes are measured on is sound, full and from checkpoint to checkpoint."""

from bench import books


def test_the_measured_ledger_is_whole() -> None:
    section = books.passes(1_000)

    assert [row.name.partition(",")[0] for row in section.rows] == ["full", "changes", "kept"]
