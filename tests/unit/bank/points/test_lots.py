"""Lots: what expires first is spent first, nothing is lost, and other projects' cases come out."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.ledger.lots import MAX_MONTHS, MAX_RESERVED, Lots, added, earliest, expiry_month

# Other projects' tests of points; each names its source.
CASES = {
    case["id"]: case
    for case in json.loads((Path(__file__).parent / "fifo_cases.json").read_text(encoding="utf-8"))
}
MONTHS = [expiry_month("2026-01-31", count) for count in range(MAX_MONTHS + 1)]
LOTS = st.dictionaries(st.sampled_from(MONTHS), st.integers(1, 10**6), max_size=MAX_MONTHS + 1)
REFERENCES = st.text("abcXYZ019_-.", min_size=1, max_size=30)
ACCOUNTS = st.builds(
    Lots, LOTS, st.dictionaries(REFERENCES, LOTS.filter(bool), max_size=MAX_RESERVED), st.integers(0, 10**9)
)


@pytest.mark.parametrize("name", ["fifo-3-lots", "fifo-4-lots-partial-third", "exact-two-lots"])
def test_lots_are_spent_earliest_first_as_in_others_tests(name: str) -> None:
    """Their lots are of days in order; here each expires a month after the one before."""
    case: dict[str, Any] = CASES[name]
    months = dict(zip(MONTHS, case["lots"], strict=False))
    account = Lots({month: lot["amount"] for month, lot in months.items()})

    after = account.reserve("red_1", case["redeem"], MONTHS[0])

    taken = [
        [lot.get("id", number), after.reserved["red_1"][month]]
        for number, (month, lot) in enumerate(months.items(), 1)
        if month in after.reserved["red_1"]
    ]
    expected = case["expected"] if "id" in case["lots"][0] else [[1, 25], [2, 25]]
    assert taken == expected
    assert after.available == case["remaining"]


def test_what_has_expired_unspent_is_in_no_balance_that_can_be_spent() -> None:
    case = CASES["expired-unspent-not-in-balance"]
    account = Lots({lot["expires"][:7]: lot["amount"] for lot in case["lots"]})

    assert sum(account.spendable(case["at"][:7]).values()) == case["expected_balance"]
    assert account.past(case["at"][:7]) == {"2026-01": 120}
    assert account.total == 160


def test_what_has_expired_cannot_be_spent() -> None:
    case = CASES["expired-cannot-be-spent"]
    [earned] = case["events"]
    account = Lots({earned["expires"][:7]: earned["credit"]})

    with pytest.raises(ValueError, match="no 1 points"):
        account.reserve("red_1", case["debit"], "2026-01")


@given(ACCOUNTS, st.sampled_from(MONTHS), st.data())
def test_a_reservation_takes_what_expires_first_and_moves_nothing_else(
    account: Lots, month: str, data: st.DataObject
) -> None:
    can = account.spendable(month)
    points = data.draw(st.integers(0, sum(can.values())))

    after = account.reserve("new", points, month)

    taken = after.reserved["new"]
    assert sum(taken.values()) == points
    assert (after.total, after.value) == (account.total, account.value)
    assert added(after.free, taken) == added(account.free)
    # Whatever is left of those that can be spent expires no earlier than what was taken.
    left = [each for each in can if after.free.get(each)]
    assert not taken or not left or max(taken) <= min(left)
    assert after.without("new").with_free(taken) == Lots(added(account.free), account.reserved, account.value)


@given(ACCOUNTS, st.sampled_from(MONTHS))
def test_no_more_than_what_has_not_expired_is_reserved(account: Lots, month: str) -> None:
    with pytest.raises(ValueError, match="points"):
        account.reserve("new", sum(account.spendable(month).values()) + 1, month)


@given(ACCOUNTS)
def test_what_was_packed_is_unpacked(account: Lots) -> None:
    assert Lots.unpack(account.pack()) == account
    assert account.total == account.available + account.held


@pytest.mark.parametrize("text", ["|", "2601", "2601:x||0", "2601:1|a|0", "2601:1||"])
def test_what_nothing_packed_is_no_lots(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Lots.unpack(text)


def test_a_reference_has_none_of_the_signs_that_part_the_text() -> None:
    for sign in ":,;=|":
        with pytest.raises(ValueError, match="reservation"):
            Lots({}, {f"pay{sign}1": {"2026-01": 1}}).pack()


@pytest.mark.parametrize(
    ("day", "months", "expires"),
    [
        ("2026-01-31", 0, "2026-01"),
        ("2026-01-01", 1, "2026-02"),
        ("2026-12-31", 1, "2027-01"),
        ("2026-02-28", 24, "2028-02"),
        ("2026-12-01", 12, "2027-12"),
    ],
)
def test_a_lot_expires_at_the_end_of_a_month(day: str, months: int, expires: str) -> None:
    assert expiry_month(day, months) == expires


@pytest.mark.parametrize("months", [-1, MAX_MONTHS + 1])
def test_nothing_is_valid_for_longer_than_a_row_has_room(months: int) -> None:
    with pytest.raises(ValueError, match="valid"):
        expiry_month("2026-01-01", months)


@given(LOTS, LOTS)
def test_lots_are_taken_only_where_there_are_as_many(
    there: Mapping[str, int], less: Mapping[str, int]
) -> None:
    enough = all(there.get(month, 0) >= points for month, points in less.items())
    if enough:
        assert Lots(there).without_free(less).with_free(less).free == added(there)
        return
    with pytest.raises(ValueError, match="there are no"):
        Lots(there).without_free(less)


@given(LOTS, st.integers(-5, -1))
def test_no_fewer_than_no_points_are_taken(lots: Mapping[str, int], points: int) -> None:
    with pytest.raises(ValueError, match="points"):
        earliest(lots, points)
