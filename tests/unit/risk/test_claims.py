"""Claims of benefits as the starter rules judge them, over HTTP, by what the claims before have taught."""

from typing import Any

import pytest

from bank import clock, store
from bank.benefits.tables import EntitlementRow
from bank.ledger import AccountRow
from bank.risk.tables import ContentRow, content_key
from benefits import app as benefits
from infra import starter
from tests.support import risk
from tests.support.http import Reply
from tests.support.streams import Cloud
from tests.unit.benefits.given import call, product, wallet
from tests.unit.risk import given

LONG_AGO = "2026-01-01T00:00:00.000000Z"
VERSION = "rls_starter"
# So many of whom a device was seen with are too many.
MANY = 5


@pytest.fixture(autouse=True)
def taught(room: Cloud, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The starter rules for claims are live; the events of entitlements."""
    (content,) = (draft["content"] for draft in starter.drafts() if draft["product"] == "benefit")
    store.put_many([ContentRow(rules_key=content_key(VERSION), content=content)])
    risk.forget()
    risk.point("benefit", VERSION, "decline")
    envelopes: list[dict[str, Any]] = []
    monkeypatch.setattr(benefits, "publish", envelopes.extend)
    return envelopes


def claim(product_id: str, number: int, device: str = "dev_1", opened_at: str = LONG_AGO) -> Reply:
    """A claim of customer `number` from a device."""
    customer_id = f"cus_{number}"
    account_id = wallet(customer_id)
    AccountRow(account_id).update([AccountRow.opened_at.set(opened_at)])
    body = {"product_id": product_id, "account_id": account_id, "customer_id": customer_id}
    return call(benefits.app, "POST", "/entitlements", {**body, "device_id": device}, key=f"c{number}")


def learn(room: Cloud, taught: list[dict[str, Any]]) -> None:
    """Have the room take what the claims have told."""
    room.settle()
    given.decided(*taught)
    taught.clear()


def test_one_device_claims_for_so_many_and_no_more(room: Cloud, taught: list[dict[str, Any]]) -> None:
    product_id = product()
    answers = []
    for number in range(MANY + 1):
        answers.append(claim(product_id, number))
        learn(room, taught)

    elsewhere = claim(product_id, MANY + 1, "dev_2")

    assert [answer.status for answer in answers] == [201] * MANY + [409]
    assert answers[-1].json["code"] == "risk_declined"
    assert elsewhere.status == 201


def test_an_account_of_today_does_not_claim_where_others_did(
    room: Cloud, taught: list[dict[str, Any]]
) -> None:
    product_id = product()
    for number in range(2):
        claim(product_id, number)
    learn(room, taught)

    new, old = claim(product_id, 2, opened_at=clock.instant()), claim(product_id, 3)

    assert (new.status, new.json["code"]) == (409, "risk_declined")
    assert old.status == 201


def test_the_verdict_is_told_and_kept(room: Cloud, taught: list[dict[str, Any]]) -> None:
    claimed = claim(product(), 1)
    room.settle()

    (issued,) = (each["data"] for each in taught if each["type"].endswith("EntitlementIssued.v1"))
    row = store.get(EntitlementRow, claimed.json["entitlement_id"])

    assert row is not None
    assert (row.device_id, issued["device_id"]) == ("dev_1", "dev_1")
    assert (issued["risk"]["outcome"], issued["risk"]["rules"]) == ("approve", VERSION)
    assert issued["amount"] == 1_000
