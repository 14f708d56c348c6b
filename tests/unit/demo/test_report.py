"""What decides whether a run was right: the demo fails on whatever does not agree, and says what."""

import json
from typing import Any

import pytest

from infra.channel import Answer
from infra.demo import accounts, report
from infra.demo.purchases import Purchase
from infra.demo.replay import Paid

VERIFIED = {
    "zero_sum": True,
    "difference_count": 0,
    "differences": [],
    "as_of": "2026-11-21T00:00:00.000000Z",
    "sums": {"USD": 0},
    "journals": 2,
}


def _answer(payment: dict[str, Any], *, replayed: bool = False) -> Answer:
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    return Answer(201, headers, json.dumps(payment).encode(), 1, 0.01)


def _run(
    *, amount: int = 10_000, fee: int = 60, status: str = "succeeded", again: Answer | None = None
) -> list[Paid]:
    first = {"payment_id": "pay_1", "status": status, "amount": amount, "fee": fee}
    second = {"payment_id": "pay_2", "status": "succeeded", "amount": 99, "fee": 1}
    return [
        Paid(Purchase(1, "own_a", "19970101", 1, 10_000), _answer(first), again),
        Paid(Purchase(2, "own_b", "19970101", 1, 99), _answer(second), _answer(second, replayed=True)),
    ]


def _differences(run: list[Paid], **different: Any) -> list[str]:
    sums = accounts.Sums.of(run)
    facts = {"got": sums.net, "trial": {"USD": 0}, "verified": VERIFIED, **different}
    return report.differences(sums=sums, replayed=run, fees=accounts.expected_fees(run), **facts)


def test_a_sound_run_has_nothing_to_tell() -> None:
    """Amounts as in the file, fees of 60 basis points rounded half up, a repeat that was a replay."""
    assert _differences(_run()) == []


@pytest.mark.parametrize(
    ("run", "reported"),
    [
        (_run(amount=10_001), "the file has"),
        (_run(fee=59), "fees should be"),
        (_run(status="declined"), "1 payments were declined"),
        (_run(again=_answer({"payment_id": "pay_3"}, replayed=True)), "only 1 of 2 repeated"),
        (_run(again=_answer({"payment_id": "pay_1"})), "only 1 of 2 repeated"),
    ],
)
def test_answers_that_are_not_what_the_file_asks_for_are_reported(run: list[Paid], reported: str) -> None:
    """An amount, a fee, a decline, a repeat with an effect of its own."""
    assert any(reported in difference for difference in _differences(run))


@pytest.mark.parametrize(
    ("different", "reported"),
    [
        ({"got": 1}, "the merchant got"),
        ({"trial": {"USD": 1}}, "the trial balance is"),
        (
            {"verified": {**VERIFIED, "difference_count": 1, "differences": ["a leg"]}},
            "the verification found",
        ),
        ({"verified": {**VERIFIED, "zero_sum": False}}, "the sums were"),
    ],
)
def test_books_that_do_not_agree_are_reported(different: dict[str, Any], reported: str) -> None:
    """The merchant's balance, the trial balance, the verification."""
    assert [reported in difference for difference in _differences(_run(), **different)] == [True]
