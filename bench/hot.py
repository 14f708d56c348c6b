"""One merchant that takes all the traffic, against many: eight processes pay at once, as on Lambda."""

import multiprocessing
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.pool import Pool
from multiprocessing.synchronize import Barrier

from bench import report, scenes
from bench.meter import Meter, Usage
from bench.recorder import Recorder
from bench.report import Budget, Row, Section
from tests.support.http import context

WORKERS = 8
PAYMENTS = 25
ROUNDS = 7
CROWD = 50
BEGIN_SECONDS = 60
# Two equal loads are compared, so what differs is noise: this much of it is allowed for.
LEAST_THROUGHPUT = 0.75
MOST_CPU = 1.25

# (wallet, merchant) of each payment that a worker makes.
Job = list[tuple[str, str]]


@dataclass
class Outcome:
    """Time that some payments took. Seconds; `started` and `ended` by the machine's one monotonic clock."""

    cpu: float = 0.0
    started: float = float("inf")
    ended: float = 0.0
    usage: Usage = field(default_factory=Usage)
    rows: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Outcome") -> None:
        """These payments as well."""
        self.cpu += other.cpu
        self.started, self.ended = min(self.started, other.started), max(self.ended, other.ended)
        self.usage.add(other.usage)
        self.rows += other.rows

    @property
    def seconds(self) -> float:
        """From the first payment's start to the last one's end."""
        return self.ended - self.started

    @property
    def shared_rows(self) -> int:
        """Rows that more than one of the payments wrote."""
        return sum(times > 1 for times in self.rows.values())


def merchant() -> Section:
    """The same payments to one merchant and to many, by turns."""
    crowd = [scenes.new_merchant() for _ in range(CROWD)]
    wallets = [wallet.account_id for wallet in scenes.fill(range(WORKERS * PAYMENTS))]
    spawning = multiprocessing.get_context("spawn")
    one, many = [], []
    with spawning.Pool(WORKERS, _begin, (spawning.Barrier(WORKERS),)) as pool:
        for round_number in range(ROUNDS + 1):
            outcomes = [_paid(pool, wallets, payees) for payees in ([crowd[0]], crowd)]
            # The first round warms the workers up.
            if round_number:
                one.append(outcomes[0])
                many.append(outcomes[1])
    return Section(
        f"One merchant, {WORKERS} processes paying", ("one", f"{CROWD} merchants", "ratio"), _rows(one, many)
    )


def _paid(pool: Pool, wallets: Sequence[str], payees: Sequence[str]) -> Outcome:
    pairs = [(wallet, payees[number % len(payees)]) for number, wallet in enumerate(wallets)]
    total = Outcome()
    for outcome in pool.map(_pay_all, [pairs[start::WORKERS] for start in range(WORKERS)], chunksize=1):
        total.add(outcome)
    return total


def _rows(one: Sequence[Outcome], many: Sequence[Outcome]) -> list[Row]:
    payments = WORKERS * PAYMENTS
    first, second = one[-1], many[-1]
    conflicts = [sum(sum(outcome.usage.failures.values()) for outcome in each) for each in (one, many)]
    shared = [max(outcome.shared_rows for outcome in each) for each in (one, many)]
    cpu = [statistics.median(outcome.cpu for outcome in each) / payments * 1000 for each in (one, many)]
    rate = [payments / statistics.median(outcome.seconds for outcome in each) for each in (one, many)]
    # Each round with its own, since what else the machine does changes from round to round.
    throughput = statistics.median(crowd.seconds / hot.seconds for hot, crowd in zip(one, many, strict=True))
    return [
        _compared("rows that more than one payment writes", *shared, budget=report.at_most(0, shared[0])),
        _compared("conflicts and other failed calls", *conflicts, budget=report.at_most(0, conflicts[0])),
        _same("round trips per payment", first.usage.round_trips, second.usage.round_trips),
        _same("write units per payment", first.usage.writes, second.usage.writes),
        _compared(
            "write units of indexes",
            first.usage.index_writes,
            second.usage.index_writes,
            budget=report.at_most(0, first.usage.index_writes),
        ),
        _compared("CPU per payment, ms", *cpu, budget=report.at_most(MOST_CPU, cpu[0] / cpu[1])),
        Row(
            "payments per second",
            (rate[0], rate[1], throughput),
            Budget(f">= {LEAST_THROUGHPUT}", throughput >= LEAST_THROUGHPUT),
        ),
    ]


def _same(name: str, one: float, many: float) -> Row:
    payments = WORKERS * PAYMENTS
    return _compared(name, one / payments, many / payments, budget=report.at_most(1, one / many))


def _compared(name: str, one: float, many: float, *, budget: Budget) -> Row:
    return Row(name, (one, many, one / many if many else ""), budget)


# In the workers -----------------------------------------------------------------------------------

_together: Barrier


def _begin(together: Barrier) -> None:
    global _together
    _together = together


def _pay_all(job: Job) -> Outcome:
    """Make the payments. All workers begin together, so that each takes exactly one job."""
    requests = [scenes.payment(wallet, payee) for wallet, payee in job]
    events = [(request.api, request.event, context()) for request in requests]
    outcome = Outcome()
    with Meter() as meter, Recorder() as recorder:
        _together.wait(BEGIN_SECONDS)
        outcome.started, spent = time.monotonic(), time.process_time()
        answers = [api(event, lambda_context) for api, event, lambda_context in events]
        outcome.ended, outcome.cpu = time.monotonic(), time.process_time() - spent
    assert all('"succeeded"' in answer["body"] for answer in answers), answers[0]
    outcome.usage, outcome.rows = meter.usage, recorder.written_rows()
    return outcome
