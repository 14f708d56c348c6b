"""The demo of benefits on the deployed stack, after `make run`.

    python -m infra.demo.benefits [--customers N] [--claimants N] [--channels N] [--minutes N]

Over purchases of the CDNOW sample: a tiered coupon that head office and merchant bear, points on each payment
with a second tier, a pool that very many claim from at once. Compares each figure with what plain SQL says of
the file, and fails where any differs.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.table import Table

from bank import clock
from infra import environment, local, starter, testclock
from infra.channel import Answer, NoAnswer
from infra.customers import Refused, done
from infra.demo import accounts, purchases
from infra.demo.benefits import expected, newcomers, staff
from infra.demo.benefits.expected import Figures
from infra.demo.benefits.found import Bank
from infra.demo.benefits.plan import Plan, plan
from infra.demo.benefits.run import Late, Run, wait_until
from infra.demo.benefits.staff import Staff
from infra.demo.channels import console
from infra.demo.seed import MERCHANTS, MUSIC
from infra.environment import Environment

CUSTOMERS, CLAIMANTS, CHANNELS, MINUTES = 60, 2_000, 16, 10
EXPIRY, BOOKING = "benefits-on-expiry", "points-on-booking"


@dataclass(frozen=True)
class Shown:
    """Outcome of a run: figures as the bank has them, and the sums of all its balances."""

    figures: Figures
    trial: dict[str, int]
    claims_a_second: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; 0 when all figures agree."""
    chosen = _parser().parse_args(arguments)
    try:
        testclock.follow(testclock.named(local.STAGE))
        stage = environment.ensure()
        started = time.monotonic()
        shown = _demo(stage, chosen)
        wanted = expected.figures(customers=chosen.customers, claimants=chosen.claimants)
        _show(shown, wanted, time.monotonic() - started)
        wrong = differences(shown.figures, wanted, shown.trial)
    except (local.Failed, NoAnswer, PermissionError, Refused, starter.Refused, Late) as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    for difference in wrong:
        console.print(f"[bold red]Does not agree:[/] {difference}")
    return 1 if wrong else 0


def _demo(stage: Environment, chosen: argparse.Namespace) -> Shown:
    members = staff.enter(stage)
    made = plan(purchases.read(), customers=chosen.customers, claimants=chosen.claimants)
    run = _run(stage, made, chosen.channels)
    bank = Bank(run, members)
    with staff.replaying(members):
        starts_at = clock.now()
        ends_at = starts_at + timedelta(minutes=chosen.minutes)
        coupon = staff.coupon(members, run.merchant_id, starts_at, ends_at)
        gold = _buy(run, bank, members, coupon)
    # Those who claim alone come once all is paid: the ledger's verification reads each wallet's statement.
    others = [each for each in dict.fromkeys(made.claims) if each not in run.people]
    run.people |= _taken_over(stage, others)
    pool = staff.pool(members)
    started = time.monotonic()
    answers = run.claim_at_once(pool)
    claims_a_second = len(answers) / (time.monotonic() - started)
    _expire(run, bank, coupon, ends_at)
    return _come(run, bank, (coupon, pool), gold, answers, claims_a_second)


def _run(stage: Environment, made: Plan, channels: int) -> Run:
    name, channel = f"benefits-{int(time.time())}", stage.channel()
    # One of this run's own, whose balance is what it got here.
    merchant_id = done(channel.post("/merchants", MERCHANTS[MUSIC], key=name))["merchant_id"]
    return Run(stage, channel, name, made, _taken_over(stage, made.customers), merchant_id, channels)


def _taken_over(stage: Environment, names: Sequence[str]) -> dict[str, tuple[str, str]]:
    console.print(f"Taking over {len(names):,} customers")
    return dict(zip(names, newcomers.taken_over(stage.client_id, len(names)), strict=True))


def _buy(run: Run, bank: Bank, members: Staff, coupon: str) -> int:
    """Claim, pay, redeem, refund; how many were in the second tier after their first payments."""
    staff.programme(members)
    run.deposit()
    coupons = run.claim_coupons(coupon)
    run.pay("Paying for the first purchases", run.plan.first, {})
    _book(run, bank)
    gold = bank.gold()
    run.redeem_points()
    run.pay("Paying with coupons", run.plan.later, coupons)
    _heard(run, bank)
    run.refund()
    refunds = sum(len(order.refunds) for order in run.plan.later)
    wait_until("refunds", lambda: bank.refunds() == refunds)
    _book(run, bank)
    return gold


def _heard(run: Run, bank: Bank) -> None:
    wait_until("what payments earn", lambda: len(bank.earnings()) == len(run.paid))


def _book(run: Run, bank: Bank) -> None:
    """Run the job that books points, and wait for its parts."""
    _heard(run, bank)
    run.stage.invoke(BOOKING, _scheduled())
    wait_until("points that are booked", lambda: not bank.pending())


def _expire(run: Run, bank: Bank, coupon: str, ends_at: datetime) -> None:
    """Wait for the end of the window, and run the job that ends what is over."""
    seconds = (ends_at - clock.now()).total_seconds()
    if seconds > 0:
        console.print(f"The coupons are good for {seconds:.0f} s more: waiting for their end")
        time.sleep(seconds)

    def ended() -> bool:
        run.stage.invoke(EXPIRY, _scheduled())
        return not bank.unsettled(coupon)

    wait_until("coupons that are over", ended, pause=5)


def _scheduled() -> dict[str, str]:
    """The event by which the scheduler runs a job."""
    return {"source": "aws.scheduler", "time": clock.instant(clock.world())}


def _come(
    run: Run,
    bank: Bank,
    products: tuple[str, str],
    gold: int,
    answers: Sequence[Answer],
    claims_a_second: float,
) -> Shown:
    trial = accounts.trial_balance(run.stage)
    coupon, pool = products
    figures = {**bank.coupon(coupon), **bank.points(gold), **bank.pool(pool, answers)}
    return Shown(figures, trial, claims_a_second)


def differences(found: Figures, wanted: Figures, trial: dict[str, int]) -> list[str]:
    """Return in words what is not as it has to be."""
    keys = [*wanted, *(key for key in found if key not in wanted)]
    wrong = [
        f"{product}, {figure}: the bank has {found.get(key)}, the file says {wanted.get(key)}"
        for key in keys
        for product, figure in [key]
        if found.get(key) != wanted.get(key)
    ]
    return wrong + ([f"the trial balance is {trial}"] if any(trial.values()) else [])


def _show(shown: Shown, wanted: Figures, seconds: float) -> None:
    table = Table("Product", "Figure", "The bank", "SQL over the file")
    for column in table.columns[2:]:
        column.justify = "right"
    for product, figure in wanted:
        found = shown.figures.get((product, figure))
        table.add_row(product, figure, f"{found:,}", f"{wanted[product, figure]:,}")
    console.print(table)
    sums = ", ".join(f"{total} {currency}" for currency, total in sorted(shown.trial.items()))
    console.print(
        f"Trial balance: {sums}. {shown.claims_a_second:.0f} claims a second; {seconds:.0f} s in all."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="infra.demo.benefits", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    whole: Callable[[str], int] = int
    parser.add_argument("--customers", type=whole, default=CUSTOMERS, help="of the sample, who buy")
    parser.add_argument("--claimants", type=whole, default=CLAIMANTS, help="who claim from the pool")
    parser.add_argument("--channels", type=whole, default=CHANNELS, help="how many requests at once")
    parser.add_argument("--minutes", type=whole, default=MINUTES, help="for which the coupons are good")
    return parser


if __name__ == "__main__":
    sys.exit(main())
