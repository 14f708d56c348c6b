"""Consumers of lines that die, fail, or meet each other: each line is paid once."""

import json
from typing import Any

import botocore.exceptions
import pytest

from bank import errors, ids, ledger, store
from tests.unit.transfers.desk import Desk, Line, announced, counts, csv_of, rows, to_bob
from transfers.domain import batch_file
from transfers.service import lines as lines_service
from transfers.service import pay
from transfers.tables import TransferRow

pytestmark = pytest.mark.usefixtures("small_chunks")


class Died(BaseException):
    """The process is gone: no handler of exceptions sees it."""


@pytest.mark.parametrize("writes", range(8))
def test_a_consumer_that_dies_anywhere_in_a_chunk_pays_each_line_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    alice, bob = desk.wallet(1_000), desk.wallet()
    batch_lines: list[Line] = [
        (bob, 10, "USD", ""),
        ("wal_nobody", 10, "USD", ""),
        (bob, 5_000, "USD", ""),
    ]
    batch_id = announced(desk, alice, batch_lines)
    desk.bring(desk.upload(batch_id, csv_of(*batch_lines)))
    bodies = desk.lines()
    client = store.client()
    original = client._make_api_call
    left = iter(range(writes))

    def die_after(name: str, given: Any) -> Any:
        if name in ("TransactWriteItems", "BatchWriteItem") and next(left, None) is None:
            raise Died
        return original(name, given)

    # Three transfers, the chunk's row, its mark, the batch's end: six writes, and some runs see no death.
    with monkeypatch.context() as patched:
        patched.setattr(client, "_make_api_call", die_after)
        if writes < 6:
            with pytest.raises(Died):
                desk.pay(bodies)
        else:
            assert desk.pay(bodies) == []
    assert desk.pay(bodies) == []

    assert counts(desk, batch_id) == ("completed", {"succeeded": 1, "declined": 1, "rejected": 1})
    assert [row["outcome"] for row in rows(desk.results(batch_id))] == ["succeeded", "rejected", "declined"]
    assert (desk.balance(alice), desk.balance(bob)) == (990, 10)
    assert desk.sound()


def test_the_rows_of_all_lines_of_a_chunk_are_read_in_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each to another account: what the lines share is asked for once."""
    read: list[int] = []
    monkeypatch.setattr("bank.store.reads._batch_get", lambda keys: read.append(len(keys)) or {})
    sender = batch_file.Sender("bat_1", "wal_alice", "cli_app")
    asked = [
        batch_file.instruction_of(batch_file.Line(number, (f"wal_{number}", "5", "USD", "")), sender)
        for number in range(25)
    ]

    lines_service.ReadAhead(instruction for instruction in asked if instruction)

    assert read == [79]


@pytest.mark.parametrize(
    "passing", [errors.Unavailable("busy"), botocore.exceptions.ReadTimeoutError(endpoint_url="dynamodb")]
)
def test_a_message_that_meets_a_passing_error_fails_as_a_whole_and_costs_the_others_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, passing: Exception
) -> None:
    alice, bob, batch_lines = to_bob(desk, 9)
    batch_id = announced(desk, alice, batch_lines)
    desk.bring(desk.upload(batch_id, csv_of(*batch_lines)))
    bodies = sorted(desk.lines())
    original = pay.transfer

    def fail_on_fifth(*, instruction: Any, **how: Any) -> Any:
        if instruction.line == 5:
            raise passing
        return original(instruction=instruction, **how)

    with monkeypatch.context() as patched:
        patched.setattr(pay, "transfer", fail_on_fifth)
        failed = desk.pay(bodies)
    assert failed == ["1"]
    assert json.loads(bodies[1])["chunk"] == 2
    assert desk.balance(bob) == 70
    assert counts(desk, batch_id) == ("processing", {"pending": 3, "succeeded": 6})

    desk.pay([bodies[int(failed[0])]])

    assert counts(desk, batch_id) == ("completed", {"succeeded": 9})
    assert (desk.balance(alice), desk.balance(bob)) == (0, 90)


def test_a_line_keeps_its_first_outcome_when_its_account_is_opened_before_redelivery(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, late = desk.wallet(1_000), "wal_opened_late"
    batch_lines: list[Line] = [(late, 10, "USD", "")]
    batch_id = announced(desk, alice, batch_lines)
    desk.bring(desk.upload(batch_id, csv_of(*batch_lines)))
    bodies = desk.lines()
    with monkeypatch.context() as patched:
        patched.setattr(store, "put_many", lambda rows: (_ for _ in ()).throw(errors.Unavailable("busy")))
        assert desk.pay(bodies) == ["0"]
    row = ledger.accounts.new_row(account_id=late, owner_id="cus_2", kind=ledger.Kind.WALLET, currency="USD")
    ledger.accounts.open_account(row)

    desk.pay(bodies)

    assert counts(desk, batch_id) == ("completed", {"rejected": 1})
    assert (desk.balance(alice), desk.balance(late)) == (1_000, 0)


def test_two_who_see_the_last_chunk_done_complete_the_batch_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, published: list[dict[str, Any]]
) -> None:
    alice, _, batch_lines = to_bob(desk, 2)
    batch_id = announced(desk, alice, batch_lines)
    desk.bring(desk.upload(batch_id, csv_of(*batch_lines)))
    bodies = desk.lines()
    original = lines_service._complete_if_last

    def be_overtaken(batch: Any) -> None:
        monkeypatch.setattr(lines_service, "_complete_if_last", original)
        desk.pay(bodies)
        original(batch)

    monkeypatch.setattr(lines_service, "_complete_if_last", be_overtaken)
    assert desk.pay(bodies) == []

    assert counts(desk, batch_id) == ("completed", {"succeeded": 2})
    desk.deliver_events()
    assert [event["name"] for event in published] == ["TransferBatchCompleted"]


def test_lines_of_an_unknown_or_complete_batch_are_acknowledged_and_pay_nothing(desk: Desk) -> None:
    alice, bob, batch_lines = to_bob(desk, 1)
    desk.deposit(alice, 100)
    batch_id = announced(desk, alice, batch_lines)
    desk.run(batch_id, csv_of(*batch_lines))
    extra = {"batch_id": batch_id, "chunk": 2, "lines": [[2, bob, "10", "USD", ""]]}

    assert desk.pay([json.dumps(extra), json.dumps(extra | {"batch_id": "bat_none"})]) == []

    assert desk.balance(bob) == 10
    assert store.get(TransferRow, ids.derived("trf", batch_id, "2")) is None


def test_a_message_of_the_release_before_brings_its_lines_along(desk: Desk) -> None:
    alice, bob, batch_lines = to_bob(desk, 2)
    batch_id = announced(desk, alice, batch_lines)
    desk.bring(desk.upload(batch_id, csv_of(*batch_lines)))
    old = {"batch_id": batch_id, "chunk": 1, "lines": [[n, bob, "10", "USD", f"line {n}"] for n in (1, 2)]}

    assert desk.pay([json.dumps(old)]) == []
    desk.drain()

    assert counts(desk, batch_id) == ("completed", {"succeeded": 2})
    assert desk.balance(bob) == 20


def test_a_message_that_cannot_be_read_fails_alone(desk: Desk) -> None:
    alice, bob, batch_lines = to_bob(desk, 1)
    batch_id = announced(desk, alice, batch_lines)
    desk.bring(desk.upload(batch_id, csv_of(*batch_lines)))

    assert desk.pay(["not a chunk", *desk.lines()]) == ["0"]

    assert desk.balance(bob) == 10
