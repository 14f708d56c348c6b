"""The soak's own books, against a bank that answers as it likes."""

import itertools
import json
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from bench.soak import __main__ as soak
from bench.soak import again, ending
from bench.soak.load import FUNDS, Load
from bench.soak.sent import Batch, Sent, moved, nothing, paid, transferred
from infra.channel import Answer, NoAnswer


class Bank:
    """A bank of wallets and merchants; the next `mutes` requests do what they should and get no answer."""

    def __init__(self) -> None:
        self.balances: Counter[str] = Counter()
        self.answers: dict[str, Answer] = {}
        self.mutes = 0
        self.batches: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)

    def merchant(self) -> str:
        return f"mer_{next(self._numbers)}"

    def wallet(self, balance: int) -> str:
        wallet_id = f"wal_{next(self._numbers)}"
        self.balances[wallet_id] = balance
        return wallet_id

    def account(self, account_id: str) -> dict[str, Any]:
        return {"balance": self.balances[account_id]}

    def settlement(self, merchant_id: str, _: str) -> dict[str, Any]:
        return self.account(merchant_id)

    def get(self, path: str) -> Answer:
        return answer(200, self.batches[path])

    def post(self, path: str, body: dict[str, Any], *, key: str) -> Answer:
        if key not in self.answers:
            self.answers[key] = self._done(path, body)
        if self.mutes:
            self.mutes -= 1
            raise NoAnswer(path)
        return self.answers[key]

    def _done(self, path: str, body: dict[str, Any]) -> Answer:
        assert path == "/transfers"
        payer, payee, amount = body["from_account_id"], body["to_account_id"], body["amount"]
        self.balances.update({payer: -amount, payee: amount})
        return answer(201, {"status": "succeeded", **body})


def answer(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, {}, json.dumps(body).encode(), 1, 0.001)


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def load(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Load:
    monkeypatch.setattr(ending, "PATIENCE_SECONDS", 0)
    return Load(bank, wallets=3, merchants=1)  # type: ignore[arg-type]


def test_what_was_answered_is_what_the_balances_are(load: Load) -> None:
    for _ in range(20):
        load._transfer()

    assert len(load.sent) == 20
    assert ending.answer_all(load) == 0
    assert ending.wrong_balances(load) == {}
    load.again.send_all(load.insist)
    assert (load.again.count, load.again.otherwise) == (20, [])


def test_under_load_what_waits_is_sent_again_once_and_what_gets_no_answer_then_waits_on(
    bank: Bank, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "WAITING", 2)
    load._transfer()
    load.again.send_one(load._random)
    assert load.again.count == 0, "one waits, where two should"
    load._transfer()

    bank.mutes = 1
    load.again.send_one(load._random)
    assert load.again.count == 0, "it had no answer"
    for _ in range(5):
        load.again.send_one(load._random)
    assert load.again.count == 1
    load.again.send_all(load.insist)

    assert (load.again.count, load.again.otherwise) == (2, [])
    assert ending.wrong_balances(load) == {}


def test_what_was_refused_is_not_sent_again(bank: Bank, load: Load) -> None:
    load.account_for(Sent("transfer", "/transfers", {}, transferred, answer=answer(409, {"code": "no"})))

    load.again.send_all(load.insist)

    assert load.again.count == 0


def test_what_had_no_answer_gets_it_in_the_end_and_counts_once(bank: Bank, load: Load) -> None:
    bank.mutes = 2
    for _ in range(5):
        load._transfer()

    assert ending.answer_all(load) == 2
    assert ending.wrong_balances(load) == {}


def test_a_balance_that_differs_is_found(bank: Bank, load: Load) -> None:
    wallet = next(iter(bank.balances))
    bank.balances[wallet] += 1

    assert ending.wrong_balances(load) == {wallet: (FUNDS + 1, FUNDS)}


@pytest.mark.parametrize("status", ["completed", "processing"])
def test_a_batch_is_uploaded_again_and_counts_for_what_it_paid_and_one_without_an_end_is_found(
    bank: Bank, load: Load, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded: list[Batch] = []
    monkeypatch.setattr(load, "upload", uploaded.append)
    payer, payee = list(bank.balances)[:2]
    found = {"batch_id": "b", "status": status, "amounts": {"succeeded": 70}}
    bank.batches["/transfer-batches/b"] = found
    bank.balances.update({payer: -70, payee: 70})
    body = {"from_account_id": payer}
    announced = Sent("batch", "/transfer-batches", body, nothing, answer=answer(201, {"batch_id": "b"}))
    refused = Sent("batch", "/transfer-batches", body, nothing, answer=answer(422, {"code": "no"}))
    load.batches = [Batch(announced, "text", payee), Batch(refused, "text", payee)]

    assert ending.unfinished_batches(load) == ({} if status == "completed" else {"b": found})

    assert uploaded == load.batches[:1]
    assert ending.wrong_balances(load) == {}


@pytest.mark.parametrize(
    ("second", "same"),
    [({"status": "succeeded"}, True), ({"upload": "another"}, True), ({"status": "declined"}, False)],
)
def test_an_answer_that_differs_is_found_and_a_url_signed_anew_is_none(
    bank: Bank, load: Load, second: dict[str, Any], same: bool
) -> None:
    load._transfer()
    (sent,) = load.sent
    assert sent.answer
    bank.answers[sent.key] = answer(201, {**sent.answer.json, **second})

    load.again.send_all(load.insist)

    assert load.again.count == 1
    assert same is not any(sent.key in each for each in load.again.otherwise)


@pytest.mark.parametrize(
    ("moves", "body", "expected"),
    [
        (
            paid,
            {
                "status": "succeeded",
                "payer_account_id": "w",
                "merchant_id": "m",
                "captured_amount": 5,
                "net": 4,
            },
            {"w": -5, "m": 4},
        ),
        (paid, {"status": "authorized"}, {}),
        (transferred, {"status": "declined"}, {}),
        (moved, {"type": "deposit", "status": "booked", "account_id": "w", "amount": 5}, {"w": 5}),
        (moved, {"type": "withdrawal", "status": "booked", "account_id": "w", "amount": 5}, {"w": -5}),
        (moved, {"type": "withdrawal", "status": "in_review", "account_id": "w", "amount": 5}, {}),
        (nothing, {}, {}),
    ],
)
def test_an_answer_says_what_it_moved(moves: Any, body: dict[str, Any], expected: dict[str, int]) -> None:
    assert moves(body) == expected


def test_the_report_counts_what_was_done_refused_and_tried_again(load: Load) -> None:
    sent = [Sent("payment", "/payments", {}, nothing, answer=answer(201, {}), seconds=0.1) for _ in range(99)]
    sent += [
        Sent("payment", "/payments", {}, nothing, answer=answer(409, {"code": "closed"}), seconds=9.0),
        Sent("refund", "/refunds", {}, nothing),
    ]
    load.sent, load.failures = sent, Counter({500: 2})

    text = soak.report(load, 10.0, Counter(kills=3))

    assert "101 requests in 10 s: 10.1 a second" in text
    assert text.split("payment")[1].split("\n")[0].split() == ["100", "99", "1", "0", "100", "100"]
    assert text.split("refund ")[1].split("\n")[0].split() == ["1", "0", "1", "1", "0", "0"]
    assert text.splitlines()[-4:] == ["", "payment refused: 409 closed: 1", "answers of 500: 2", "kills: 3"]


def test_only_what_stands_in_a_queue_of_failures_was_given_up() -> None:
    sizes = {"a-dlq": "0", "b-failures": "2", "c": "7"}

    def attributes(*, QueueUrl: str, AttributeNames: list[str]) -> dict[str, dict[str, str]]:
        return {"Attributes": {AttributeNames[0]: sizes[QueueUrl]}}

    sqs = SimpleNamespace(get_queue_attributes=attributes)
    env = SimpleNamespace(aws=lambda _: sqs, queues={name: name for name in sizes})

    assert ending.given_up(SimpleNamespace(env=env)) == {"b-failures": 2}  # type: ignore[arg-type]
