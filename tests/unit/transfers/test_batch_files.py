"""Batch files delivered twice, late, for nobody, and handing out that breaks off."""

import json
from typing import Any

import botocore.exceptions
import pytest

from bank.events import queues
from tests.unit.transfers.desk import Desk, announced, counts, csv_of, rows, to_bob
from transfers.adapters import queue

pytestmark = pytest.mark.usefixtures("small_chunks")


def test_a_file_delivered_twice_is_paid_once(desk: Desk) -> None:
    alice, bob, batch_lines = to_bob(desk, 7)
    batch_id = announced(desk, alice, batch_lines)
    notification = desk.upload(batch_id, csv_of(*batch_lines))

    desk.bring(notification, notification)
    desk.pay(desk.lines())
    desk.bring(notification, desk.upload(batch_id, csv_of(*batch_lines)))

    assert desk.lines() == []
    assert counts(desk, batch_id) == ("completed", {"succeeded": 7})
    assert (desk.balance(alice), desk.balance(bob)) == (0, 70)
    assert desk.sound()


def test_the_first_file_taken_counts_and_another_is_ignored_whatever_the_order(desk: Desk) -> None:
    alice, bob = desk.wallet(1_000), desk.wallet()
    mine, other = [(bob, 10, "USD", "first")], [(bob, 10, "USD", "second")]
    batch_id = announced(desk, alice, mine)
    first, second = desk.upload(batch_id, csv_of(*mine)), desk.upload(batch_id, csv_of(*other))

    desk.bring(second, first)
    desk.pay(desk.lines())

    assert [row["reference"] for row in rows(desk.results(batch_id))] == ["second"]
    assert desk.balance(bob) == 10


def test_the_file_that_was_announced_counts_although_another_has_overwritten_it(desk: Desk) -> None:
    alice, bob = desk.wallet(1_000), desk.wallet()
    mine, other = [(bob, 10, "USD", "first")], [(bob, 10, "USD", "second")]
    batch_id = announced(desk, alice, mine)
    first, _ = desk.upload(batch_id, csv_of(*mine)), desk.upload(batch_id, csv_of(*other))

    desk.bring(first)
    desk.pay(desk.lines())

    assert [row["reference"] for row in rows(desk.results(batch_id))] == ["first"]


def test_files_for_no_batch_and_messages_that_tell_of_none_are_acknowledged(desk: Desk) -> None:
    stray = desk.upload("bat_01UNKNOWN", csv_of())
    elsewhere = json.dumps({"Records": [{"s3": {"object": {"key": "results/bat_01.csv"}}}]})
    test_message = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"})

    assert desk.bring(stray, elsewhere, test_message) == []
    assert desk.lines() == []


def test_handing_out_goes_on_after_it_broke_off(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob, batch_lines = to_bob(desk, 40)
    batch_id = announced(desk, alice, batch_lines)
    notification = desk.upload(batch_id, csv_of(*batch_lines))
    other = desk.upload(batch_id, csv_of(*[(bob, 10, "USD", "another")] * 40))
    sqs = queues.client()
    original = sqs.send_message_batch
    calls = iter((True, False))

    def send_once_and_die(**given: Any) -> Any:
        if not next(calls):
            raise botocore.exceptions.ReadTimeoutError(endpoint_url="sqs")
        return original(**given)

    monkeypatch.setattr(sqs, "send_message_batch", send_once_and_die)
    assert desk.bring(notification) == ["0"]
    monkeypatch.setattr(sqs, "send_message_batch", original)
    assert desk.bring(other) == []
    before = desk.lines()
    assert desk.bring(notification) == []
    after = desk.lines()

    assert (len(before), len(after)) == (10, 14)
    desk.pay([*before, *after])
    assert counts(desk, batch_id) == ("completed", {"succeeded": 40})
    assert (desk.balance(alice), desk.balance(bob)) == (0, 400)


def test_lines_that_the_queue_refuses_are_sent_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, _, batch_lines = to_bob(desk, 3)
    batch_id = announced(desk, alice, batch_lines)
    notification = desk.upload(batch_id, csv_of(*batch_lines))
    sqs = queues.client()
    with monkeypatch.context() as patched:
        patched.setattr(sqs, "send_message_batch", lambda **_: {"Failed": [{"Id": "0"}]})
        assert desk.bring(notification) == ["0"]

    assert desk.bring(notification) == []
    desk.pay(desk.lines())
    assert counts(desk, batch_id) == ("completed", {"succeeded": 3})


def test_lines_that_are_quicker_than_their_handing_out_complete_the_batch(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, batch_lines = to_bob(desk, 3)
    batch_id = announced(desk, alice, batch_lines)
    original = queue.send

    def send_and_be_overtaken(chunks: Any) -> None:
        original(chunks)
        desk.pay(desk.lines())

    monkeypatch.setattr(queue, "send", send_and_be_overtaken)
    assert desk.bring(desk.upload(batch_id, csv_of(*batch_lines))) == []

    assert counts(desk, batch_id) == ("completed", {"succeeded": 3})
    assert desk.balance(bob) == 30
