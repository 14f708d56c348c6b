"""A copy of one's own data has all that rooms say that they give of it, and nothing of anybody else."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.contract import holdings
from tests.contract import own_data
from tests.contract.own_data import GIVEN, WITHHELD, Planted
from tests.support import cloudformation
from tests.unit.customers import desk


@pytest.fixture(scope="module")
def bank() -> Iterator[Planted]:
    """A bank with something of a customer in every room."""
    with own_data.planted() as planted:
        yield planted


@pytest.fixture(scope="module")
def parts(bank: Planted) -> dict[str, dict[str, Any]]:
    """Each room's part of the customer's export."""
    return bank.export()


def test_the_template_names_the_rooms_that_give_something() -> None:
    [api] = [each for each in cloudformation.functions() if each.logical_id == "CustomersApi"]

    assert api.environment["EXPORTING_ROOMS"].split() == sorted(holdings.sections())


def test_each_room_gives_the_sections_that_its_holdings_name(parts: dict[str, dict[str, Any]]) -> None:
    for room, sections in holdings.sections().items():
        assert list(parts[room]) == ["room", "made_at", *sections]
        assert all(parts[room][section] for section in sections), room


@pytest.mark.parametrize("what", GIVEN)
def test_what_was_planted_is_in_it(parts: dict[str, dict[str, Any]], what: str) -> None:
    assert GIVEN[what] in own_data.text(parts)


@pytest.mark.parametrize("what", WITHHELD)
def test_what_the_bank_s_control_knows_is_not(parts: dict[str, dict[str, Any]], what: str) -> None:
    assert WITHHELD[what] not in own_data.text(parts)


def test_nothing_of_another_is_in_it(bank: Planted, parts: dict[str, dict[str, Any]]) -> None:
    written = own_data.text(parts)
    theirs = bank.wallet(bank.other)

    assert f"****{theirs[-4:]}" in written
    for mark in (theirs, bank.other.customer_id, desk.OTHER_PHONE):
        assert mark not in written


def test_it_has_no_secret_digest_or_sealed_field(parts: dict[str, dict[str, Any]]) -> None:
    for mark in ("digest", "sealed", "hash", "fingerprint", "secret", "refresh", "verdict", "mismatched"):
        assert f'{mark}"' not in own_data.text(parts).replace('"mismatched": null', "")
