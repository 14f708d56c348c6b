"""The same request again: same effect, same answer."""

import contextlib
from typing import Any

import pytest

from bank import errors, store
from bank.access import acts
from bank.http import Answer, Api, Body, Call, Schema
from bank.store import Transaction, retries
from bank.store.idempotency import KeyReused, RecordedRefusal, once
from tests.support.http import Reply, call
from tests.support.streams import Cloud
from tests.unit.bank.models import Job

JOB = "job_1"


class Wallet:
    """Pays from a wallet of 10, whose row is there from the start; each run of the use case is counted."""

    def __init__(self) -> None:
        store.put_many([Job(movement_id="wallet", left=10)])
        self.runs = 0

    @property
    def left(self) -> int:
        row = store.get(Job, "wallet")
        assert row
        return int(row.left)

    def act(self, amount: int, digest: str) -> Job:
        self.runs += 1
        row = Job(movement_id=JOB, left=amount, request_digest=digest)
        poor = errors.Refusal("not enough is left", code="insufficient_funds", left=self.left)
        transaction = Transaction()
        transaction.create(row)
        pay = Job.left.set(Job.left - amount)
        transaction.update((Job, "wallet"), [pay], Job.left >= amount, lambda _: poor)
        transaction.commit()
        return row

    def pay(self, amount: int, *, recording: bool = True, digest: str = "") -> tuple[Job, bool]:
        digest = digest or str(amount)

        def refused(refusal: dict[str, Any]) -> Job:
            return Job(movement_id=JOB, request_digest=digest, refusal=refusal)

        return once(
            record=lambda: store.get(Job, JOB),
            request_digest=digest,
            act=lambda: self.act(amount, digest),
            refused=refused if recording else None,
        )


@pytest.fixture
def wallet(cloud: Cloud) -> Wallet:
    """A wallet of 10."""
    return Wallet()


def refill(amount: int) -> None:
    store.put_many([Job(movement_id="wallet", left=amount)])


def test_the_first_delivery_acts_and_the_next_ones_are_replays(wallet: Wallet) -> None:
    first, *others = [wallet.pay(4) for _ in range(3)]

    assert (first[0].left, first[1]) == (4, False)
    assert [(row.movement_id, row.left, replayed) for row, replayed in others] == [(JOB, 4, True)] * 2
    assert wallet.left == 6


def test_another_body_under_the_same_key_is_refused_and_does_nothing(wallet: Wallet) -> None:
    wallet.pay(4)

    with pytest.raises(KeyReused):
        wallet.pay(5)

    assert wallet.left == 6


def test_a_refusal_is_recorded_and_raised_again_though_there_is_enough_since(wallet: Wallet) -> None:
    with pytest.raises(errors.Refusal) as first:
        wallet.pay(11)
    refill(100)

    with pytest.raises(RecordedRefusal) as again:
        wallet.pay(11)

    assert type(first.value) is errors.Refusal
    assert (again.value.code, again.value.title) == ("insufficient_funds", "Refused")
    assert (again.value.status, again.value.detail) == (409, "not enough is left")
    assert first.value.members == {"left": 10}
    assert again.value.members == {"left": 10, "replayed": True}
    assert wallet.left == 100


def test_another_body_after_a_refusal_is_another_request_all_the_same(wallet: Wallet) -> None:
    with pytest.raises(errors.Refusal):
        wallet.pay(11)

    with pytest.raises(KeyReused):
        wallet.pay(4)

    assert wallet.left == 10


def test_a_refusal_that_is_not_to_be_recorded_leaves_the_key_free(wallet: Wallet) -> None:
    with pytest.raises(errors.Refusal):
        wallet.pay(11, recording=False)
    refill(100)

    assert wallet.pay(11, recording=False)[1] is False
    assert wallet.left == 89


def test_a_record_that_another_delivery_makes_between_is_the_answer(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = wallet.act

    def act_late(amount: int, digest: str) -> Job:
        """This delivery decides to refuse; before it says so, another one finds enough and pays."""
        refill(100)
        act(amount, digest)
        raise errors.Refusal("not enough was left", code="insufficient_funds")

    monkeypatch.setattr(wallet, "act", act_late)

    row, replayed = wallet.pay(11)

    assert (row.left, row.refusal, replayed) == (11, None, True)
    assert wallet.left == 89


def test_a_refusal_that_another_delivery_records_between_is_the_answer(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay, act = wallet.pay, wallet.act

    def act_late(amount: int, digest: str) -> Job:
        monkeypatch.setattr(wallet, "act", act)
        with pytest.raises(errors.Refusal):
            pay(amount)
        refill(100)
        return act(amount, digest)

    monkeypatch.setattr(wallet, "act", act_late)

    with pytest.raises(RecordedRefusal):
        pay(11)
    assert wallet.left == 100


@pytest.mark.parametrize("amount", [4, 11])
@pytest.mark.parametrize("recording", [True, False])
def test_a_delivery_that_is_forbidden_answers_as_the_one_beside_it(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch, amount: int, recording: bool
) -> None:
    """One delivery pays, or is refused; the other, which read a moment later, would ask to confirm it."""
    pay, act = wallet.pay, wallet.act

    def act_late(amount: int, digest: str) -> Job:
        monkeypatch.setattr(wallet, "act", act)
        with contextlib.suppress(errors.Refusal):
            pay(amount)
        raise errors.Forbidden("the customer must confirm this")

    monkeypatch.setattr(wallet, "act", act_late)

    if amount > 10:
        with pytest.raises(RecordedRefusal):
            pay(amount, recording=recording)
    else:
        assert pay(amount, recording=recording)[1] is True
    assert wallet.left == (6 if amount == 4 else 10)


def test_what_is_forbidden_and_done_by_nobody_leaves_the_key_free(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = wallet.act

    def forbidden(amount: int, digest: str) -> Job:
        monkeypatch.setattr(wallet, "act", act)
        raise errors.Forbidden("the customer must confirm this")

    monkeypatch.setattr(wallet, "act", forbidden)
    with pytest.raises(errors.Forbidden, match="must confirm"):
        wallet.pay(4)

    assert wallet.pay(4)[1] is False


def test_a_use_case_that_meets_a_change_decides_again(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = wallet.act

    def act_stale(amount: int, digest: str) -> Job:
        monkeypatch.setattr(wallet, "act", act)
        raise store.Stale

    monkeypatch.setattr(retries, "pause", lambda _: None)
    monkeypatch.setattr(wallet, "act", act_stale)

    assert wallet.pay(4)[1] is False
    assert wallet.left == 6


def test_a_record_that_cannot_be_seen_yet_is_unavailable() -> None:
    def act() -> Job:
        raise store.AlreadyExists(None)

    with pytest.raises(errors.Unavailable):
        once(record=lambda: None, request_digest="d", act=act)


class Payment(Body):
    """A body of one amount."""

    amount: int


class Paid(Schema):
    """What was paid."""

    amount: int


def test_over_http_the_replays_of_both_answers_say_so(wallet: Wallet) -> None:
    app = Api("purses")

    @app.post("/payments", act=acts.MONEY, scope=None, body=Payment, answer=Paid, status=201, idempotent=True)
    def pay(call: Call, body: Payment) -> Answer:
        row, replayed = wallet.pay(body.amount, digest=call.digest)
        return Answer(Paid(amount=int(row.left)), replayed=replayed)

    def ask(amount: int) -> Reply:
        return call(app, "POST", "/payments", {"amount": amount}, key="k1")

    refused = [ask(11) for _ in range(3)]
    Job(JOB).delete()
    paid = [ask(4) for _ in range(3)]

    assert [reply.status for reply in refused + paid] == [409] * 3 + [201] * 3
    replayed = [reply.headers.get("Idempotent-Replayed") for reply in refused + paid]
    assert replayed == [None, "true", "true"] * 2
    problems = [{**reply.json, "request_id": ""} for reply in refused]
    assert problems[0] == problems[1] == problems[2]
    assert len({reply.body for reply in paid}) == 1
    assert ask(5).json["code"] == "idempotency_key_reused"
