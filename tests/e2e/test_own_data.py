"""A customer's copy of their own data on the deployed stack: all of it, and nobody else's."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest
import urllib3

from tests.e2e import verified
from tests.e2e.customers import PASSWORD
from tests.e2e.deployed import Deployed, created, ok, problem
from tests.e2e.verified import ICBC, Person

pytestmark = pytest.mark.rooms(
    "customers", "kyc", "accounts", "payments", "transfers", "audit", "benefits", "points"
)

ROOMS = ["accounts", "audit", "benefits", "customers", "kyc", "payments", "points", "transfers"]
LEVEL_TWO = 100_000_00


def fetch(address: str) -> dict[str, Any]:
    """A part, as whoever has its address gets it."""
    answer = urllib3.request("GET", address)
    assert answer.status == 200, answer.data
    loaded: dict[str, Any] = json.loads(answer.data)
    return loaded


def export(deployed: Deployed, customer: Person) -> dict[str, dict[str, Any]]:
    """Each room's part of a copy of a customer's data, once all are there."""
    asked = customer.call("POST", "/me/exports", {"current_password": PASSWORD})
    assert asked.status == 202, asked.text
    path = f"/me/exports/{asked.json['export_id']}"
    deployed.eventually(lambda: ok(customer.call("GET", path))["status"], "ready")
    parts = ok(customer.call("GET", path))["parts"]
    assert [part["room"] for part in parts] == ROOMS
    return {part["room"]: fetch(part["url"]) for part in parts}


def lived_in(deployed: Deployed) -> tuple[Person, dict[str, str]]:
    """A customer who was verified, pays, sends and receives; and what marks it."""
    customer, friend = verified.register(deployed), verified.register(deployed)
    name = "欧阳" + "".join(chr(random.randrange(0x4E00, 0x9FA5)) for _ in range(4))
    number = verified.id_number()
    marks = {kind: f"mark-{kind}-{random.randrange(10**9)}" for kind in ("nickname", "payment", "transfer")}
    ok(customer.call("PATCH", "/me", {"nickname": marks["nickname"]}))
    phone = customer.phone.removeprefix("+86")
    facts = verified.facts(name=name, id_number=number, phone=phone, card_number=verified.card(ICBC))
    created(customer.verify(facts))
    deployed.eventually(lambda: customer.wallet()["per_year"], LEVEL_TWO)
    mine, theirs = customer.wallet()["account_id"], friend.wallet()["account_id"]
    deployed.deposit(mine, 10_000, currency="CNY")
    created(deployed.pay(mine, deployed.merchant(), 5_000, currency="CNY", description=marks["payment"]))
    sent = {"from_account_id": mine, "to_account_id": theirs, "amount": 500, "currency": "CNY"}
    created(deployed.post("/transfers", sent | {"note": marks["transfer"]}))
    deployed.eventually(lambda: len(entries(deployed, mine)), 3)
    return customer, marks | {"name": name, "number": number, "phone": customer.phone, "not": theirs}


def entries(deployed: Deployed, account_id: str) -> list[dict[str, Any]]:
    """What was booked on an account."""
    found: list[dict[str, Any]] = ok(deployed.get(f"/accounts/{account_id}/entries"))["items"]
    return found


def test_a_customer_gets_a_copy_of_all_that_is_theirs_and_nobody_else_does(deployed: Deployed) -> None:
    customer, marks = lived_in(deployed)
    somebody_else = marks.pop("not")

    parts = export(deployed, customer)
    written = json.dumps(parts, ensure_ascii=False)

    assert {mark for mark, value in marks.items() if value not in written} == set()
    assert somebody_else not in written
    other = verified.register(deployed)
    [made] = ok(customer.call("GET", "/me/exports"))["items"]
    problem(other.call("GET", f"/me/exports/{made['export_id']}"), 404, "export_not_found")
    problem(deployed.get(f"/me/exports/{made['export_id']}"), 403, "caller_kind")


def test_a_stolen_session_takes_no_copy_and_finds_none_ready(deployed: Deployed) -> None:
    """Not without a factor, not by guessing one, and not what the customer had made themselves."""
    customer = verified.register(deployed)
    asked = customer.call("POST", "/me/exports", {"current_password": PASSWORD}).json
    known = {"phone": customer.phone, "password": PASSWORD, "device_token": customer.entered["device_token"]}
    stolen = replace(customer, entered=created(deployed.post("/logins", known)))

    problem(stolen.call("POST", "/me/exports", {}), 422, "invalid_request")
    problem(stolen.call("POST", "/me/exports", {"current_password": "lamp-Otter"}), 403, "factor_invalid")
    problem(
        stolen.call("POST", "/me/exports", {"payment_password": "000000"}), 403, "payment_password_invalid"
    )
    path = f"/me/exports/{asked['export_id']}"
    deployed.eventually(lambda: ok(customer.call("GET", path))["status"], "ready")
    found = ok(stolen.call("GET", path))["parts"]
    assert [part["url"] for part in found] == [None] * len(ROOMS)
