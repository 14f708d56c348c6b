"""A customer who leaves, on the deployed stack: gone but for what the law keeps."""

import pytest

from tests.e2e.deployed import Deployed, created, ok, problem
from tests.e2e.test_own_data import export, lived_in
from tests.e2e.written import objects, tables

pytestmark = pytest.mark.rooms("customers", "kyc", "accounts", "payments", "transfers", "risk", "aml")

# After closing: where a mark may still stand, which the law has kept. No other is anywhere.
KEPT_IN = {"payment": {"payments"}, "transfer": {"transfers"}}


def test_a_customer_who_leaves_is_gone_but_for_what_the_law_keeps(deployed: Deployed) -> None:
    """In every table and bucket: what they called themselves, how they are reached, and their copy too."""
    customer, marks = lived_in(deployed)
    friend = marks.pop("not")
    export(deployed, customer)
    [copy] = ok(customer.call("GET", "/me/exports"))["items"]
    wallet = customer.wallet()
    body = {"from_account_id": wallet["account_id"], "to_account_id": friend, "currency": "CNY"}
    created(deployed.post("/transfers", body | {"amount": wallet["balance"]}))
    terms = ok(customer.call("GET", "/me/closure"))

    answer = ok(customer.call("POST", "/me/closure", {"code": customer.code("closure")}))

    assert answer == {"status": "done", **terms}
    assert {each["last_day"] is None for each in answer["kept"]} == {True, False}
    problem(customer.call("GET", "/me"), 401, "session_ended")
    deployed.eventually(lambda: copy["export_id"] in "".join(place for place, _ in objects(deployed)), False)
    found = {
        (what, place)
        for place, text in (*tables(deployed), *objects(deployed))
        for what, value in marks.items()
        if value in text and place.removeprefix("table ") not in KEPT_IN.get(what, ())
    }
    assert found == set()
