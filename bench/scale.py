"""Cost of operations in a bank with a hundred accounts, and in one with a hundred thousand.

Both banks stand in the same MiniStack, in AWS accounts of their own, and are asked by turns.
"""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import boto3

from accounts.app import app as accounts
from bank import aws, store
from bank.events import outbox
from bank.store import recent
from bench import cloud, report, scenes
from bench.background import Background
from bench.meter import Meter
from bench.report import Row, Section
from bench.scenes import Request, Wallet
from tests.support.http import context

FEW = 100
SAMPLES = 20
ROUNDS = 5

# What is asked of a bank, about one of its wallets and its merchant.
OPERATIONS: dict[str, Callable[[Wallet, str], Request]] = {
    "payment": lambda wallet, merchant: scenes.payment(wallet.account_id, merchant),
    "balance": lambda wallet, _: scenes.read(accounts, f"/accounts/{wallet.account_id}/balance"),
    "statement": lambda wallet, _: scenes.read(accounts, f"/accounts/{wallet.account_id}/entries"),
    "accounts of an owner": lambda wallet, _: scenes.read(accounts, "/accounts", owner_id=wallet.owner_id),
}


@dataclass
class Cost:
    """Of an operation: round trips, read units and write units at most, and milliseconds of each run."""

    units: tuple[float, float, float] = (0.0, 0.0, 0.0)
    latencies: list[float] = field(default_factory=list)

    @property
    def latency(self) -> float:
        """In the middle."""
        return statistics.median(self.latencies)


class Bank:
    """A bank of `size` wallets in the AWS account of this number (MiniStack takes it for the access key)."""

    def __init__(self, aws_account: str, size: int) -> None:
        self._aws_account = aws_account
        self.costs = {name: Cost() for name in OPERATIONS}
        with self._open():
            cloud.furnish()
            scenes.rules_are_live()
            self._merchant = scenes.new_merchant()
            wallets = scenes.fill(range(size))
            self._sample = random.Random(size).sample(wallets, SAMPLES)
            background = Background()
            for wallet in self._sample:
                OPERATIONS["payment"](wallet, self._merchant).send()
            background.settle()

    @contextmanager
    def _open(self) -> Iterator[None]:
        """This process works for this bank."""
        before = os.environ["AWS_ACCESS_KEY_ID"]
        self._enter(self._aws_account)
        try:
            yield
        finally:
            self._enter(before)

    @staticmethod
    def _enter(aws_account: str) -> None:
        os.environ["AWS_ACCESS_KEY_ID"] = aws_account
        boto3.setup_default_session()
        for cached in (aws.session, store.client, outbox._bus):
            cached.cache_clear()

    def measure(self) -> None:
        """Every operation on every wallet of the sample, once."""
        with self._open():
            for name, make in OPERATIONS.items():
                make(self._sample[0], self._merchant).send()
                for wallet in self._sample:
                    _add(self.costs[name], make(wallet, self._merchant))


def _add(cost: Cost, request: Request) -> None:
    # Rows that are kept for seconds would be read by some of the requests, and be another bank's.
    recent.forget()
    event, lambda_context = request.event, context()
    with Meter() as meter:
        started = time.perf_counter()
        answer = request.api(event, lambda_context)
        cost.latencies.append((time.perf_counter() - started) * 1000)
    assert answer["statusCode"] < scenes.FIRST_REFUSED, answer
    used = (meter.usage.round_trips, meter.usage.reads, meter.usage.writes)
    cost.units = tuple(map(max, cost.units, used))  # type: ignore[assignment]


def accounts_in_the_bank(many: int) -> Section:
    """The same operations on wallets drawn from all that there are."""
    banks = Bank("100000000001", FEW), Bank("100000000002", many)
    for _ in range(ROUNDS):
        for bank in banks:
            bank.measure()
    rows = [row for name in OPERATIONS for row in _rows(name, [bank.costs[name] for bank in banks])]
    return Section("Accounts in the bank", (f"{FEW}", f"{many:,}", "ratio"), rows)


def _rows(name: str, costs: Sequence[Cost]) -> list[Row]:
    few, many = costs
    same = report.Budget("the same", few.units == many.units)
    return [
        Row(f"{name}: round trips, read units, write units", (_listed(few), _listed(many), ""), same),
        # Not judged: it is the emulator's as much as ours.
        Row("  milliseconds", (few.latency, many.latency, many.latency / few.latency)),
    ]


def _listed(cost: Cost) -> str:
    return ", ".join(f"{unit:g}" for unit in cost.units)
