"""Claims: within stock, budget and what one customer may have, once for each request."""

from datetime import timedelta

import pytest

from bank import caps, clock, store
from bank.benefits.tables import EntitlementRow
from benefits.service import capping, publishing
from tests.support import http
from tests.support.streams import Cloud
from tests.unit.benefits.given import claim, get, product, wallet


@pytest.fixture
def account(cloud: Cloud) -> str:
    return wallet()


def test_a_claim_issues_an_entitlement_for_as_many_days_as_it_says(cloud: Cloud, account: str) -> None:
    product_id = product()

    claimed = claim(product_id, account)

    assert claimed.status == 201, claimed.body
    assert claimed.json["product_id"] == product_id
    assert (claimed.json["status"], claimed.json["uses_left"]) == ("issued", 1)
    assert claimed.json["valid_to"].endswith("16:00:00Z")
    assert get(claimed.json["entitlement_id"]).json == claimed.json


def test_the_same_request_again_has_the_same_entitlement(cloud: Cloud, account: str) -> None:
    product_id = product(per_customer=2)

    first, again = claim(product_id, account), claim(product_id, account)

    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_customer_has_no_more_of_a_cycle_than_one_may(cloud: Cloud, account: str) -> None:
    product_id = product(per_customer=2)

    codes = [claim(product_id, account, key=f"c{number}").json.get("code") for number in range(3)]

    assert codes == [None, None, "claim_limit_reached"]


def test_stock_is_handed_out_and_no_more(cloud: Cloud, account: str) -> None:
    product_id = product(stock={"units": 1})

    first = claim(product_id, account)
    other = claim(product_id, wallet("cus_2"), "cus_2", "c2")

    assert first.status == 201
    assert (other.status, other.json["code"]) == (409, "sold_out")
    row = store.get(EntitlementRow, first.json["entitlement_id"])
    assert row is not None
    assert row.taken is not None


def test_a_claim_takes_of_the_budget_what_it_can_cost(cloud: Cloud, account: str) -> None:
    product_id = product(stock={"budget": 1_500})

    claim(product_id, account)
    refused = claim(product_id, wallet("cus_2"), "cus_2", "c2")

    _, offer = publishing.last_version(product_id)
    cap = capping.cap_of(offer)
    assert cap is not None
    assert cap.bounds == caps.Bounds(budget=1_500)
    assert refused.json["code"] == "budget_used_up"


def test_nobody_claims_for_a_customer_who_is_not_theirs(cloud: Cloud, account: str) -> None:
    product_id = product()

    for who in ({"principal": http.customer("cus_2")}, {"principal": http.CHANNEL, "client_id": "cli_other"}):
        assert claim(product_id, account, key="theirs", **who).status == 404
    assert claim("ben_gone", account).status == 404


@pytest.mark.parametrize("cycle", ["day", "ever"])
def test_the_same_request_is_the_same_claim_on_another_day(cloud: Cloud, account: str, cycle: str) -> None:
    product_id = product(cycle=cycle)
    first = claim(product_id, account)
    tomorrow = clock.now() + timedelta(days=1)

    with clock.source(lambda: tomorrow):
        again, new = claim(product_id, account), claim(product_id, account, key="c2")

    assert again.json == first.json
    assert (new.status, new.json.get("code")) == (
        (201, None) if cycle == "day" else (409, "claim_limit_reached")
    )
