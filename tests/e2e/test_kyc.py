"""Levels, from a verification through to the wallet's yearly limit; caps of verification under races."""

from collections import Counter

import pytest

from tests.e2e import verified
from tests.e2e.deployed import Deployed, at_once, created, ok, problem
from tests.e2e.verified import CCB, CMB, ICBC, Person
from tests.e2e.written import everything

pytestmark = pytest.mark.rooms("kyc")

LEVEL_ONE, LEVEL_TWO, LEVEL_THREE = 1_000_00, 100_000_00, 200_000_00


@pytest.fixture
def customer(deployed: Deployed) -> Person:
    return verified.register(deployed)


def test_each_level_brings_its_yearly_limit_to_the_wallet(deployed: Deployed, customer: Person) -> None:
    number, phone = verified.id_number(), verified.mobile()
    assert customer.wallet()["per_year"] == LEVEL_ONE

    first = created(
        customer.verify(verified.facts(id_number=number, phone=phone, card_number=verified.card(ICBC)))
    )
    assert (first["status"], first["level"]) == ("matched", 2)
    deployed.eventually(lambda: customer.wallet()["per_year"], LEVEL_TWO)

    levels = [
        created(customer.verify(verified.facts(id_number=number, card_number=verified.card(bank))))["level"]
        for bank in (CCB, CMB)
    ]
    assert levels == [2, 3]
    deployed.eventually(lambda: customer.wallet()["per_year"], LEVEL_THREE)


def test_fifty_parallel_payments_do_not_pass_the_level_s_year(deployed: Deployed, customer: Person) -> None:
    """30 yuan each: 33 of them fit into the 1,000 of level I."""
    merchant, wallet = deployed.merchant(), customer.wallet()["account_id"]
    deployed.deposit(wallet, 2_000_00, currency="CNY")

    answers = at_once([lambda: deployed.pay(wallet, merchant, 30_00, currency="CNY")] * 50)

    outcomes = Counter(
        (answer.json["status"], (answer.json["decline"] or {}).get("code")) for answer in answers
    )
    assert outcomes == {("succeeded", None): 33, ("declined", "limit_exceeded"): 17}
    after = customer.wallet()
    assert (after["per_year_left"], after["balance"]) == (LEVEL_ONE - 33 * 30_00, 2_000_00 - 33 * 30_00)


def test_of_parallel_tries_a_day_allows_five(customer: Person) -> None:
    answers = at_once([lambda: customer.verify(verified.facts(phone="13912340404"))] * 12)

    assert Counter(answer.status for answer in answers) == {201: 5, 409: 7}
    assert {answer.json["code"] for answer in answers if answer.status == 409} == {"no_tries_left"}


def test_an_id_number_verifies_three_of_five_customers_who_come_at_once(deployed: Deployed) -> None:
    body = verified.facts()
    customers = [verified.register(deployed) for _ in range(5)]

    answers = at_once([lambda each=each: created(each.verify(body)) for each in customers])

    assert Counter((answer["status"], answer["reason"]) for answer in answers) == {
        ("matched", None): 3,
        ("refused", "id_number_in_use"): 2,
    }


def test_the_same_key_at_once_is_one_verification_and_one_try(customer: Person) -> None:
    body = verified.facts()

    answers = at_once([lambda: customer.verify(body, key="one")] * 10)

    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["verification_id"] for answer in answers}) == 1
    assert len(ok(customer.call("GET", "/me/verifications"))["items"]) == 1


def test_without_an_answer_it_is_asked_again_until_it_is_known(deployed: Deployed, customer: Person) -> None:
    pending = created(customer.verify(verified.facts(phone="13912340503")))
    assert pending["status"] == "pending"
    path = f"/me/verifications/{pending['verification_id']}"

    deployed.eventually(lambda: ok(customer.call("GET", path))["status"], "matched")


def test_a_card_is_a_token_and_nothing_of_a_person_was_written_anywhere(
    deployed: Deployed, customer: Person
) -> None:
    number, phone, card = verified.id_number(), verified.mobile(), verified.card(ICBC)
    given = verified.facts(id_number=number, phone=phone, card_number=card)
    answer = created(customer.verify(given))
    deployed.eventually(lambda: customer.wallet()["per_year"], LEVEL_TWO)

    (token,) = ok(customer.call("GET", "/me/cards"))["items"]
    assert (token["card_id"], token["card"]) == (answer["card_id"], f"****{card[-4:]}")

    found = [place for place, text in everything(deployed) if any(it in text for it in (number, phone, card))]
    assert found == []


def test_another_s_verification_does_not_exist(deployed: Deployed, customer: Person) -> None:
    other = verified.register(deployed)
    verification_id = created(customer.verify(verified.facts()))["verification_id"]

    problem(other.call("GET", f"/me/verifications/{verification_id}"), 404, "verification_not_found")
    ok(customer.call("GET", f"/me/verifications/{verification_id}"))
