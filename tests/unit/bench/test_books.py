"""The ledger that the full pass is measured on is sound, and of the size that was asked for."""

from bench import books


def test_the_measured_ledger_is_whole() -> None:
    section = books.full(300)

    assert section.rows[0].name.startswith("300 journals, ")
