"""Every table says in its room what it holds of people, what an export gives and what closure leaves."""

import re

import pytest
from pynamodb.attributes import BinaryAttribute

from bank.privacy import laws
from bank.privacy.holdings import Fate, Holding, Whose
from infra.contract import holdings
from tests.support import tables

ALL = holdings.everything()
# Names under which something personal, or something that finds a person, is kept.
PERSONAL = re.compile(
    r"phone|birthday|nickname|sealed|masked|fingerprint|description|narrative|source_ip|device|^notes?$|^text$"
)
ABOUT_CUSTOMERS = {"customer_id", "owner_id", "payer_account_id"}
# The bank's own records may name whom they were made for, and hold nothing else of them.
NAMED_ONLY = {"ListRow", "LiveRow", "ParametersRow", "RuleSetRow"}


# How who looks after a channel is reached.
OF_BUSINESS = {"contact", "contact_masked", "secret_contact"}


def ids(pair: tuple[str, Holding]) -> str:
    return f"{pair[0]}.{pair[1].model.__name__}"


def attributes(holding: Holding) -> set[str]:
    return set(holding.model.get_attributes())


def test_every_table_is_classified_once() -> None:
    classified = [holding.model for _, holding in ALL]

    assert set(classified) == holdings.tables()
    assert len(classified) == len(set(classified))


def test_a_room_classifies_its_own() -> None:
    foreign = [
        (room, holding.model)
        for room, holding in ALL
        if holding.model.__module__.partition(".")[0] not in (room, "bank")
    ]

    assert foreign == []


def test_a_table_that_nobody_classified_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    import kyc.holdings

    monkeypatch.setattr(kyc.holdings, "HOLDINGS", kyc.holdings.HOLDINGS[1:])
    missing = holdings.tables() - {holding.model for _, holding in holdings.everything()}

    assert {model.__name__ for model in missing} == {"ProfileRow"}


@pytest.mark.parametrize("pair", ALL, ids=ids)
def test_what_looks_personal_is_named_as_personal(pair: tuple[str, Holding]) -> None:
    _, holding = pair
    stored = holding.model.get_attributes()
    looks = {name for name in stored if PERSONAL.search(name)}
    sealed = {name for name, kind in stored.items() if isinstance(kind, BinaryAttribute)}

    assert set(holding.personal) <= set(stored)
    if holding.whose is not Whose.NOBODY and holding.model.__name__ not in NAMED_ONLY:
        chain = {"ids", "leaves", "signature"}
        assert (looks | sealed) - chain <= set(holding.personal)
    if holding.whose is Whose.NOBODY:
        assert holding.personal == ()
    if holding.whose is Whose.CHANNELS:
        assert set(holding.personal) <= OF_BUSINESS


@pytest.mark.parametrize("pair", ALL, ids=ids)
def test_what_is_keyed_by_a_customer_is_theirs(pair: tuple[str, Holding]) -> None:
    _, holding = pair

    if attributes(holding) & ABOUT_CUSTOMERS and holding.model.__name__ not in NAMED_ONLY:
        assert holding.whose is Whose.CUSTOMERS


@pytest.mark.parametrize("pair", ALL, ids=ids)
def test_a_customer_s_data_is_given_or_withheld_for_a_reason_and_has_an_end(
    pair: tuple[str, Holding],
) -> None:
    _, holding = pair

    if holding.whose is Whose.CUSTOMERS:
        assert bool(holding.given) != bool(holding.withheld)
        assert holding.end.fate is not Fate.STAYS
    else:
        assert (holding.given, holding.withheld, holding.end.fate) == ("", None, Fate.STAYS)


@pytest.mark.parametrize("pair", ALL, ids=ids)
def test_what_is_kept_names_its_law_and_what_expires_is_deleted_by_its_table(
    pair: tuple[str, Holding],
) -> None:
    _, holding = pair

    assert (holding.end.law is not None) == (holding.end.fate is Fate.KEPT)
    if holding.end.fate is Fate.EXPIRES:
        assert "purge_at" in attributes(holding)
        assert holding.model.Meta.table_name in tables.expiring()


def test_each_law_keeps_something_and_customers_hear_of_each() -> None:
    used = {holding.end.law for _, holding in ALL if holding.end.law}

    assert used == set(laws.ALL)


def test_no_two_sections_of_a_room_s_part_have_one_name() -> None:
    assert holdings.sections()
    for given in holdings.sections().values():
        assert len(given) == len(set(given))


def test_a_room_with_tables_of_its_own_has_holdings() -> None:
    owners = {model.__module__.partition(".")[0] for model in holdings.tables()} - {"bank"}

    assert owners <= set(holdings.by_room())
