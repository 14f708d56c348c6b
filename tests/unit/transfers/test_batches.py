"""Batches of transfers: announced, followed, every line with its outcome."""

from typing import Any

import pytest

from accounts.domain import clearing_account
from bank import ids, store
from tests.unit.transfers.desk import Desk, Line, announced, counts, csv_of, rows, to_bob
from transfers.domain import batch_file
from transfers.settings import settings

pytestmark = pytest.mark.usefixtures("small_chunks")


def test_a_batch_awaits_its_file_and_a_replay_is_answered_with_it(desk: Desk) -> None:
    alice = desk.wallet(1_000)

    first, second = desk.announce(alice, 2, 300), desk.announce(alice, 2, 300)

    assert (first.status, first.json["status"]) == (202, "awaiting_file")
    upload = first.json["upload"]
    assert upload["method"] == "PUT"
    assert f"/{settings.batch_bucket}/uploads/{first.json['batch_id']}.csv?" in upload["url"]
    assert {**second.json, "upload": upload} == first.json
    assert second.headers["Idempotent-Replayed"] == "true"
    assert counts(desk, first.json["batch_id"]) == ("awaiting_file", {"pending": 2})


def test_the_replay_of_a_batch_that_is_complete_is_still_the_first_answer(desk: Desk) -> None:
    alice, _, lines = to_bob(desk, 2)
    batch_id = announced(desk, alice, lines)
    desk.run(batch_id, csv_of(*lines))

    again = desk.announce(alice, 2, 20, content=csv_of(*lines))

    assert desk.batch(batch_id)["status"] == "completed"
    assert (again.status, again.json["status"], again.json["batch_id"]) == (202, "awaiting_file", batch_id)


def test_what_cannot_be_announced(desk: Desk) -> None:
    alice = desk.wallet(1_000)
    desk.cloud.settle()

    def refused(source: str, count: int = 1, total: int = 1, **fields: Any) -> tuple[int, str]:
        answer = desk.announce(source, count, total, key=desk.key(), **fields)
        return answer.status, answer.json["code"]

    assert refused("wal_nobody") == (404, "account_not_found")
    assert refused(clearing_account("cli_test", "USD")) == (422, "account_kind")
    assert refused(alice, currency="EUR") == (422, "currency_mismatch")
    assert refused(alice, count=0) == (422, "invalid_request")
    assert refused(alice, count=10_001) == (422, "invalid_request")
    assert refused(alice, total=0) == (422, "invalid_request")
    assert refused(alice, file_length=batch_file.MAX_FILE_BYTES + 1) == (422, "invalid_request")
    assert refused(alice, file_length=0) == (422, "invalid_request")
    assert refused(alice, file_sha256="e3b0c442" * 8) == (422, "invalid_request")
    assert refused(alice, file_sha256="A" * 42 + "B=") == (422, "invalid_request")
    assert refused(alice, file_sha256=None) == (422, "invalid_request")
    assert refused(alice, file_type="text/html") == (422, "invalid_request")
    assert desk.announce(alice, 1, 1, key="k", currency="USD").status == 202
    assert desk.announce(alice, 1, 2, key="k", currency="USD").json["code"] == "idempotency_key_reused"


def test_every_line_of_a_batch_gets_its_outcome(desk: Desk, published: list[dict[str, Any]]) -> None:
    alice, bob, shop = desk.wallet(1_000), desk.wallet(), desk.settlement()
    closed, euros = desk.wallet(), desk.wallet(currency="EUR")
    desk.change(closed, "close")
    batch_lines: list[Line] = [
        (bob, 100, "USD", "=1+1"),
        (shop, 200, "USD", '"stall, north"'),
        (closed, 50, "USD", "gone"),
        ("wal_nobody", 60, "USD", "who?"),
        (euros, 70, "EUR", "+49"),
        (bob, -5, "USD", "minus"),
        (bob, 5_000, "USD", "too much"),
        ("@bob", 7, "USD"),
        (bob, 30, "USD", ""),
    ]
    batch_id = announced(desk, alice, batch_lines)

    desk.run(batch_id, csv_of(*batch_lines))

    def transfer_id(number: int) -> str:
        return ids.derived("trf", batch_id, str(number))

    assert desk.results(batch_id).body.split("\r\n") == [
        "line,to_account_id,amount,currency,reference,outcome,code,transfer_id",
        f"1,{bob},100,USD,'=1+1,succeeded,,{transfer_id(1)}",
        f'2,{shop},200,USD,"stall, north",rejected,account_kind,{transfer_id(2)}',
        f"3,{closed},50,USD,gone,declined,account_closed,{transfer_id(3)}",
        f"4,wal_nobody,60,USD,who?,rejected,account_not_found,{transfer_id(4)}",
        f"5,{euros},70,EUR,'+49,rejected,currency_mismatch,{transfer_id(5)}",
        f"6,{bob},'-5,USD,minus,rejected,invalid_line,",
        f"7,{bob},5000,USD,too much,declined,insufficient_funds,{transfer_id(7)}",
        "8,'@bob,7,USD,,rejected,invalid_line,",
        f"9,{bob},30,USD,,succeeded,,{transfer_id(9)}",
        "",
    ]
    assert desk.results(batch_id).headers["Content-Type"] == "text/csv; charset=utf-8"
    assert desk.results(batch_id, bom="true").body == "\ufeff" + desk.results(batch_id).body
    assert desk.results(batch_id, bom="false").body == desk.results(batch_id).body
    batch = desk.batch(batch_id)
    assert counts(desk, batch_id) == ("completed", {"succeeded": 2, "declined": 2, "rejected": 5})
    assert batch["amounts"] == {"total": 5_517, "succeeded": 130}
    assert batch["completed_at"] >= batch["created_at"]
    assert batch["links"]["results"] == f"/transfer-batches/{batch_id}/results"
    assert desk.sound()
    assert [desk.balance(account) for account in (alice, bob, shop)] == [870, 130, 0]
    desk.deliver_events()
    completed = [event for event in published if event["name"] == "TransferBatchCompleted"]
    assert [(event["batch_id"], event["succeeded_amount"]) for event in completed] == [(batch_id, 130)]
    events_by_line = {event["line"]: event["name"] for event in published if "line" in event}
    assert events_by_line[1] == "TransferSucceeded"
    assert events_by_line[7] == "TransferDeclined"


def test_a_line_costs_one_round_trip_and_a_chunk_a_few_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, _, batch_lines = to_bob(desk, 4)
    batch_id = announced(desk, alice, batch_lines)
    desk.bring(desk.upload(batch_id, csv_of(*batch_lines)))
    bodies = sorted(desk.lines())
    client = store.client()
    original = client._make_api_call
    calls: list[str] = []
    monkeypatch.setattr(
        client, "_make_api_call", lambda name, given: (calls.append(name), original(name, given))[1]
    )

    # The sender's first spending of the day starts its counters, so the second line has to look again.
    desk.pay(bodies[:1])
    assert calls == [
        *("GetItem", "BatchGetItem", "BatchGetItem"),
        *(
            "TransactWriteItems",
            "TransactWriteItems",
            "BatchGetItem",
            "TransactWriteItems",
            "TransactWriteItems",
        ),
        *("BatchWriteItem", "BatchWriteItem", "Query"),
    ]
    calls.clear()
    desk.pay(bodies[1:])
    assert calls == [
        *(
            "GetItem",
            "BatchGetItem",
            "BatchGetItem",
            "TransactWriteItems",
            "BatchWriteItem",
            "BatchWriteItem",
        ),
        *("Query", "Query", "TransactWriteItems"),
    ]


def test_the_lines_of_a_chunk_count_against_the_senders_limits_one_after_the_other(desk: Desk) -> None:
    alice, bob = desk.wallet(1_000, limits={"per_day": 25}), desk.wallet()
    batch_lines: list[Line] = [(bob, 10, "USD", ""), (bob, 10, "USD", ""), (bob, 10, "USD", "")]
    batch_id = announced(desk, alice, batch_lines)

    desk.run(batch_id, csv_of(*batch_lines))

    found = [(row["outcome"], row["code"]) for row in rows(desk.results(batch_id))]
    assert found == [("succeeded", ""), ("succeeded", ""), ("declined", "limit_exceeded")]
    assert desk.balance(bob) == 20


def test_a_batch_that_is_being_paid_tells_how_far_it_is_and_has_no_results_yet(desk: Desk) -> None:
    alice, _, batch_lines = to_bob(desk, 7)
    batch_id = announced(desk, alice, batch_lines)
    desk.bring(desk.upload(batch_id, csv_of(*batch_lines)))
    first, *others = desk.lines()

    desk.pay([first])

    assert counts(desk, batch_id) == ("processing", {"pending": 4, "succeeded": 3})
    assert desk.batch(batch_id)["amounts"] == {"total": 70, "succeeded": 30}
    early = desk.results(batch_id)
    assert (early.status, early.json["code"]) == (409, "batch_not_complete")
    desk.pay(others)
    assert counts(desk, batch_id) == ("completed", {"succeeded": 7})
    assert desk.results("bat_none").status == 404


@pytest.mark.parametrize(
    ("count", "total", "content", "code"),
    [
        (2, 20, lambda bob: csv_of((bob, 10, "USD", "")), "wrong_count"),
        (1, 11, lambda bob: csv_of((bob, 10, "USD", "")), "wrong_sum"),
        (1, 10, lambda bob: f"{bob},10,USD,", "wrong_header"),
        (1, 10, lambda bob: b"\xff\xfe\x00", "not_csv"),
        (1, 10, lambda bob: "\n".join(["\1" * 9_000] * 100), "file_too_large"),
    ],
)
def test_a_file_that_is_not_what_was_announced_is_rejected_and_nothing_is_paid(
    desk: Desk, published: list[dict[str, Any]], count: int, total: int, content: Any, code: str
) -> None:
    alice, bob = desk.wallet(1_000), desk.wallet()
    batch_id = desk.announce(alice, count, total, content=content(bob)).json["batch_id"]

    assert desk.bring(desk.upload(batch_id, content(bob))) == []
    desk.bring(desk.upload(batch_id, csv_of(*[(bob, total // count, "USD", "")] * count)))

    assert counts(desk, batch_id) == ("rejected", {"rejected": count})
    assert desk.batch(batch_id)["rejection"]["code"] == code
    assert desk.lines() == []
    assert desk.results(batch_id).json["code"] == "batch_not_complete"
    assert desk.balance(bob) == 0
    desk.deliver_events()
    assert [(event["name"], event["code"]) for event in published] == [("TransferBatchRejected", code)]
