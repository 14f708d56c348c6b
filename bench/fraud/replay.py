"""The labelled month through the code that judges in production: velocity windows, profiles, rules.

Each payment is judged on what was known then: the payer's windows (`bank.ledger.velocity`), frauds confirmed
`delay` days after they were made (`bank.risk.tables`), the facts that makes (`bank.risk.gathering`), and the
starter rules (`bank.rules`). A challenged
good payment passes and counts in the payer's windows; a stopped fraud does not.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import zen

from bank import ids, rules
from bank.clock import business_date
from bank.ledger.domain import Account, Kind, Limits, Status
from bank.ledger.metadata import WalletCustomer
from bank.ledger.velocity import Origin, Velocity, VelocityCounter
from bank.risk import facts as schema
from bank.risk import gathering
from bank.risk.movement import Movement, Profiles
from bank.risk.tables import ProfileRow, short, with_fraud
from bank.risk.verdict import MODEL, Outcome, conclude
from bank.rules import models
from bank.rules.flow import Flow
from bench.fraud.data import Payment
from bench.fraud.figures import Assessed
from risk.domain.labels import against_merchant

STARTER = Path(__file__).parents[2] / "functions" / "risk" / "starter"
NOTHING = Velocity()
# The data names no devices: all is paid from one that is known.
DEVICE = "dev_0"
# Of a customer the data says no more than what was paid.
CUSTOMER = Account(
    account_id="",
    owner_id="",
    kind=Kind.WALLET,
    currency="CNY",
    status=Status.ACTIVE,
    balance=0,
    held=0,
    available=0,
    limits=Limits(),
    day="",
    day_left=0,
    month="",
    month_left=0,
    year="",
    year_left=0,
    version=0,
    booked_at="",
    opened_at="2017-04-01T00:00:00.000000Z",
    metadata=WalletCustomer("cus_0", level=2, free_limit=0, since="").on(),
    last_origin=Origin(short(DEVICE)),
)


def model(product: str = "payment") -> dict[str, Any]:
    """The starter rules of a product."""
    content: dict[str, Any] = json.loads((STARTER / f"{product}.json").read_text())
    return content


def flow_of(content: dict[str, Any]) -> Flow:
    """The model as it was checked, for what it makes on its way."""
    parsed, faults = models.parsed(content)
    assert parsed is not None, faults
    return Flow(parsed, MODEL)


@dataclass
class World:
    """Knowledge of the bank at a moment of the replay."""

    delay: timedelta
    velocity: dict[str, Velocity] = field(default_factory=dict)
    profiles: dict[str, ProfileRow] = field(default_factory=dict)
    unknown: deque[tuple[datetime, Payment, list[str]]] = field(default_factory=deque)

    def learn(self, now: datetime) -> None:
        """Take in the frauds that have been confirmed by now, as the closing of their cases does."""
        while self.unknown and self.unknown[0][0] <= now:
            at, payment, reasons = self.unknown.popleft()
            key = payment.merchant if against_merchant(reasons) else payment.customer
            profile = self.profiles.setdefault(key, ProfileRow(key))
            profile.frauds = with_fraud(profile.frauds, business_date(at))

    def facts(self, payment: Payment) -> schema.Facts:
        """The facts of a payment, before it."""
        movement = Movement(
            product="payment",
            account_id=payment.customer,
            amount=payment.amount,
            currency="CNY",
            client_id="",
            payee=payment.merchant,
            merchant_id=payment.merchant,
            device_id=DEVICE,
        )
        payer, merchant = self.profiles.get(payment.customer), self.profiles.get(payment.merchant)
        found = Profiles(live=None, payer=payer, channel=None, payee=merchant, device=None)
        account = replace(CUSTOMER, velocity=self.velocity.get(payment.customer, NOTHING))
        return gathering.facts(movement, found, account, None, payment.at)

    def booked(self, payment: Payment) -> None:
        """The payment went through: it is the payer's history from now on."""
        seconds = int(payment.at.timestamp())
        before = self.velocity.get(payment.customer, NOTHING).at(seconds)
        self.velocity[payment.customer] = before.moved(VelocityCounter(1, payment.amount))

    def told(self, payment: Payment, reasons: list[str]) -> None:
        """A fraud that will be known after the delay."""
        self.unknown.append((payment.at + self.delay, payment, reasons))


@dataclass(frozen=True)
class Replayed(Assessed):
    """A judged payment, with its facts in their recorded form where they were kept."""

    outcome: Outcome = Outcome.APPROVE
    recorded: list[Any] = field(default_factory=list)


def run(
    payments: Iterable[Payment], content: dict[str, Any], *, delay: timedelta, keep: bool = False
) -> Iterator[Replayed]:
    """Judge all, in order of time; `keep` the facts, too."""
    judge = rules.compiled(f"replay#{ids.digest(content)}", content, MODEL)
    points = zen.compile_expression("; ".join((*flow_of(content).assignments, "points")))
    world = World(delay)
    for payment in payments:
        world.learn(payment.at)
        facts = world.facts(payment)
        outcome, reasons = conclude(rules.evaluate(judge, facts), facts)
        if payment.fraud:
            world.told(payment, list(reasons))
        if not (payment.fraud and outcome is not Outcome.APPROVE):
            world.booked(payment)
        yield Replayed(payment, int(points.evaluate(facts)), outcome, schema.pack(facts) if keep else [])
