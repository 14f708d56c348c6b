"""Precision and recall of the starter rules on labelled card transactions.

    python -m bench.fraud [--delays 3 1 7]

Prints the tables of docs/risk.md and writes its picture. Thresholds and points were chosen on the first half
of the month alone (`--tuning` shows that half); what is printed is the second. About two minutes a delay.
"""

import argparse
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bench.fraud import data, figures, picture, replay
from bench.fraud.data import SCENARIOS
from bench.fraud.figures import Figures
from bench.fraud.replay import Replayed

PICTURE = Path(__file__).parents[2] / "docs" / "risk-precision-recall.svg"
# What the starter rules challenge from.
CHALLENGED = 50
THRESHOLDS = (10, 20, 25, 30, 35, 40, 45, 50, 55, 60, 70, 80, 90, 100, 120, 150)


def main() -> None:
    """Replay the month once for each delay, and tell."""
    arguments = _arguments()
    payments = list(data.payments())
    since, until = (data.WARM, data.HALF) if arguments.tuning else (data.HALF, data.END)
    curves = []
    for days in arguments.delays:
        delay = timedelta(days=days)
        assessed = list(replay.run((p for p in payments if p.at < until), replay.model(), delay=delay))
        told = [each for each in assessed if since <= each.payment.at < until]
        by_threshold = {threshold: figures.at(threshold, told) for threshold in THRESHOLDS}
        print(_table(days, by_threshold[CHALLENGED], _reachable(assessed, delay, since)), flush=True)
        if arguments.tuning:
            print(_thresholds(by_threshold.values()), flush=True)
        curves.append(_curve(days, by_threshold.values()))
    if not arguments.tuning:
        title = "Precision against recall by count, second half of the month"
        PICTURE.write_text(picture.svg(title, curves))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fraud")
    parser.add_argument(
        "--delays", type=float, nargs="+", default=[3, 1, 7], help="days until a fraud is known"
    )
    parser.add_argument("--tuning", action="store_true", help="show the half that the rules were tuned on")
    return parser.parse_args()


def _reachable(assessed: Sequence[Replayed], delay: timedelta, since: datetime) -> float:
    """The share of the money of compromised terminals that was paid after a fraud there had become known.

    Before that nothing tells such a payment from a good one: no rules on these facts reach more.
    """
    first: dict[str, datetime] = {}
    total = known = 0
    for each in assessed:
        payment = each.payment
        if payment.scenario != 2:
            continue
        first.setdefault(payment.merchant, payment.at)
        if payment.at >= since:
            total += payment.amount
            known += payment.amount if payment.at >= first[payment.merchant] + delay else 0
    return known / total if total else 0.0


def _table(days: float, told: Figures, reachable: float) -> str:
    lines = [
        f"Frauds known after {days:g} days: {told.good_challenged:.2%} of good payments challenged, "
        f"{told.per_thousand:.1f} alerts per 1,000 payments, precision {told.precision:.0%}.",
        "",
        "| scenario | frauds | amount | stopped by amount | by count |",
        "|---|---|---|---|---|",
    ]
    for number, caught in [*told.scenarios.items(), (0, told.all)]:
        name = f"{number} {SCENARIOS[number]}" if number else "all"
        lines.append(
            f"| {name} | {caught.count} | {caught.amount / 100:,.2f} | {caught.by_amount:.1%} "
            f"| {caught.by_count:.1%} |"
        )
    lines += ["", f"Of scenario 2, {reachable:.1%} by amount was paid after a fraud there was known.", ""]
    return "\n".join(lines)


def _thresholds(told: Iterable[Figures]) -> str:
    rows = [
        "| points | good challenged | stopped by amount | by count | precision |",
        "|---|---|---|---|---|",
    ]
    for each in told:
        rows.append(
            f"| {each.threshold} | {each.good_challenged:.2%} | {each.all.by_amount:.2%} "
            f"| {each.all.by_count:.2%} | {each.precision:.0%} |"
        )
    return "\n".join([*rows, ""])


def _curve(days: float, told: Iterable[Figures]) -> picture.Curve:
    points = [picture.Point(each.threshold, each.all.by_count, each.precision) for each in told]
    return picture.Curve(f"frauds known after {days:g} days", points, CHALLENGED)


if __name__ == "__main__":
    main()
