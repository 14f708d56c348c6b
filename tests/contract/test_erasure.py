"""After a customer has left, nothing of them stands anywhere but what a law has the bank keep."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from bank.privacy import closures
from bank.privacy.holdings import Fate
from infra.contract import holdings
from tests.contract import own_data
from tests.contract.own_data import GIVEN, WITHHELD
from tests.support import exported

# Where each mark may stand after its customer has left: what the law has kept. No other is anywhere.
KEPT_IN = {
    "deposit": {"movements"},
    "withdrawal": {"movements"},
    "payment": {"payments"},
    "payment with a coupon": {"payments"},
    "article": {"payments"},
    "entitlement": {"benefit-offers", "benefit-products"},
    "declined payment": {"payments"},
    "refund": {"payments", "audit-entries"},
    "transfer": {"transfers"},
    "transfer received": {"transfers"},
    "act": {"audit-entries", "audit-chain"},
    "address": {"audit-entries", "audit-chain"},
    "card": {"kyc"},
    "reasons of risk": {"risk-findings"},
    "case": {"cases"},
    "screening": {"aml-subjects"},
}
SEALED = {"name_sealed", "id_number_sealed"}


@pytest.fixture(scope="module")
def left() -> Iterator[list[tuple[str, str]]]:
    """What is stored anywhere after the customer has left."""
    with own_data.planted() as planted:
        planted.export()
        planted.close()
        yield list(own_data.written())


@pytest.mark.parametrize("what", [*GIVEN, *WITHHELD])
def test_after_closing_a_mark_stands_nowhere_but_where_the_law_keeps_it(
    left: list[tuple[str, str]], what: str
) -> None:
    mark = (GIVEN | WITHHELD)[what]

    assert {place for place, text in left if mark in text} <= KEPT_IN.get(what, set())


def test_after_closing_no_copy_and_no_sealed_field_is_left_but_the_facts_of_identity(
    left: list[tuple[str, str]],
) -> None:
    places = Counter(place for place, _ in left)
    sealed = {
        (place, name)
        for place, text in left
        for name in re.findall(r'"(\w+_sealed)":', text)
        if "cus_" in text
    }

    assert places["exports"] == 0
    assert {name for place, name in sealed if place == "kyc"} == SEALED
    assert not [name for place, name in sealed if place == "vault-cards"]


def test_each_room_that_erases_leaves_one_entry_of_it(left: list[tuple[str, str]]) -> None:
    entries = [text for place, text in left if place == "audit-entries"]

    for room in ("aml", "customers", "kyc", "points", "risk"):
        assert sum(f'"{room}.erased"' in text for text in entries) == 1, room


def test_an_event_about_nobody_makes_nothing_but_that_they_have_left(
    left: list[tuple[str, str]],
) -> None:
    event = exported.event("cus_unknown", type_=closures.CLOSED, client_id="cli_app", unit_id="unit_head")
    for name in own_data.who_hear(closures.CLOSED):
        assert exported.deliver(name, event) == [], name

    now = [place for place, text in own_data.written() if "cus_unknown" in text and place != "audit-entries"]
    assert sorted(now) == ["aml-subjects", "kyc", "points-members"]


def test_all_rooms_that_say_that_closing_changes_something_hear_of_it() -> None:
    """A row whose end is its customer's leaving is let go of by somebody."""
    hearing = {name.split(".")[0] for name in own_data.who_hear(closures.CLOSED)}
    erasing = {room for room, holding in holdings.everything() if holding.end.fate is Fate.ERASED}

    assert erasing <= hearing
    assert hearing == {"aml", "customers", "kyc", "points", "risk"}
