"""Batch files delivered twice, late, for nobody, and handing out that breaks off."""

import json
from typing import Any

import botocore.exceptions
import pytest

from bank import store
from bank.events import queues
from tests.unit.transfers.desk import Desk, Line, announced, counts, csv_of, rows, to_bob
from transfers.adapters import queue
from transfers.service import intake
from transfers.tables import HEADER, BatchRow

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


def tampered(lines: list[Line]) -> dict[str, tuple[str, str]]:
    """What somebody could put in place of a file: content, media type, by the code of its refusal."""
    (receiver, amount, currency, reference) = lines[0]
    same_length = csv_of((receiver, amount, currency, str(reference)[::-1]), *lines[1:])
    return {
        "wrong_digest": (same_length, "text/csv"),
        "wrong_length": (csv_of(*lines) + "\n", "text/csv"),
        "wrong_type": (csv_of(*lines), "text/html"),
    }


@pytest.mark.parametrize("code", ["wrong_digest", "wrong_length", "wrong_type"])
def test_another_file_is_refused_pays_nothing_and_ends_nothing_whatever_the_order(
    desk: Desk, published: list[dict[str, Any]], code: str
) -> None:
    alice, bob = desk.wallet(1_000), desk.wallet()
    mine: list[Line] = [(bob, 10, "USD", "first")]
    batch_id = announced(desk, alice, mine)
    content, media_type = tampered(mine)[code]
    wrong, right = desk.upload(batch_id, content, media_type), desk.upload(batch_id, csv_of(*mine))

    assert desk.bring(wrong, wrong) == []

    assert desk.lines() == []
    assert counts(desk, batch_id) == ("awaiting_file", {"pending": 1})
    assert desk.batch(batch_id)["refused_file"]["code"] == code
    assert desk.bring(right, wrong) == []
    desk.pay(desk.lines())
    assert [row["reference"] for row in rows(desk.results(batch_id))] == ["first"]
    assert (desk.balance(alice), desk.balance(bob)) == (990, 10)
    assert desk.batch(batch_id)["rejection"] is None
    desk.deliver_events()
    assert [(event["name"], event.get("code")) for event in published] == [
        ("TransferBatchFileRefused", code),
        ("TransferBatchCompleted", None),
    ]


def test_a_batch_goes_on_waiting_however_many_other_files_come(desk: Desk) -> None:
    alice, bob, mine = to_bob(desk, 2)
    batch_id = announced(desk, alice, mine)
    others = [desk.upload(batch_id, *other) for other in tampered(mine).values()]

    assert desk.bring(*others, *others) == []

    assert counts(desk, batch_id) == ("awaiting_file", {"pending": 2})
    assert desk.batch(batch_id)["refused_file"]["code"] == "wrong_type"
    assert desk.bring(desk.upload(batch_id, csv_of(*mine))) == []
    desk.pay(desk.lines())
    assert desk.balance(bob) == 20


def test_a_refusal_that_is_slower_than_the_right_file_changes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, mine = to_bob(desk, 2)
    batch_id = announced(desk, alice, mine)
    wrong, right = desk.upload(batch_id, "another"), desk.upload(batch_id, csv_of(*mine))
    original = intake._refuse

    def be_overtaken(*refusal: Any) -> None:
        monkeypatch.setattr(intake, "_refuse", original)
        desk.bring(right)
        original(*refusal)

    monkeypatch.setattr(intake, "_refuse", be_overtaken)
    assert desk.bring(wrong) == []

    desk.pay(desk.lines())
    assert counts(desk, batch_id) == ("completed", {"succeeded": 2})
    assert desk.batch(batch_id)["refused_file"] is None
    assert desk.balance(bob) == 20


def test_a_file_whose_type_names_its_charset_is_put_with_it(desk: Desk) -> None:
    alice, bob, mine = to_bob(desk, 1)
    media_type = "text/csv; charset=utf-8"
    answer = desk.announce(alice, 1, 10, content=csv_of(*mine), file_type=media_type)

    assert answer.json["upload"]["headers"]["Content-Type"] == media_type
    desk.bring(desk.upload(answer.json["batch_id"], csv_of(*mine), media_type))
    desk.pay(desk.lines())
    assert desk.balance(bob) == 10


def test_a_batch_of_the_release_before_says_nothing_of_its_file_and_takes_none(desk: Desk) -> None:
    alice, bob, mine = to_bob(desk, 1)
    batch_id = announced(desk, alice, mine)
    row = store.get(BatchRow, batch_id, HEADER)
    assert row is not None
    row.announced_sha256 = row.announced_length = row.announced_type = None
    row.save()

    assert desk.bring(desk.upload(batch_id, csv_of(*mine))) == []

    assert counts(desk, batch_id) == ("rejected", {"rejected": 1})
    assert desk.batch(batch_id)["rejection"]["code"] == "file_not_announced"
    assert (desk.lines(), desk.balance(bob)) == ([], 0)


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
    desk.drain()
    assert counts(desk, batch_id)[0] == "processing"
    assert desk.bring(notification) == []
    desk.drain()

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

    def send_and_be_overtaken(message: Any) -> None:
        original(message)
        monkeypatch.setattr(queue, "send", original)
        desk.drain()

    monkeypatch.setattr(queue, "send", send_and_be_overtaken)
    assert desk.bring(desk.upload(batch_id, csv_of(*batch_lines))) == []

    assert counts(desk, batch_id) == ("completed", {"succeeded": 3})
    assert desk.balance(bob) == 30
