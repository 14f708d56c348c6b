"""The demo of benefits against the real rooms in this process: its figures are those of SQL."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from bank import clock, ids
from bank.config import config
from bank.ledger import AccountRow
from benefits import app as benefits
from infra.channel import Answer
from infra.contract import rooms
from infra.demo import purchases
from infra.demo.benefits import __main__ as demo
from infra.demo.benefits import expected, newcomers, staff
from infra.demo.benefits import run as running
from infra.demo.benefits.found import Bank
from infra.demo.benefits.plan import plan
from infra.demo.benefits.run import Run
from payments import app as payments
from tests.support import bus, funding, http
from tests.support.streams import Cloud
from tests.unit.points import given as points

CLIENT = "cli_test"
# Three claims each: a few more than there are codes.
CUSTOMERS, CLAIMANTS, MINUTES = 12, 101, 10
HEARD = ("PaymentSucceeded", "PaymentRefunded")
TABLES = ("entitlements", "points-earnings", "points-redemptions")


class Caller:
    """A channel, or a member of staff, who calls the rooms in this process."""

    def __init__(self, principal: dict[str, str] | None = None) -> None:
        self._who = {"principal": principal} if principal else {}

    def get(self, path: str, query: dict[str, Any] | None = None) -> Answer:
        """GET."""
        found = {name: str(value) for name, value in (query or {}).items()}
        return self._call("GET", path, None, **({"query": found} if found else {}))

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        """POST; others approve what they have to."""
        return self._call("POST", path, body, key=key or ids.new("key"))

    def _call(self, method: str, path: str, body: Any, **options: Any) -> Answer:
        reply = http.call(_room(method, path), method, path, body, **options, **self._who)
        return Answer(reply.status, reply.headers, reply.body.encode(), 1, 0.0)


def _room(method: str, path: str) -> Any:
    for api in rooms.apis().values():
        try:
            http._match(api, method, path)
        except LookupError:
            continue
        return api
    raise LookupError(path)


class Stage:
    """The stage of the demo: tables, and the jobs that it has run."""

    client_id = CLIENT

    def __init__(self, cloud: Cloud, published: list[dict[str, Any]]) -> None:
        self.tables = {name: config.table_prefix + name for name in TABLES}
        self._cloud = cloud
        self._published = published
        self._points: Any = points.Bank(cloud, SimpleNamespace())  # type: ignore[arg-type]

    def aws(self, service: str) -> Any:
        """A client."""
        return boto3.client(service, region_name=config.region)  # type: ignore[call-overload]

    def invoke(self, function: str, event: dict[str, str]) -> None:
        """Run a job, once all before it has been heard of."""
        self.settle()
        if function == demo.BOOKING:
            self._points.run()
        else:
            benefits.on_expiry(event, http.context())
        self.settle()

    def settle(self) -> None:
        """Deliver what streams and the bus bring."""
        self._cloud.settle()
        for envelope in self._published:
            if envelope["type"].split(".")[2] in HEARD:
                assert not points._delivered(points.app.on_payment_events, bus.body(envelope))
        self._published.clear()
        self._cloud.settle()


@pytest.fixture
def stage(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A stage whose channels work one after the other, since moto keeps no money under threads."""
    published: list[dict[str, Any]] = []
    monkeypatch.setattr(payments, "publish", published.extend)
    stage = Stage(cloud, published)

    def work(label: str, act: Callable[[Any], Any], tasks: Sequence[Any], *, channels: int) -> list[Any]:
        return [act(task) for task in tasks]

    def wait_until(what: str, there: Callable[[], bool], *, pause: float = 0.0) -> None:
        stage.settle()
        assert there(), what

    monkeypatch.setattr(running, "work", work)
    monkeypatch.setattr(demo, "wait_until", wait_until)
    funding.allow(CLIENT)
    return stage


def test_a_run_comes_to_what_sql_says_of_the_file(stage: Any) -> None:
    made = plan(purchases.read(), customers=CUSTOMERS, claimants=CLAIMANTS)
    channel, member = Caller(), Caller(http.staff())
    members: Any = staff.Staff(*[member] * 3)  # type: ignore[list-item]
    names = list(dict.fromkeys([*made.customers, *made.claims]))
    people = dict(zip(names, newcomers._take_over(CLIENT, len(names)), strict=True))
    merchant_id = channel.post("/merchants", demo.MERCHANTS[demo.MUSIC]).json["merchant_id"]
    run = Run(stage, channel, "run", made, people, merchant_id, 1)  # type: ignore[arg-type]
    bank, starts_at = Bank(run, members), clock.now()
    ends_at = starts_at + timedelta(minutes=MINUTES)

    coupon = staff.coupon(members, merchant_id, starts_at, ends_at)
    gold = demo._buy(run, bank, members, coupon)
    pool = staff.pool(members)
    answers = run.claim_at_once(pool)
    with clock.source(lambda: ends_at + timedelta(seconds=1)):
        demo._expire(run, bank, coupon, ends_at)
        found = {**bank.coupon(coupon), **bank.points(gold), **bank.pool(pool, answers)}

    trial: Counter[str] = Counter()
    for row in AccountRow.scan():
        trial[row.currency] += int(row.balance)
    wanted = expected.figures(customers=CUSTOMERS, claimants=CLAIMANTS)
    assert demo.differences(found, wanted, trial) == []
    assert {answer.json.get("code") for answer in answers} == {None, "sold_out"}


def test_rules_that_let_a_replay_pass_judge_by_lists_alone() -> None:
    draft = staff._lists_alone()

    assert draft["product"] == "payment"
    assert json.dumps(draft["content"]).count('"if": "lists.') == 4
