"""Whose records a caller may know of: by kind of caller, and by the organisation as it is now."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bank import clock, errors
from bank.access import organisation
from bank.access.organisation import HEAD_OFFICE, Tree, UnitRow
from bank.access.principal import Kind, Ownership, Principal
from tests.support.streams import Cloud

TREE = Tree({HEAD_OFFICE: None, "hz": HEAD_OFFICE, "hz_west": "hz", "nb": HEAD_OFFICE})


@pytest.fixture
def units(cloud: Cloud) -> Iterator[None]:
    """Two branches and a sub-branch."""
    organisation.forget()
    for unit_id, parent_id in (("hz", HEAD_OFFICE), ("hz_west", "hz"), ("nb", HEAD_OFFICE)):
        UnitRow(unit_id=unit_id, parent_id=parent_id, name=unit_id).save()
    yield
    organisation.forget()


def staff(unit: str) -> Principal:
    return Principal("cli_console", frozenset(), Kind.STAFF, subject="stf_1", unit=unit)


def test_a_branch_sees_its_subtree_and_nothing_beside_or_above() -> None:
    seen = {unit: TREE.subtree(unit) for unit in TREE.parents}

    assert seen == {
        HEAD_OFFICE: ["hz", "hz_west", "nb", HEAD_OFFICE],
        "hz": ["hz", "hz_west"],
        "hz_west": ["hz_west"],
        "nb": ["nb"],
    }
    assert not TREE.contains("hz", HEAD_OFFICE)


def test_a_unit_that_is_its_own_ancestor_ends_the_walk() -> None:
    assert Tree({"a": "b", "b": "a"}).ancestors("a") == ["a", "b"]


@pytest.mark.parametrize("unit", ["", "gone"])
def test_staff_without_a_known_unit_see_nothing(units: None, unit: str) -> None:
    assert not staff(unit).sees(Ownership())
    assert not staff(unit).sees(Ownership(unit_id="hz"))


def test_staff_see_by_the_tree_of_the_table(units: None) -> None:
    assert staff("hz").sees(Ownership(unit_id="hz_west"))
    assert not staff("hz").sees(Ownership(unit_id="nb"))
    assert staff(HEAD_OFFICE).sees(Ownership(unit_id="nb"))
    assert staff("hz").units() == ["hz", "hz_west"]


def test_a_unit_that_is_new_is_seen_at_once_and_a_move_within_half_a_minute(units: None) -> None:
    now = clock.now()
    with clock.source(lambda: now):
        assert staff("hz").sees(Ownership(unit_id="hz_west"))
        UnitRow(unit_id="hz_east", parent_id="hz", name="east").save()
        UnitRow(unit_id="hz_west", parent_id="nb", name="west").save()
        assert staff("hz").sees(Ownership(unit_id="hz_east"))
    with clock.source(lambda: now + timedelta(seconds=31)):
        assert not staff("hz").sees(Ownership(unit_id="hz_west"))


def test_a_channel_sees_what_came_through_it_and_a_system_of_the_bank_all() -> None:
    record = Ownership(client_id="cli_app")

    assert Principal("cli_app", frozenset()).sees(record)
    assert not Principal("cli_other", frozenset()).sees(record)
    assert not Principal("", frozenset()).sees(Ownership())
    assert Principal("cli_core", frozenset(), bank_wide=True).sees(record)


def test_a_customer_sees_their_own_through_any_channel() -> None:
    customer = Principal("cli_app", frozenset(), Kind.CUSTOMER, subject="cus_1")

    assert customer.sees(Ownership(client_id="cli_h5", customer_id="cus_1"))
    assert not customer.sees(Ownership(client_id="cli_app", customer_id="cus_2"))
    assert not Principal("cli_app", frozenset(), Kind.CUSTOMER).sees(Ownership(client_id="cli_app"))


def test_what_may_not_be_seen_is_the_error_of_what_does_not_exist() -> None:
    missing = errors.NotFound("there is no account wal_1")

    with pytest.raises(errors.NotFound) as raised:
        Principal("cli_other", frozenset()).require_sees(Ownership("cli_app"), missing)
    assert raised.value is missing
