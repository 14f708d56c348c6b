"""CPU time of a handler against the bare boto3 calls that it makes: the same requests, sent without it."""

import functools
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore import xform_name

from accounts.app import app as accounts
from bank import clock, ids, ledger, risk, store
from bank.config import config
from bank.risk import evaluation
from bank.risk.movement import keys
from bench import entitled, report, scenes
from bench.background import Background
from bench.recorder import Call, Recorder
from bench.report import Row, Section
from bench.scenes import Request
from tests.support.http import context

# Short turns, so that both meet the machine as it is at the time, and many.
ROUNDS = 100
AT_A_TIME = 4
BOOKINGS = 25
BUDGET = 1.5


# Two wallets: the one that a request is about, and one to receive.
Wallets = tuple[str, str]


@dataclass(frozen=True)
class Subject:
    """A request, made anew for each run, and how its answer names the record that it made."""

    name: str
    make: Callable[[Wallets], Request]
    record_id: str | None = None


@functools.cache
def _holder() -> scenes.Wallet:
    """The customer whose quotes are measured."""
    return entitled.holder()


SUBJECTS = (
    Subject("wallet payment", lambda wallets: scenes.payment(wallets[0]), "payment_id"),
    # By a client of the wallet's own: its clearing account is a row that is booked, too.
    Subject(
        "deposit",
        lambda wallets: scenes.deposit(wallets[0], client_id=f"cli_{wallets[0]}"),
        "movement_id",
    ),
    Subject("transfer", lambda wallets: scenes.transfer(*wallets), "transfer_id"),
    Subject("balance", lambda wallets: scenes.read(accounts, f"/accounts/{wallets[0]}/balance")),
    Subject("quote over 30 entitlements", lambda _: entitled.quote(_holder())),
    Subject("statement page", lambda wallets: scenes.read(accounts, f"/accounts/{wallets[0]}/entries")),
)


def handlers(background: Background) -> Section:
    """Each handler against its calls, by turns in the same process."""
    # As anyone makes it, with nothing turned off.
    client = boto3.client("dynamodb", region_name=config.region)
    rows = [_row(subject, background, client) for subject in SUBJECTS]
    rows.insert(1, _verdict(rows[0]))
    return Section("CPU of a handler with its AWS calls", ("handler, ms", "calls, ms", "ratio"), rows)


def _row(subject: Subject, background: Background, client: Any) -> Row:
    handler, calls, ratio = measure(subject, background, client)
    return Row(subject.name, (handler, calls, ratio), report.at_most(BUDGET, ratio))


def _verdict(payment: Row) -> Row:
    """Cost of assessing a payment: facts, the starter rules, and packing the recorded input."""
    movement = risk.Movement.of(
        "payment",
        risk.RequestContext(device_id="dev_bench", latitude=31_230_400, longitude=121_473_700),
        account_id=scenes.new_wallet(),
        amount=scenes.PRICE,
        currency=scenes.CURRENCY,
        client_id="cli_bench",
        payee=scenes.merchant(),
        merchant_id=scenes.merchant(),
    )
    account = ledger.accounts.find(movement.account_id).to_domain()
    rows = store.get_many(keys(movement))
    spent = []
    for _ in range(ROUNDS + 1):
        started = time.process_time()
        for _ in range(AT_A_TIME):
            evaluation.assess(movement, rows, account, account, clock.now())[0].pack()
        spent.append((time.process_time() - started) / AT_A_TIME * 1000)
    verdict, handler = statistics.median(spent[1:]), float(payment.figures[0])
    ratio = verdict / handler
    return Row(
        "  of it the verdict, against the handler", (verdict, handler, ratio), report.at_most(0.25, ratio)
    )


def measure(subject: Subject, background: Background, client: Any) -> tuple[float, float, float]:
    """Milliseconds of CPU of one run of the handler, and of its calls alone, and their ratio: medians.

    The ratio is each round's own, since what else the machine does changes both from round to round.
    """
    # The calls have wallets of their own, whose last posting is the recorded one: so their conditions hold.
    ours, theirs = _wallets(), _wallets()
    background.settle()
    template = _recorded(subject, theirs)
    handler, calls = [], []
    for round_number in range(ROUNDS + 1):
        spent_by_handler = _handler_run(subject, ours)
        spent_by_calls = _calls_run(template, client)
        # The first round warms both up.
        if round_number:
            handler.append(spent_by_handler)
            calls.append(spent_by_calls)
    ratios = [ours / bare for ours, bare in zip(handler, calls, strict=True)]
    return statistics.median(handler), statistics.median(calls), statistics.median(ratios)


def _wallets() -> Wallets:
    """Two wallets with a page of bookings each."""
    wallets = scenes.new_wallet(), scenes.new_wallet()
    for _ in range(BOOKINGS):
        scenes.transfer(*wallets).send()
    return wallets


def _recorded(subject: Subject, wallets: Wallets) -> Callable[[], list[Call]]:
    """The calls of one run, each time with another record id, so that they can be sent again."""
    # The first of a day starts counters, which happens once.
    subject.make(wallets).send()
    request = subject.make(wallets)
    with Recorder() as recorder:
        answer = request.send()
    text = json.dumps(recorder.calls)
    made = _unique(answer[subject.record_id]) if subject.record_id else ""
    assert not made or made in text

    def renewed() -> list[Call]:
        calls: list[Call] = json.loads(text.replace(made, _unique(ids.new("x"))) if made else text)
        return calls

    return renewed


def _unique(record_id: str) -> str:
    """Return the part that a record's id shares with its journal's."""
    return record_id.split("_", 1)[1]


def _handler_run(subject: Subject, wallets: Wallets) -> float:
    requests = [subject.make(wallets) for _ in range(AT_A_TIME)]
    events = [(request.api, request.event, context()) for request in requests]
    started = time.process_time()
    answers = [api(event, lambda_context) for api, event, lambda_context in events]
    spent = time.process_time() - started
    assert all(answer["statusCode"] < scenes.FIRST_REFUSED for answer in answers), answers[0]
    return spent / AT_A_TIME * 1000


def _calls_run(template: Callable[[], list[Call]], client: Any) -> float:
    calls = [call for _ in range(AT_A_TIME) for call in template()]
    prepared = [(getattr(client, xform_name(operation)), params) for operation, params in calls]
    started = time.process_time()
    for call, params in prepared:
        call(**params)
    return (time.process_time() - started) / AT_A_TIME * 1000
