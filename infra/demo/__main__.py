"""The demo of `make run` on the deployed stack.

    python -m infra.demo [--payments N] [--channels N]

Seeds what is missing (a client, merchants, the customers' wallets), replays the first purchases of the CDNOW
sample over HTTP, compares every sum, and says how it went. Fails where anything does not agree.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from infra import environment, local, starter, testclock
from infra.channel import Channel, NoAnswer
from infra.customers import Refused
from infra.demo import accounts, control, purchases, report, units
from infra.demo.channels import console
from infra.demo.purchases import Purchase
from infra.demo.replay import Replay
from infra.demo.seed import MUSIC, Seeded, Unexpected, seed
from infra.environment import Environment

PAYMENTS = 100
CHANNELS = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; 0 when all sums agree."""
    chosen = _parser().parse_args(arguments)
    lines = purchases.read()[: chosen.payments]
    wanted = [each for each in lines if each.cents]
    try:
        testclock.follow(testclock.named(local.STAGE))
        stage = environment.ensure()
        channel = stage.channel()
        seeded = _seed(stage, channel, wanted, chosen.channels)
        ended = _demo(stage, channel, seeded, wanted, len(lines) - len(wanted), chosen.channels)
        control.show(stage, channel, seeded.merchants[MUSIC])
        return ended
    except (local.Failed, NoAnswer, PermissionError, Unexpected, Refused, starter.Refused) as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _seed(stage: Environment, channel: Channel, wanted: Sequence[Purchase], channels: int) -> Seeded:
    customers = dict.fromkeys(purchase.customer for purchase in wanted)
    return seed(channel, client_id=stage.client_id, customers=customers, channels=channels)


def _demo(
    stage: Environment,
    channel: Channel,
    seeded: Seeded,
    wanted: Sequence[Purchase],
    skipped: int,
    channels: int,
) -> int:
    merchant = seeded.merchants[MUSIC]
    before = accounts.standing(channel, merchant)
    replay = Replay(channel, seeded, run=f"run-{int(time.time())}", channels=channels)
    replay.fund(purchases.deposits(wanted))
    started = time.monotonic()
    replayed = replay.pay(wanted)
    seconds = time.monotonic() - started
    sums = accounts.Sums.of(replayed)
    after = accounts.drained(channel, merchant, before.earned + sums.net)
    trial = accounts.trial_balance(stage)
    verified = accounts.verified(stage)
    cost = units.of_a_payment(channel, seeded)
    report.show(
        sums=sums,
        skipped=skipped,
        balance=after.balance,
        trial=trial,
        verified=verified,
        replayed=replayed,
        seconds=seconds,
        cost=cost,
    )
    report.invite(channel, seeded)
    wrong = report.differences(
        sums=sums,
        replayed=replayed,
        fees=accounts.expected_fees(replayed),
        got=after.earned - before.earned,
        trial=trial,
        verified=verified,
    )
    for difference in wrong:
        console.print(f"[bold red]Does not agree:[/] {difference}")
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="infra.demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--payments", type=_positive, default=PAYMENTS, help="how many lines, in order of date"
    )
    parser.add_argument("--channels", type=_positive, default=CHANNELS, help="how many at work at once")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
