"""Nights on moto: every account is paid, whatever dies, comes twice or takes long."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bank import clock, ledger, store
from bank.ledger import payees
from settlement.adapters.queue import Part
from settlement.service import payouts as service
from settlement.service import runs
from tests.support import mocked
from tests.support.streams import Cloud
from tests.unit.merchants.given import Clock, account, earn, merchant, suspend
from tests.unit.settlement.given import Died, Night, amounts, sampled, settle

LITTLE = runs.RESERVE_MS - 1


def with_money(cloud: Cloud, count: int, **terms: Any) -> list[str]:
    made = [merchant(settlement="T+0", **terms) for _ in range(count)]
    for merchant_id in made:
        earn(cloud, merchant_id, 700)
    return made


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls of DynamoDB from now on, by name."""
    client, calls = store.client(), []
    original = client._make_api_call
    monkeypatch.setattr(
        client, "_make_api_call", lambda name, given: (calls.append(name), original(name, given))[1]
    )
    return calls


def test_twelve_merchants_are_paid_in_one_night_that_has_time_for_six(cloud: Cloud, at: Clock) -> None:
    """Three nights paid the first six three times, and the others never."""
    made = with_money(cloud, 12)
    night, looked = Night(cloud), 0

    def left() -> int:
        nonlocal looked
        looked += 1
        return LITTLE if looked % 6 == 0 else 60_000

    night.left = left

    assert night.run() == {"paid": 12}
    assert [amounts(merchant_id) for merchant_id in made] == [[700]] * 12


def test_a_night_gets_on_however_little_time_a_part_has(cloud: Cloud, at: Clock) -> None:
    made = with_money(cloud, 5)
    night = Night(cloud)
    night.left = lambda: LITTLE

    assert night.run() == {"paid": 5}
    assert [amounts(merchant_id) for merchant_id in made] == [[700]] * 5


@pytest.mark.parametrize("page", [1, 2, 3, 100])
def test_every_account_is_met_whatever_the_pages(
    cloud: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(runs, "PAGE", page)
    made = with_money(cloud, 7)
    idle = [merchant(settlement="T+0") for _ in range(3)]

    assert settle(cloud) == {"paid": 7}
    assert [amounts(merchant_id) for merchant_id in (*made, *idle)] == [[700]] * 7 + [[]] * 3


def test_a_page_that_died_is_taken_apart_so_that_who_killed_it_dies_alone(
    cloud: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of memory, or out of time: nothing of the function's own code catches it."""
    made = with_money(cloud, 6)
    killer, book = account(made[2]).account_id, service._book

    def dying(payee: Any, of: ledger.Account, *arguments: Any, **options: Any) -> None:
        if of.account_id == killer:
            raise Died
        book(payee, of, *arguments, **options)

    monkeypatch.setattr(service, "_book", dying)
    night = Night(cloud)

    night.run()

    others = [merchant_id for merchant_id in made if merchant_id != made[2]]
    assert [amounts(merchant_id) for merchant_id in others] == [[700]] * 5
    assert amounts(made[2]) == []
    assert [Part.of_body(body).account_id for body in night.dead] == [killer]


def test_a_part_names_what_it_is_about() -> None:
    parts = [Part("run", 3), Part("run", 3, after="stl_1"), Part("run", account_id="stl_1")]

    assert [Part.of_body(part.body()) for part in parts] == parts
    assert [part.name for part in parts] == ["3/", "3/stl_1", "stl_1"]


def test_a_hundred_accounts_with_nothing_on_them_cost_four_calls(
    cloud: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payees, "SHARDS", 1)
    for _ in range(100):
        merchant()
    night, calls = Night(cloud), counted(monkeypatch)

    night.deliver(Part("settlement.run#now", 0).body())

    # Its mark as a part of the run, looked for before and put after.
    assert (calls, night.counts) == (["GetItem", "Query", "BatchGetItem", "PutItem"], {})
    # The page was full: what may come after it is a part of its own.
    assert len(night.waiting) == 1


@pytest.mark.parametrize(
    ("cycle", "calls"),
    [
        ("T+0", ["BatchGetItem", "TransactWriteItems"]),
        ("T+1", ["BatchGetItem", "Query", "Query", "TransactWriteItems"]),
        ("T+7", ["BatchGetItem", "Query", *["Query"] * 7, "TransactWriteItems"]),
    ],
)
def test_what_a_payout_costs(
    cloud: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch, cycle: str, calls: list[str]
) -> None:
    at("2026-11-01T09:00")
    merchant_id = merchant(settlement=cycle)
    earn(cloud, merchant_id, 700)
    at("2026-11-20T09:00")
    account_id, made = account(merchant_id).account_id, counted(monkeypatch)

    assert service.pay_out(account_id=account_id, payee_id=merchant_id) == "paid"
    assert made == calls


def test_a_new_merchant_s_week_is_not_looked_through(
    cloud: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first closing had nothing: no later one is asked."""
    merchant_id = merchant(settlement="T+7")
    earn(cloud, merchant_id, 700)
    account_id, calls = account(merchant_id).account_id, counted(monkeypatch)

    assert service.pay_out(account_id=account_id, payee_id=merchant_id) == "nothing_due"
    assert calls == ["BatchGetItem", "Query", "Query"]


def _started(night: Night) -> None:
    """Whoever fails to start a night is asked again."""
    while True:
        try:
            return night.start()
        except (Died, RuntimeError):
            pass


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_whatever_dies_and_comes_twice_everybody_is_paid_once(seed: int) -> None:
    """Calls that fail or kill, before or after they took effect; messages twice, late and in any order."""
    chance = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch, mocked.cloud() as cloud, clock.source(Clock().now):
        patch.setattr(payees, "SHARDS", 2)
        patch.setattr(runs, "PAGE", chance.choice([1, 3, 100]))
        made = with_money(cloud, 6)
        suspended = made[chance.randrange(6)]
        suspend(suspended)
        night = Night(cloud)
        night.left = lambda: chance.choice([LITTLE, 60_000])
        client, faults = store.client(), [0]
        original = client._make_api_call

        def faulty(name: str, request: Any) -> Any:
            if faults[0] < 12 and chance.random() < 0.2:
                faults[0] += 1
                if chance.random() < 0.5:
                    original(name, request)
                raise chance.choice([RuntimeError("failed"), Died()])
            return original(name, request)

        patch.setattr(client, "_make_api_call", faulty)
        for _ in range(chance.choice([1, 2])):
            _started(night)
        while night.waiting:
            body, times = night.waiting.pop(chance.randrange(len(night.waiting)))
            if chance.random() < 0.2 and faults[0] < 12:
                night.waiting.append((body, times))
            # Twelve faults kill no message five times; a message that came again is none that failed.
            night.deliver(body, min(times, 3))
        patch.setattr(client, "_make_api_call", original)
        cloud.settle()

        paid = [merchant_id for merchant_id in made if merchant_id != suspended]
        assert [amounts(merchant_id) for merchant_id in paid] == [[700]] * 5
        assert amounts(suspended) == []
        assert not night.dead


def test_the_samples_of_the_schedule_the_queue_and_the_stream_are_taken(cloud: Cloud) -> None:
    assert sampled(cloud, "on_run") == {"parts": 2}
    assert sampled(cloud, "on_parts") == {"batchItemFailures": []}
    assert sampled(cloud, "on_payouts") is None
