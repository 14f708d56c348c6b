"""Comparison of a rules version with recorded decisions: counts, money and samples. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bank.risk.verdict import SEVERITY, Outcome

SAMPLES = 20
FRAUD, FALSE_POSITIVE, VALUABLE = "fraud", "false_positive", "valuable"
# How a closed case's outcome labels its records.
LABELS = {"confirmed": FRAUD, "false_positive": FALSE_POSITIVE, "valuable": VALUABLE}


@dataclass(frozen=True)
class Compared:
    """One decision twice: by the rules of then and by another version. Amount in minor units."""

    record_id: str
    day: str
    amount: int
    currency: str
    then: Outcome
    now: Outcome
    reasons: tuple[str, ...]
    label: str | None = None

    @property
    def hit(self) -> bool:
        """Return whether the other version does not simply approve."""
        return self.now is not Outcome.APPROVE

    @property
    def moved_to(self) -> str:
        """`same`, `stricter` or `milder`."""
        difference = SEVERITY[self.now] - SEVERITY[self.then]
        return "same" if difference == 0 else "stricter" if difference > 0 else "milder"


def counts(compared: Iterable[Compared]) -> dict[str, int]:
    """`then>now` pairs, as `approve>challenge`, each with how often it was."""
    return dict(Counter(f"{each.then.value}>{each.now.value}" for each in compared))


def samples(compared: Iterable[Compared], limit: int = SAMPLES) -> list[dict[str, Any]]:
    """The first that differ, for a person to look at."""
    found: list[dict[str, Any]] = []
    for each in compared:
        if each.moved_to != "same" and len(found) < limit:
            found.append(
                {
                    "record_id": each.record_id,
                    "then": each.then.value,
                    "now": each.now.value,
                    "reasons": list(each.reasons),
                    "amount": each.amount,
                    "currency": each.currency,
                    "label": each.label,
                }
            )
    return found


def summary(compared: Sequence[Compared]) -> dict[str, Any]:
    """Hits, the table of outcomes, false positives where labels exist, and money stopped, in all and by day.

    Money is stopped where the other version challenges, holds or declines what turned out to be fraud.
    """
    days = sorted({each.day for each in compared})
    return {
        "decisions": len(compared),
        "outcomes": counts(compared),
        "reasons": dict(Counter(reason for each in compared for reason in each.reasons)),
        "totals": _by_currency(compared),
        "by_day": [
            {"day": day, "totals": _by_currency([each for each in compared if each.day == day])}
            for day in days
        ],
        "samples": samples(compared),
    }


def _by_currency(compared: Sequence[Compared]) -> list[dict[str, Any]]:
    currencies = sorted({each.currency for each in compared})
    return [_total(code, [each for each in compared if each.currency == code]) for code in currencies]


def _total(currency: str, compared: Sequence[Compared]) -> dict[str, Any]:
    hits = [each for each in compared if each.hit]
    frauds = [each for each in compared if each.label == FRAUD]
    return {
        "currency": currency,
        "decisions": len(compared),
        "amount": sum(each.amount for each in compared),
        "hits": len(hits),
        "hit_amount": sum(each.amount for each in hits),
        "stricter": sum(each.moved_to == "stricter" for each in compared),
        "milder": sum(each.moved_to == "milder" for each in compared),
        "labelled": sum(each.label is not None for each in compared),
        "frauds": len(frauds),
        "fraud_amount": sum(each.amount for each in frauds),
        "frauds_hit": sum(each.hit for each in frauds),
        "stopped_amount": sum(each.amount for each in frauds if each.hit),
        "false_positives": sum(each.label == FALSE_POSITIVE for each in hits),
    }
