"""What the merchants room tells, from its table's stream, on moto."""

import json
from pathlib import Path
from typing import Any

from merchants import app
from tests.support.http import context
from tests.support.streams import Cloud
from tests.unit.merchants.given import (
    BANK_ACCOUNT,
    Clock,
    account,
    merchant,
    patch,
    resume,
    suspend,
)

SAMPLES = Path(__file__).parents[3] / "events/samples/merchants"


def kinds(published_events: list[dict[str, Any]]) -> list[str]:
    return [envelope["type"].split(".")[2] for envelope in published_events]


def test_changes_of_a_merchant_are_published_in_their_order(
    cloud: Cloud, at: Clock, published_events: list[dict[str, Any]]
) -> None:
    merchant_id = merchant(settlement="T+0")
    patch(merchant_id, name="Luckier Records", bank_account=BANK_ACCOUNT | {"bank_code": "CMB"})
    suspend(merchant_id)
    resume(merchant_id)
    cloud.settle()

    assert kinds(published_events) == [
        "MerchantRegistered",
        "MerchantChanged",
        "MerchantSuspended",
        "MerchantResumed",
    ]
    registered, changed, suspended, resumed = (envelope["data"] for envelope in published_events)
    home = account(merchant_id).account_id
    fee = {"basis_points": 60, "min": 1, "max": 5000}
    terms = {"category_code": "5735", "fee": fee, "settlement": "T+0"}
    assert registered == {
        "merchant_id": merchant_id,
        "name": "Lucky Records",
        "country": "CN",
        "city": "Shanghai",
        "settlement_account_id": home,
        **terms,
    }
    assert changed == {
        "merchant_id": merchant_id,
        "changed": ["name", "bank_account"],
        "name": "Luckier Records",
        **terms,
    }
    assert suspended == {"merchant_id": merchant_id, "reason": "complaints", "authority": "channel"}
    assert resumed == {"merchant_id": merchant_id, "reason": "cleared", "authority": "channel"}
    assert [envelope["subject"] for envelope in published_events] == [merchant_id] * 4


def test_a_change_that_changes_nothing_is_not_published(
    cloud: Cloud, published_events: list[dict[str, Any]]
) -> None:
    merchant_id = merchant()
    patch(merchant_id, changes=False, name="Lucky Records", settlement="T+1")
    patch(merchant_id)
    cloud.settle()

    assert kinds(published_events) == ["MerchantRegistered"]


def test_a_change_delivered_again_is_published_with_the_same_id(
    published_events: list[dict[str, Any]],
) -> None:
    sample = json.loads((SAMPLES / "on_merchants.json").read_text())

    app.on_merchants(sample, context())
    app.on_merchants(sample, context())

    assert kinds(published_events)[:4] == [
        "MerchantRegistered",
        "MerchantSuspended",
        "MerchantResumed",
        "MerchantChanged",
    ]
    assert published_events[:4] == published_events[4:]
    assert len({envelope["id"] for envelope in published_events}) == 4


def test_a_record_that_goes_tells_nothing(published_events: list[dict[str, Any]]) -> None:
    sample = json.loads((SAMPLES / "on_merchants.json").read_text())
    for record in sample["Records"]:
        record["dynamodb"]["OldImage"] = record["dynamodb"].pop("NewImage")

    app.on_merchants(sample, context())

    assert published_events == []


def test_the_sample_of_a_request_is_taken(cloud: Cloud) -> None:
    request = json.loads((SAMPLES / "http_register_merchant.json").read_text())

    answer = app.app(request, context())

    assert answer["statusCode"] == 201
