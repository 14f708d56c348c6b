"""Expiry of holds: each product's own, all of them, and one that cannot be ended costs no other."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from bank import clock, errors, store
from bank.ledger import Hold, HoldRow, HoldStatus, Limits, expiry, verification
from bank.ledger.expiry import Expiring
from bank.ledger.tables import ReportRow
from bank.store import Transaction
from tests.unit.bank.ledger.given import (
    Books,
    Clock,
    a_ledger,
    account,
    as_stored,
    hold,
    name,
    post,
    settlement,
    wallet,
)

# A run that has time enough.
AMPLE = 60_000
DAY = {"days": 1}


class Poisoned(Exception):
    """What nobody has thought of."""


class Records:
    """Records that hold money: a product's, some of which cannot be ended."""

    def __init__(self, product: str = "pay", poisoned: Sequence[str] = ()) -> None:
        self.poisoned = set(poisoned)
        self.expiring = Expiring(product, lambda record_id: (ReportRow, record_id, "record"), self.end)

    def place(self, payer: str, amount: int = 10, **until: float) -> Hold:
        """A hold with its record; its time is over in a minute, if nothing else is said."""
        number = name("hld")[4:]
        record_id = f"{self.expiring.product}_{number}"
        expires_at = clock.instant(clock.now() + timedelta(**(until or {"minutes": 1})))
        ReportRow(report=record_id, run="record", content="held").save()
        return hold(payer, amount, expires_at=expires_at, hold_id=f"hld_{number}", reference=record_id)

    def end(self, transaction: Transaction, record: ReportRow, held: Hold) -> None:
        """What becomes of a record."""
        if held.hold_id in self.poisoned:
            raise Poisoned
        transaction.update(
            (ReportRow, record.report, "record"),
            [ReportRow.content.set("expired")],
            ReportRow.content == "held",
            store.stale,
        )

    def run(self, left_ms: int = AMPLE) -> dict[str, int]:
        """A run of the job."""
        return expiry.run(self.expiring, left_ms=left_ms)


def statuses(holds: Sequence[Hold]) -> list[HoldStatus]:
    return [as_stored(each.hold_id).status for each in holds]


def differences(books: Books) -> Any:
    """What the verification finds once all has arrived."""
    books.settle()
    books.time.forward(minutes=5)
    return verification.verify()["differences"]


def content(held: Hold) -> Any:
    record = store.get(ReportRow, held.reference, "record")
    return record and record.content


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and groups that a handful of holds fills."""
    monkeypatch.setattr(expiry, "GROUP", 3)
    monkeypatch.setattr(expiry, "PAGE", 4)


def test_no_product_waits_for_the_holds_of_another(time: Clock, small: None) -> None:
    transfers, payments = Records("trf"), Records("pay")
    payer = wallet(10_000)
    older = [transfers.place(payer, seconds=5 + number) for number in range(40)]
    later = [payments.place(payer, seconds=50 + number) for number in range(9)]
    time.forward(minutes=2)

    assert payments.run() == {"expired": 9, "failed": 0}
    assert set(statuses(later)) == {HoldStatus.EXPIRED}
    assert set(statuses(older)) == {HoldStatus.HELD}
    assert account(payer).held == 400
    assert transfers.run() == {"expired": 40, "failed": 0}
    assert (account(payer).held, account(payer).available) == (0, 10_000)


@settings(max_examples=25, deadline=None)
@given(
    payers=st.lists(st.integers(0, 3), min_size=1, max_size=24),
    poisoned=st.sets(st.integers(0, 23)),
    group=st.sampled_from([1, 3, 8, 33]),
)
def test_those_that_cannot_be_ended_cost_no_other_and_are_tried_again(
    payers: list[int], poisoned: set[int], group: int
) -> None:
    with a_ledger() as books, pytest.MonkeyPatch.context() as environment:
        environment.setattr(expiry, "GROUP", group)
        wallets, records = [wallet(1_000) for _ in range(4)], Records()
        holds = [records.place(wallets[number]) for number in payers]
        bad = [each for number, each in enumerate(holds) if number in poisoned]
        records.poisoned = {each.hold_id for each in bad}
        books.time.forward(**DAY)

        assert records.run() == {"expired": len(holds) - len(bad), "failed": len(bad)}
        assert [content(each) for each in bad] == ["held"] * len(bad)
        assert sum(account(each).held for each in wallets) == 10 * len(bad)
        assert records.run() == {"expired": 0, "failed": len(bad)}
        records.poisoned.clear()
        assert records.run() == {"expired": len(bad), "failed": 0}
        assert {content(each) for each in holds} == {"expired"}
        assert differences(books) == []


def test_a_hold_without_its_record_and_one_that_cannot_be_read_fail_alone(
    time: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    records, payer = Records(), wallet(1_000)
    gone, unreadable, sound = (records.place(payer) for _ in range(3))
    ReportRow(report=gone.reference, run="record", content="").delete()
    HoldRow(unreadable.hold_id).update(actions=[HoldRow.amount.remove()])
    store.client().update_item(
        TableName=HoldRow.Meta.table_name,
        Key={"hold_id": {"S": unreadable.hold_id}},
        UpdateExpression="SET amount = :text",
        ExpressionAttributeValues={":text": {"S": "ten"}},
    )
    time.forward(**DAY)

    assert records.run() == {"expired": 1, "failed": 2}
    assert as_stored(sound.hold_id).status is HoldStatus.EXPIRED


def test_what_is_held_is_given_back_to_the_days_it_was_taken_from_also_together(time: Clock) -> None:
    records, payer = Records(), wallet(1_000, Limits(per_day=1_000, per_month=10_000, per_year=100_000))
    records.place(payer, 100, days=5)
    time.forward(days=1)
    records.place(payer, 200, days=5)
    time.forward(days=1)
    records.place(payer, 300, days=1)
    post({payer: -7, settlement(): 7}, spending=frozenset({payer}))
    time.forward(days=9)

    assert records.run() == {"expired": 3, "failed": 0}
    # The row counts the day of 1 February, its month and its year.
    assert (account(payer).day, account(payer).day_left) == ("2026-02-01", 1_000 - 7)
    assert (account(payer).month_left, account(payer).year_left) == (10_000 - 7, 100_000 - 7)


def test_holds_in_the_partitions_of_before_expire_and_are_no_difference(books: Books) -> None:
    records, others, payer = Records(), Records("wdr"), wallet(1_000)
    held = records.place(payer)
    other = others.place(payer)
    for each in (held, other):
        row = store.get(HoldRow, each.hold_id)
        assert row
        row.update(actions=[HoldRow.open_shard.set(row.expected_shards()[-1])])
    books.time.forward(**DAY)

    assert differences(books) == []
    assert records.run() == {"expired": 1, "failed": 0}
    assert statuses([held, other]) == [HoldStatus.EXPIRED, HoldStatus.HELD]
    assert others.run() == {"expired": 1, "failed": 0}


def test_a_run_that_meets_another_ends_what_is_left_and_nothing_twice(time: Clock, small: None) -> None:
    payer, records, other = wallet(1_000), Records(), Records()
    holds = [records.place(payer) for _ in range(6)]
    time.forward(**DAY)
    met = []

    def end(transaction: Transaction, record: ReportRow, held: Hold) -> None:
        if not met:
            met.append(expiry.expire(other.expiring, holds[4].hold_id))
            met.append(other.run())
        other.end(transaction, record, held)

    counts = expiry.run(Expiring("pay", records.expiring.key, end), left_ms=AMPLE)

    assert met == [True, {"expired": 5, "failed": 0}]
    assert counts == {"expired": 0, "failed": 0}
    assert (account(payer).held, account(payer).available) == (0, 1_000)


def test_a_run_that_dies_anywhere_is_finished_by_the_next(time: Clock, small: None) -> None:
    payer, records = wallet(1_000), Records()
    holds = [records.place(payer) for _ in range(7)]
    time.forward(**DAY)
    for survives in range(4):
        left = survives

        def end(transaction: Transaction, record: ReportRow, held: Hold) -> None:
            nonlocal left
            if not left:
                raise KeyboardInterrupt
            left -= 1
            records.end(transaction, record, held)

        with pytest.raises(KeyboardInterrupt):
            expiry.run(Expiring("pay", records.expiring.key, end), left_ms=AMPLE)

    records.run()
    assert set(statuses(holds)) == {HoldStatus.EXPIRED}
    assert (account(payer).held, account(payer).available) == (0, 1_000)


def test_a_run_stops_in_time_and_says_how_late_the_oldest_is(
    time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float] = []
    monkeypatch.setattr(expiry.metrics, "add_metric", lambda name, unit, value: told.append(value))
    records, payer = Records(), wallet(1_000)
    held = records.place(payer)
    time.forward(minutes=31)

    assert records.run(left_ms=10_000) == {"expired": 0, "failed": 0}
    assert statuses([held]) == [HoldStatus.HELD]
    assert records.run() == {"expired": 1, "failed": 0}
    assert told == [30 * 60, 0]


@pytest.mark.parametrize(("minute", "first"), [(0, "oldest"), (1, "newest")])
def test_every_other_run_begins_with_the_latest(
    time: Clock, monkeypatch: pytest.MonkeyPatch, minute: int, first: str
) -> None:
    monkeypatch.setattr(expiry, "open_partitions", lambda product: [f"open#{product}#1"])
    monkeypatch.setattr(expiry, "GROUP", 1)
    time.moment = time.moment.replace(minute=0, second=0)
    records, payer = Records(), wallet(1_000)
    holds = [records.place(payer, seconds=number + 1) for number in range(30)]
    holds = [each for each in holds if (store.get(HoldRow, each.hold_id) or HoldRow()).open_shard[-1] == "1"]
    time.forward(hours=1, minutes=minute)

    def end(transaction: Transaction, record: ReportRow, held: Hold) -> None:
        # Each takes so long that one is all that a run has time for.
        time.forward(seconds=60)
        records.end(transaction, record, held)

    assert len(holds) >= 2
    expiry.run(Expiring("pay", records.expiring.key, end), left_ms=AMPLE)

    ended = [each for each in holds if as_stored(each.hold_id).status is HoldStatus.EXPIRED]
    assert ended == [holds[0 if first == "oldest" else -1]]


def test_one_is_ended_by_whoever_asks_for_it_once_its_time_is_over(time: Clock) -> None:
    records, payer = Records(), wallet(1_000)
    held = records.place(payer)

    assert not expiry.expire(records.expiring, held.hold_id)
    time.forward(minutes=1)
    assert expiry.expire(records.expiring, held.hold_id)
    assert not expiry.expire(records.expiring, held.hold_id)
    lost = records.place(payer)
    time.forward(minutes=1)
    ReportRow(report=lost.reference, run="record", content="").delete()
    with pytest.raises(errors.Altered):
        expiry.expire(records.expiring, lost.hold_id)
