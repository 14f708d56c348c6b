"""Patterns among movements: what is planted is found, and ordinary life is left alone."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml.domain.patterns import Finding, Parameters, Pattern
from aml.service import patterns
from tests.unit.aml import planted
from tests.unit.aml.planted import PLANTED, START, History


def found(history: History, folder: Path, parameters: Parameters | None = None) -> list[Finding]:
    history.write(folder)
    return list(patterns.detect(folder, parameters or Parameters()))


@pytest.mark.parametrize("seed", range(3))
def test_a_month_of_ordinary_movements_gives_no_finding(tmp_path: Path, seed: int) -> None:
    history = History(seed)
    history.noise()

    assert len(history.lines) == 4_500
    assert found(history, tmp_path) == []


@pytest.mark.parametrize("pattern", list(Pattern))
def test_what_is_planted_among_them_is_found_with_its_evidence(tmp_path: Path, pattern: Pattern) -> None:
    history = History(7)
    history.noise()
    record_ids = PLANTED[pattern](history)

    findings = [finding for finding in found(history, tmp_path) if finding.pattern is pattern]

    known = {line["record_id"]: line["amount"] for line in history.lines}
    assert any(set(record_ids) <= set(finding.record_ids) for finding in findings)
    mine = next(finding for finding in findings if set(record_ids) <= set(finding.record_ids))
    assert mine.movements == len(mine.record_ids)
    assert mine.amount <= sum(known[record_id] for record_id in mine.record_ids)
    assert "%" not in mine.narrative(Parameters())
    assert "{" not in mine.narrative(Parameters())


def test_all_at_once_are_found_and_nothing_else(tmp_path: Path) -> None:
    history = History(11)
    history.noise()
    for plant in PLANTED.values():
        plant(history)

    findings = found(history, tmp_path)

    # The planted structuring is large cash as well, on each of its three days.
    assert {finding.pattern for finding in findings} == set(Pattern)
    assert {finding.account_id for finding in findings} - {
        "wal_str",
        "wal_mul",
        "wal_dor",
        "wal_rnd",
        "wal_lrg",
        "wal_lrt",
        "wal_x",
    } == set()


@settings(max_examples=12)
@given(
    seed=st.integers(0, 2**32),
    amounts=st.lists(st.integers(3_500_000, 4_999_999), min_size=4, max_size=10),
    hours=st.integers(1, 24),
)
def test_structuring_of_any_kind_is_found(
    tmp_path_factory: pytest.TempPathFactory, seed: int, amounts: list[int], hours: int
) -> None:
    """Any four or more, each from 70% of the threshold up to it, within five days."""
    history = History(seed)
    history.noise(days=3, daily=40)
    step = timedelta(hours=min(hours, 96 // len(amounts)))
    record_ids = [
        history.move("withdrawal", "wal_p", "", amount, START + timedelta(days=5) + step * number, cash=True)
        for number, amount in enumerate(amounts)
    ]

    findings = found(history, tmp_path_factory.mktemp("history"))

    assert [finding.record_ids for finding in findings if finding.pattern is Pattern.STRUCTURING] == [
        tuple(record_ids)
    ]


def three(history: History) -> None:
    for record_id in range(3):
        history.move("deposit", "", "wal_a", 4_900_000, START + timedelta(days=record_id), cash=True)


def far_apart(history: History) -> None:
    for number in range(8):
        history.move("deposit", "", "wal_a", 4_900_000, START + timedelta(days=7 * number), cash=True)


def only_in(history: History) -> None:
    for number in range(30):
        history.move("transfer", f"wal_{number}", "wal_a", 900_000, START + timedelta(minutes=number))


def kept(history: History) -> None:
    only_in(history)
    for number in range(6):
        history.move("transfer", "wal_a", f"wal_z{number}", 100_000, START + timedelta(hours=1 + number))


def there_and_back(history: History) -> None:
    history.move("transfer", "wal_a", "wal_b", 3_000_000, START)
    history.move("transfer", "wal_b", "wal_a", 3_000_000, START + timedelta(days=1))


def shrunk(history: History) -> None:
    for number, (one, other) in enumerate((("a", "b"), ("b", "c"), ("c", "a"))):
        history.move("transfer", one, other, 3_000_000 // 2**number, START + timedelta(hours=number))


@pytest.mark.parametrize("innocent", [three, far_apart, only_in, kept, there_and_back, shrunk])
def test_what_only_resembles_a_pattern_is_none(tmp_path: Path, innocent: Callable[[History], None]) -> None:
    history = History()
    innocent(history)

    assert found(history, tmp_path) == []


def test_an_event_that_was_delivered_twice_counts_once(tmp_path: Path) -> None:
    history = History()
    three(history)
    (tmp_path / "again.jsonl").write_text(planted.lines(history.lines))

    assert found(history, tmp_path) == []


def test_another_threshold_is_a_parameter(tmp_path: Path) -> None:
    history = History()
    history.move("deposit", "", "wal_a", 900_000, START, cash=True)

    findings = found(history, tmp_path, Parameters.of({"large_cash": 900_000, "unknown": 1}))

    assert [(finding.pattern, finding.amount) for finding in findings] == [(Pattern.LARGE_CASH, 900_000)]


@pytest.mark.parametrize(
    ("account", "kind", "amount", "large"),
    [
        ("wal_a", "deposit", 50_000_000, True),
        ("stl_a", "deposit", 50_000_000, False),
        ("stl_a", "deposit", 200_000_000, True),
        ("stl_a", "payout", 199_999_999, False),
        ("stl_a", "payout", 200_000_000, True),
        ("stl_a", "payment", 200_000_000, False),
    ],
)
def test_a_businesses_transfers_are_large_from_its_own_threshold_on(
    tmp_path: Path, account: str, kind: str, amount: int, large: bool
) -> None:
    history = History()
    sides = ("", account) if kind != "payout" else (account, "")
    for part in (amount // 4, amount - amount // 4):
        history.move(kind, *sides, part, START)

    findings = found(history, tmp_path)

    assert [(finding.pattern, finding.amount) for finding in findings] == (
        [(Pattern.LARGE_TRANSFER, amount)] if large else []
    )


@pytest.mark.parametrize(
    ("kind", "amount", "cash"), [("deposit", 4_900_000, True), ("payout", 190_000_000, False)]
)
def test_structuring_at_a_merchant_is_found(tmp_path: Path, kind: str, amount: int, cash: bool) -> None:
    history = History()
    sides = ("", "stl_a") if kind == "deposit" else ("stl_a", "")
    record_ids = [
        history.move(kind, *sides, amount, START + timedelta(days=number), cash=cash) for number in range(4)
    ]

    findings = found(history, tmp_path)

    assert [(finding.pattern, finding.record_ids) for finding in findings] == [
        (Pattern.STRUCTURING, tuple(record_ids))
    ]
