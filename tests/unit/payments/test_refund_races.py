"""Refunds and splits of one payment that meet: who comes too late is refused by the write's own condition."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.app import app as accounts_app
from bank import store
from payments.service import refunds, splits
from tests.support import funding
from tests.support.http import Reply, call
from tests.support.streams import Cloud
from tests.unit.payments.test_app import MERCHANT, OTHER, account, pay, post, register


@pytest.fixture
def payment(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A payment of 1,000; the merchant has its money and that of another. Waiting takes no time."""
    monkeypatch.setattr("bank.store.retries.pause", lambda attempt: None)
    register(MERCHANT)
    register(OTHER)
    body = {"owner_id": "own_1", "kind": "wallet", "currency": "USD"}
    wallet = str(call(accounts_app, "POST", "/accounts", body).json["account_id"])
    funding.deposit(wallet, 10_000, "USD", key="d1")
    made: dict[str, Any] = pay(wallet).json
    pay(wallet, key="p2")
    cloud.settle()
    return made


def refund(payment: dict[str, Any], amount: int, key: str) -> Reply:
    return post(payment["links"]["refunds"], {"amount": amount, "reason": "late"}, key)


def split(payment: dict[str, Any], amount: int, key: str) -> Reply:
    receivers = [{"merchant_id": OTHER, "amount": amount}]
    return post(payment["links"]["splits"], {"receivers": receivers}, key)


def overtake(
    monkeypatch: pytest.MonkeyPatch, module: Any, times: int, other: Callable[[int], Reply]
) -> list[int]:
    """Let another request come through between each read and its write; the numbers of its reads."""
    read, book, reads, inside = module.refundable, module._book, [], [False]

    def count(*given: Any) -> Any:
        if not inside[0]:
            reads.append(len(reads) + 1)
        return read(*given)

    def be_overtaken(*given: Any) -> None:
        if not inside[0] and len(reads) <= times:
            inside[0] = True
            assert other(len(reads)).status == 201
            inside[0] = False
        book(*given)

    monkeypatch.setattr(module, "refundable", count)
    monkeypatch.setattr(module, "_book", be_overtaken)
    return reads


def test_a_refund_that_finds_too_little_left_when_it_is_written_is_refused_at_once(
    payment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = overtake(monkeypatch, refunds, 1, lambda _: refund(payment, 700, "first"))

    late = refund(payment, 400, "late")

    assert (late.status, late.json["code"]) == (409, "refund_exceeds_captured")
    assert reads == [1]
    assert refund(payment, 400, "late").json["code"] == "refund_exceeds_captured"
    assert account(payment["payer_account_id"])["balance"] == 8_000 + 700


def test_a_split_that_finds_too_little_left_when_it_is_written_is_refused_at_once(
    payment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = overtake(monkeypatch, splits, 1, lambda _: split(payment, 700, "first"))

    late = split(payment, 400, "late")

    assert (late.status, late.json["code"]) == (409, "split_exceeds_net")
    assert reads == [1]


def test_a_refund_that_twenty_others_overtake_is_made_as_long_as_there_is_enough(
    payment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = overtake(monkeypatch, refunds, 20, lambda number: refund(payment, 3, f"r{number}"))

    assert refund(payment, 940, "patient").status == 201

    assert len(reads) == 21
    assert account(payment["payer_account_id"])["balance"] == 9_000


def test_who_is_overtaken_for_ever_is_told_that_nothing_happened(
    payment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = overtake(monkeypatch, refunds, 100, lambda number: refund(payment, 3, f"r{number}"))

    busy = refund(payment, 9, "unlucky")

    assert (busy.status, len(reads)) == (503, store.DECISIONS)
    paid_back = 3 * store.DECISIONS
    assert account(payment["payer_account_id"])["balance"] == 8_000 + paid_back
