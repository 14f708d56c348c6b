"""Channels and accounts share the consumers of lines by turns: nobody waits for all that another brings."""

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bank import clock, errors, store
from tests.unit.transfers.desk import Desk, Line, announced, counts, csv_of, to_bob
from transfers.adapters import object_store
from transfers.domain.lanes import LANES, LOST_AFTER, TURN_CHUNKS, Lane
from transfers.service import lines, pay, turns
from transfers.tables import HEADER, TURN, WAITS, BatchRow, LaneRow, WaitingRow

pytestmark = pytest.mark.usefixtures("small_chunks")

CHUNK = 3
AMOUNT = 10


class Died(BaseException):
    """The process is gone: no handler of exceptions sees it."""


def batch(desk: Desk, count: int, *, channel: str = "cli_test", sender: str | None = None) -> str:
    """A batch of so many lines, its file brought, from an account of its own where none is named."""
    bob = desk.wallet()
    sender = sender or desk.wallet(AMOUNT * count)
    batch_lines: list[Line] = [(bob, AMOUNT, "USD", str(number)) for number in range(count)]
    batch_id = announced(desk, sender, batch_lines, key=desk.key())
    row = store.get(BatchRow, batch_id, HEADER)
    assert row is not None
    row.client_id = channel
    row.save()
    assert desk.bring(desk.upload(batch_id, csv_of(*batch_lines))) == []
    return batch_id


def done(desk: Desk, batch_id: str) -> bool:
    return counts(desk, batch_id)[0] == "completed"


def take_until(desk: Desk, ended: Callable[[], bool], queue: list[str]) -> list[tuple[str, int]]:
    """Take one turn after the other as they stand on the queue; the chunks that were paid, in order."""
    paid: list[tuple[str, int]] = []
    original = lines.take_chunk

    def note(batch_id: str, number: int) -> None:
        paid.append((batch_id, number))
        original(batch_id, number)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lines, "take_chunk", note)
        while not ended():
            assert desk.pay([queue.pop(0)]) == []
            queue += desk.turns()
    return paid


def resting(desk: Desk) -> bool:
    """Nothing waits, no turn is under way or on the queue."""
    rows = [row for row in LaneRow.scan() if row.record == TURN]
    assert [row for row in WaitingRow.scan() if row.record.startswith(WAITS)] == []
    return desk.turns() == [] and all(row.lane.rests for row in rows)


def test_ten_lines_of_a_channel_wait_for_one_turn_of_each_lane_of_another_whatever_it_brings(
    desk: Desk,
) -> None:
    large = [batch(desk, 20 * CHUNK, channel="cli_large") for _ in range(3)]
    small = batch(desk, 2, channel="cli_small")
    queue = desk.turns()

    assert len(queue) == LANES + 1
    paid = take_until(desk, lambda: done(desk, small), queue)

    others = [batch_id for batch_id, _ in paid if batch_id != small]
    assert len(others) <= LANES * TURN_CHUNKS < 3 * 20
    assert not any(done(desk, each) for each in large)


def test_very_many_small_batches_of_a_channel_are_no_more_on_the_queue_than_one_large_one(desk: Desk) -> None:
    many = [batch(desk, 1, channel="cli_many") for _ in range(6 * LANES)]
    small = batch(desk, 1, channel="cli_small")
    queue = desk.turns()

    assert len(queue) == LANES + 1
    paid = take_until(desk, lambda: done(desk, small), queue)

    assert len(paid) <= LANES * TURN_CHUNKS + 1
    assert sum(done(desk, each) for each in many) < len(many) / 2


def test_accounts_of_one_channel_come_round_one_after_another(desk: Desk) -> None:
    accounts = [desk.wallet(1_000) for _ in range(3)]
    for sender in accounts:
        for _ in range(4):
            batch(desk, 2 * LANES * CHUNK, sender=sender)
    small = batch(desk, LANES * CHUNK)
    before_small = len(accounts) + 1

    paid = take_until(desk, lambda: done(desk, small), desk.turns())

    # One chunk in each lane: it waits there for one chunk of each other account, and a turn pays two.
    others = [batch_id for batch_id, _ in paid if batch_id != small]
    assert len(others) <= LANES * (before_small + TURN_CHUNKS)


def test_an_account_s_batches_are_paid_as_they_were_announced(desk: Desk) -> None:
    sender = desk.wallet(1_000)
    first, second = (batch(desk, 2 * LANES * CHUNK, sender=sender) for _ in range(2))

    paid = take_until(desk, lambda: done(desk, second), desk.turns())

    assert paid.index((first, 2 * LANES)) < paid.index((second, 2 * LANES))
    assert Counter(paid) == {(each, n + 1): 1 for each in (first, second) for n in range(2 * LANES)}
    assert resting(desk)


@pytest.mark.parametrize("calls", range(0, 44, 3))
def test_a_consumer_that_dies_anywhere_in_a_turn_loses_nothing_and_pays_each_line_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    """The turn's message comes again, after those that it has sent, or before them."""
    batch_id = batch(desk, 2 * LANES * CHUNK)
    queue = desk.turns()
    left = iter(range(calls))

    def die_before(client: Any) -> None:
        original = client._make_api_call

        def call(name: str, given: Any) -> Any:
            if next(left, None) is None:
                raise Died
            return original(name, given)

        patched.setattr(client, "_make_api_call", call)

    with monkeypatch.context() as patched:
        die_before(store.client())
        die_before(turns.queue.queues.client())
        try:
            desk.pay(queue[:1])
        except Died:
            queue.append(queue[0])
    order = random.Random(calls)
    queue = [*queue[1:], *desk.turns()]
    while queue:
        assert desk.pay([queue.pop(order.randrange(len(queue)))]) == []
        queue += desk.turns()

    assert counts(desk, batch_id) == ("completed", {"succeeded": 2 * LANES * CHUNK})
    assert resting(desk)
    assert desk.sound()


def test_turns_that_come_twice_or_late_do_not_multiply(desk: Desk) -> None:
    batch_id = batch(desk, 4 * LANES * CHUNK)
    queue, seen = desk.turns(), []
    while queue:
        body = queue.pop(0)
        seen.append(body)
        assert desk.pay([body]) == []
        queue += desk.turns()
        # Again at once, and one of long ago.
        assert desk.pay([body, seen[0]]) == []
        queue += desk.turns()

    assert done(desk, batch_id)
    assert resting(desk)
    # Each lane has four chunks: two turns. What was repeated has sent the next turn again, and no more.
    assert len(seen) <= 2 * 2 * LANES


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_batch_that_comes_just_when_its_lane_ends_is_not_forgotten(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    sender = desk.wallet(1_000)
    first = batch(desk, 1, sender=sender)
    late: list[str] = []
    original = turns._change

    def be_late(lane_id: str, before: Lane, after: Lane) -> bool:
        def come() -> None:
            if after.ended == 1 and not late:
                late.append("")
                late[0] = batch(desk, LANES * CHUNK, sender=sender)

        if moment == "before":
            come()
        changed = original(lane_id, before, after)
        if moment == "after":
            come()
        return changed

    monkeypatch.setattr(turns, "_change", be_late)
    desk.drain()

    assert late
    assert done(desk, first)
    assert done(desk, late[0])
    assert resting(desk)


def test_a_chunk_that_fails_is_paid_alone_and_its_lane_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = batch(desk, 2 * LANES * CHUNK)
    original = pay.transfer

    def fail_on_first(*, instruction: Any, **how: Any) -> Any:
        if instruction.line == 1:
            raise errors.Unavailable("busy")
        return original(instruction=instruction, **how)

    left: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(pay, "transfer", fail_on_first)
        queue = desk.turns()
        while queue:
            body = queue.pop()
            if desk.pay([body]):
                left.append(body)
            queue += desk.turns()

    assert [json.loads(each) for each in left] == [{"batch_id": batch_id, "chunk": 1}]
    assert counts(desk, batch_id)[1] == {"pending": CHUNK, "succeeded": (2 * LANES - 1) * CHUNK}
    assert resting(desk)
    assert desk.pay(left) == []
    assert done(desk, batch_id)


def test_a_turn_does_not_try_again_what_killed_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    batch_id = batch(desk, LANES * CHUNK)
    turn = desk.turns()[0]
    tried: list[int] = []

    def die(_: str, number: int) -> None:
        tried.append(number)
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(lines, "take_chunk", die)
        with pytest.raises(Died):
            desk.pay([turn])
        assert desk.pay([turn]) == []

    assert [json.loads(body) for body in desk.turns()] == [{"batch_id": batch_id, "chunk": tried[0]}]


def test_what_stands_in_the_bucket_instead_of_the_file_pays_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever could put it there, after the file was taken: its digest is looked at with each reading."""
    alice, bob, batch_lines = to_bob(desk, 2)
    batch_id = announced(desk, alice, batch_lines)
    desk.bring(desk.upload(batch_id, csv_of(*batch_lines)))
    row = store.get(BatchRow, batch_id, HEADER)
    assert row is not None
    desk.upload(batch_id, csv_of((bob, 19, "USD", ""), (bob, 1, "USD", "")))
    read = object_store.read_upload
    monkeypatch.setattr(
        object_store, "read_upload", lambda arrival: read(object_store.Arrival(arrival.batch_id, None))
    )

    [chunk] = desk.lines()
    assert desk.pay([chunk]) == ["0"]

    assert (desk.balance(alice), desk.balance(bob)) == (20, 0)


def test_lanes_that_were_lost_or_are_older_than_the_queue_come_back_with_the_file(desk: Desk) -> None:
    """As after tables were restored: messages that nobody has any more, or that no lane expects."""
    alice, bob, batch_lines = to_bob(desk, 2 * LANES * CHUNK)
    batch_id = announced(desk, alice, batch_lines)
    notification = desk.upload(batch_id, csv_of(*batch_lines))
    desk.bring(notification)
    messages = desk.turns()
    assert desk.pay(messages[:1]) == []
    for row in LaneRow.scan():
        row.delete()
    desk.turns()

    assert desk.bring(notification) == []
    desk.drain()

    assert counts(desk, batch_id) == ("completed", {"succeeded": 2 * LANES * CHUNK})
    assert (desk.balance(alice), desk.balance(bob)) == (0, 2 * LANES * CHUNK * AMOUNT)
    assert resting(desk)


def test_a_turn_of_which_nothing_is_heard_is_given_up_after_a_quarter_of_an_hour(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, now = desk.wallet(1_000), clock.now()
    first = batch(desk, LANES * CHUNK, sender=sender)
    begun = desk.turns()
    with monkeypatch.context() as patched:
        patched.setattr(lines, "take_chunk", lambda *_: (_ for _ in ()).throw(Died))
        for body in begun:
            with pytest.raises(Died):
                desk.pay([body])

    with clock.source(lambda: now + LOST_AFTER - timedelta(minutes=1)):
        second = batch(desk, LANES * CHUNK, sender=sender)
    assert desk.turns() == []
    with clock.source(lambda: now + LOST_AFTER + timedelta(minutes=1)):
        third = batch(desk, LANES * CHUNK, sender=sender)
        assert len(desk.turns()) == LANES
        assert desk.bring() == []
    with clock.source(lambda: now + 2 * LOST_AFTER + timedelta(minutes=2)):
        fourth = batch(desk, LANES * CHUNK, sender=sender)
        desk.drain()
        # Those that had died come after all.
        assert desk.pay(begun) == []
        desk.drain()

        assert all(done(desk, each) for each in (first, second, third, fourth))
        assert resting(desk)
