"""What an authority has stopped, it alone or a higher one lets go on."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.access import organisation
from bank.access.authority import (
    ORDER,
    UNKNOWN,
    Authority,
    HigherAuthority,
    Standing,
    names,
    resumed,
    standing,
    stopped,
)
from bank.access.principal import HeadOfficeOnly, Kind, Principal
from tests.support.organisation import BRANCH, OTHER_BRANCH, SUB_BRANCH, units
from tests.support.streams import Cloud

HEAD = organisation.HEAD_OFFICE
STANDINGS = [
    Standing(Authority.OWNER),
    Standing(Authority.CHANNEL),
    Standing(Authority.BRANCH, BRANCH),
    Standing(Authority.HEAD_OFFICE, HEAD),
    Standing(Authority.COURT, HEAD),
]


@pytest.fixture
def tree(cloud: Cloud) -> Iterator[None]:
    """Two branches, the first with a sub-branch."""
    units()
    yield
    organisation.forget()


@pytest.mark.parametrize(
    ("by", "of"), list(itertools.product(STANDINGS, STANDINGS)), ids=lambda each: str(each.authority)
)
def test_it_is_lifted_by_the_same_authority_or_a_higher_one(by: Standing, of: Standing) -> None:
    stops = stopped({}, of)
    assert stops == {of.authority.value: of.unit_id}

    if STANDINGS.index(by) >= STANDINGS.index(of):
        assert resumed(stops, by, of.authority) == {}
    else:
        for named in (of.authority, None):
            with pytest.raises(HigherAuthority, match=of.authority):
                resumed(stops, by, named)


@given(stops=st.lists(st.sampled_from(STANDINGS), unique=True), by=st.sampled_from(STANDINGS))
def test_lifting_one_leaves_all_others(stops: list[Standing], by: Standing) -> None:
    there: dict[str, str] = {}
    for each in stops:
        there = stopped(there, each) or {}
    assert names(there) == [authority for authority in ORDER if authority in there]

    for authority in Authority:
        try:
            left = resumed(there, by, authority)
        except HigherAuthority:
            continue
        expected = {name: unit for name, unit in there.items() if name != authority}
        assert left == (expected if authority in there else None)


def test_a_branch_lifts_what_a_unit_below_it_stopped_and_not_the_reverse(tree: None) -> None:
    above, below = Standing(Authority.BRANCH, BRANCH), Standing(Authority.BRANCH, SUB_BRANCH)
    other = Standing(Authority.BRANCH, OTHER_BRANCH)

    assert resumed(stopped({}, below) or {}, above) == {}
    for refused in (below, other):
        with pytest.raises(HigherAuthority):
            resumed(stopped({}, above) or {}, refused)


def test_the_stop_of_a_branch_becomes_that_of_the_branch_above(tree: None) -> None:
    above, below = Standing(Authority.BRANCH, BRANCH), Standing(Authority.BRANCH, SUB_BRANCH)
    stops = stopped({}, below) or {}

    assert stopped(stops, below) is None
    assert stopped(stops, above) == {"branch": BRANCH}
    assert stopped({"branch": BRANCH}, below) is None


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (Principal("cli_app", frozenset(), Kind.CUSTOMER, "cus_1"), Standing(Authority.OWNER)),
        (Principal("cli_app", frozenset()), Standing(Authority.CHANNEL)),
        (Principal("cli_core", frozenset(), bank_wide=True), Standing(Authority.CHANNEL)),
        (
            Principal("cli_desk", frozenset(), Kind.STAFF, "stf_1", BRANCH),
            Standing(Authority.BRANCH, BRANCH),
        ),
        (
            Principal("cli_desk", frozenset(), Kind.STAFF, "stf_1", HEAD),
            Standing(Authority.HEAD_OFFICE, HEAD),
        ),
    ],
)
def test_the_standing_follows_from_who_calls(principal: Principal, expected: Standing) -> None:
    assert standing(principal) == expected
    if expected.authority is Authority.HEAD_OFFICE:
        assert standing(principal, court=True) == Standing(Authority.COURT, HEAD)
    else:
        with pytest.raises(HeadOfficeOnly):
            standing(principal, court=True)


def test_what_was_stopped_before_it_was_kept_by_whom_is_the_head_offices() -> None:
    with pytest.raises(HigherAuthority):
        resumed(UNKNOWN, Standing(Authority.BRANCH, BRANCH))
    assert resumed(UNKNOWN, Standing(Authority.HEAD_OFFICE, HEAD)) == {}
