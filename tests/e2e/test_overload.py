"""Overload: refused early, and whoever comes again with the same key is served once. Beside no other test."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest

from bench.soak import faults
from infra.channel import AGAIN, Answer
from infra.environment import PATIENT
from tests.e2e.deployed import FEE, Deployed, at_once, created, ok, problem

pytestmark = pytest.mark.rooms("payments", "about")

AMOUNT = 1_000
PAYMENTS = 24
REFUSED = 8


def test_payments_that_no_function_takes_are_refused_and_each_is_made_once_when_it_comes_again(
    deployed: Deployed,
) -> None:
    """The payments' function takes nothing any more in the midst of the load; then all come again."""
    merchant = deployed.merchant()
    payer = deployed.wallet(AMOUNT * (PAYMENTS + REFUSED))
    orders = {str(uuid.uuid4()): _order(payer, merchant) for _ in range(PAYMENTS + REFUSED)}
    keys, function = list(orders), deployed.env.functions["payments-api"]
    midst = faults.throttled(deployed.env.aws("lambda", config=PATIENT), function)

    def begin() -> None:
        midst.__enter__()

    def once(key: str) -> Answer:
        headers = {"Authorization": f"Bearer {deployed.token()}", "Idempotency-Key": key}
        return deployed.channel.once("POST", "/payments", orders[key], headers)

    load: list[Callable[[], Answer | None]] = [partial(once, key) for key in keys[:PAYMENTS]]
    load.insert(PAYMENTS // 2, begin)
    try:
        first = [answer for answer in at_once(load) if answer]
        refused = at_once([partial(once, key) for key in keys[PAYMENTS:]])
    finally:
        midst.__exit__(None, None, None)
    again = at_once([partial(deployed.post, "/payments", orders[key], key=key) for key in keys])

    assert {answer.status for answer in first} <= {201} | AGAIN
    assert {answer.status for answer in refused} <= AGAIN
    made = dict(zip(keys, (created(answer) for answer in again), strict=True))
    assert {each["status"] for each in made.values()} == {"succeeded"}
    assert len({each["payment_id"] for each in made.values()}) == len(keys)
    for key, answer in zip(keys, first, strict=False):
        if answer.status == 201:
            assert answer.json["payment_id"] == made[key]["payment_id"]
    assert deployed.account(payer)["balance"] == 0
    deployed.settled(merchant, (AMOUNT - AMOUNT * FEE // 10_000) * len(keys))


def _order(payer: str, merchant: str) -> dict[str, Any]:
    return {
        "payer_account_id": payer,
        "merchant_id": merchant,
        "amount": AMOUNT,
        "currency": "USD",
        "merchant_order_no": f"E2E-{uuid.uuid4().hex[:12]}",
    }


def test_what_is_beyond_a_route_s_measure_is_refused_by_the_gateway_and_no_other_route(
    deployed: Deployed,
) -> None:
    """With a measure of nothing, so that it does not depend on how fast anybody is."""
    gateway = deployed.env.aws("apigateway")
    api, stage = urlsplit(deployed.api_url).path.split("/")[2:4]

    def measure(rate: int, burst: int) -> None:
        setting = "/~1openapi.json/GET/throttling"
        values = {f"{setting}/rateLimit": rate, f"{setting}/burstLimit": burst}
        patch = [{"op": "replace", "path": path, "value": str(value)} for path, value in values.items()]
        gateway.update_stage(restApiId=api, stageName=stage, patchOperations=patch)

    measure(0, 0)
    try:
        answer = deployed.channel.once("GET", "/openapi.json")
        ok(deployed.channel.once("GET", "/.well-known/jwks.json"))
    finally:
        measure(100, 500)

    assert problem(answer, 429, "too_many_requests")
    assert answer.headers["Retry-After"] == "1"
    assert deployed.channel.once("GET", "/openapi.json").status == 200
