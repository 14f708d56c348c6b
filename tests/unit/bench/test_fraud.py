"""The bench of the starter rules: what it reports comes from the rules and the facts of production."""

import itertools
from datetime import timedelta

import pytest

from bank.risk import replay as judged_again
from bank.risk.verdict import Outcome
from bench.fraud import data, figures, picture, replay
from bench.fraud.__main__ import CHALLENGED
from bench.fraud.data import Payment

DAY = timedelta(days=1)


def payment(
    number: int, amount: int, *, hours: int = 0, scenario: int = 0, merchant: str = "mer_1"
) -> Payment:
    at = data.START + timedelta(hours=12 + hours)
    return Payment(number, at, "cus_1", merchant, amount, scenario)


def history(count: int = 5) -> list[Payment]:
    """Payments of one customer, 30.00 each, an hour apart."""
    return [payment(number, 3_000, hours=number) for number in range(count)]


def test_the_data_are_what_the_readme_says() -> None:
    payments = list(data.payments())

    assert len(payments) == 288_062
    assert sum(each.fraud for each in payments) == 1_702
    assert payments == sorted(payments, key=lambda each: each.at)
    assert (payments[0].amount, payments[0].customer, payments[0].merchant) == (5_716, "cus_596", "mer_3156")


def test_figures_come_from_the_model_as_it_goes_live() -> None:
    """Each verdict follows again from its recorded facts, and the points are those that it was made of."""
    content = replay.model()
    sample = itertools.islice(data.payments(), 1_500)
    assessed = list(replay.run(sample, content, delay=DAY, keep=True))[::3]

    for each in assessed:
        outcome, _ = judged_again(content, each.recorded, version="bench-test")
        assert outcome is each.outcome
        assert (each.score >= CHALLENGED) == (outcome is not Outcome.APPROVE)
    assert len(assessed) == 500


def test_an_amount_is_compared_with_what_was_paid_before_and_not_with_itself() -> None:
    *_, last = replay.run([*history(), payment(9, 9_000, hours=9)], replay.model(), delay=DAY)

    assert last.outcome is Outcome.CHALLENGE
    assert last.score >= 90


def test_a_fraud_is_known_only_after_the_delay() -> None:
    stolen = payment(5, 3_000, hours=5, scenario=2)
    soon, late = payment(6, 3_000, hours=28), payment(7, 3_000, hours=30)

    verdicts = list(replay.run([*history(), stolen, soon, late], replay.model(), delay=DAY))

    assert [each.outcome for each in verdicts[5:]] == [Outcome.APPROVE, Outcome.APPROVE, Outcome.CHALLENGE]


def test_a_stopped_fraud_is_no_history_and_a_challenged_good_payment_is() -> None:
    content = replay.model()
    after = payment(7, 9_000, hours=7)
    stopped = [*history(), payment(6, 30_000, hours=6, scenario=1), after]
    passed = [*history(), payment(6, 30_000, hours=6), after]

    assert list(replay.run(stopped, content, delay=30 * DAY))[-1].outcome is Outcome.CHALLENGE
    assert list(replay.run(passed, content, delay=30 * DAY))[-1].outcome is Outcome.APPROVE


def test_figures_are_shares_of_money_of_frauds_and_of_good_payments() -> None:
    assessed = [
        figures.Assessed(payment(1, 100, scenario=1), 60),
        figures.Assessed(payment(2, 300, scenario=3), 10),
        figures.Assessed(payment(3, 50), 50),
        figures.Assessed(payment(4, 50), 49),
    ]

    figure = figures.at(50, assessed)

    assert (figure.all.by_amount, figure.all.by_count) == (0.25, 0.5)
    assert (figure.good_challenged, figure.precision, figure.per_thousand) == (0.5, 0.5, 500.0)
    assert figure.scenarios[1].by_amount == 1.0
    assert figure.scenarios[3].stopped_count == 0


def test_a_picture_has_a_line_a_delay_and_a_ring_where_the_rules_stand() -> None:
    points = [picture.Point(50, 0.8, 0.3), picture.Point(90, 0.7, 0.9)]

    svg = picture.svg("title", [picture.Curve("one", points, 50), picture.Curve("two", points, 50)])

    assert svg.count("<polyline") == 2
    assert svg.count('r="6"') == 2
    assert svg.startswith("<svg")
    assert svg.endswith("</svg>\n")


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_the_corners_of_the_picture_are_within_it(value: float) -> None:
    assert picture.MARGIN <= picture._x(value) <= picture.WIDTH - picture.MARGIN
    assert picture.MARGIN <= picture._y(value) <= picture.HEIGHT - picture.MARGIN
