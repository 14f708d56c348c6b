"""Figures of a run of rules over labelled payments."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.fraud.data import SCENARIOS, Payment


@dataclass(frozen=True)
class Assessed:
    """A payment with the points that the rules gave it."""

    payment: Payment
    score: int


@dataclass
class Caught:
    """Frauds of one kind: how many and how much (minor units), and of that what was stopped."""

    count: int = 0
    amount: int = 0
    stopped_count: int = 0
    stopped_amount: int = 0

    def add(self, payment: Payment, stopped: bool) -> None:
        """Count one fraud."""
        self.count += 1
        self.amount += payment.amount
        if stopped:
            self.stopped_count += 1
            self.stopped_amount += payment.amount

    @property
    def by_amount(self) -> float:
        """The share of the money that was stopped."""
        return self.stopped_amount / self.amount if self.amount else 0.0

    @property
    def by_count(self) -> float:
        """The share of the frauds that was stopped."""
        return self.stopped_count / self.count if self.count else 0.0


@dataclass
class Figures:
    """A run's result at one threshold."""

    threshold: int
    good: int = 0
    challenged: int = 0
    all: Caught = field(default_factory=Caught)
    scenarios: dict[int, Caught] = field(default_factory=lambda: {number: Caught() for number in SCENARIOS})

    @property
    def good_challenged(self) -> float:
        """The share of good payments that were challenged."""
        return self.challenged / self.good if self.good else 0.0

    @property
    def alerts(self) -> int:
        """Payments that the rules stopped or challenged."""
        return self.challenged + self.all.stopped_count

    @property
    def per_thousand(self) -> float:
        """Alerts per 1,000 payments."""
        return 1000 * self.alerts / (self.good + self.all.count)

    @property
    def precision(self) -> float:
        """The share of alerts that were frauds; 1 where nothing was said."""
        return self.all.stopped_count / self.alerts if self.alerts else 1.0


def at(threshold: int, assessed: Iterable[Assessed]) -> Figures:
    """The figures where `threshold` points challenge."""
    figures = Figures(threshold)
    for each in assessed:
        stopped = each.score >= threshold
        if each.payment.fraud:
            figures.all.add(each.payment, stopped)
            figures.scenarios[each.payment.scenario].add(each.payment, stopped)
        else:
            figures.good += 1
            figures.challenged += stopped
    return figures
