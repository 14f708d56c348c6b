"""Identifiers: made in time, or derived."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank import clock, ids

# The separator between parts is a control character, which no part that a caller may choose can hold.
PARTS = st.lists(st.text(st.characters(exclude_categories=["C"]), max_size=8), min_size=1, max_size=4)
MOMENTS = st.integers(0, 10**10).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def made_at(moment: datetime) -> str:
    with clock.source(lambda: moment):
        return ids.new("pay")


@given(MOMENTS, st.integers(2, 10**12))
def test_new_ids_sort_by_the_time_they_were_made(moment: datetime, later_by_millis: int) -> None:
    assert made_at(moment) < made_at(moment + timedelta(milliseconds=later_by_millis))


def test_ids_of_one_millisecond_are_unlike_and_keep_their_prefix() -> None:
    moment = datetime(2026, 1, 15, tzinfo=UTC)

    made = {made_at(moment) for _ in range(100)}

    assert len(made) == 100
    assert all(one.startswith("pay_") and len(one) == 30 for one in made)


def test_a_derived_id_is_the_same_today_and_in_ten_years() -> None:
    assert ids.derived("pay", "cli_1", "POST /payments", "key-1") == "pay_4G69NXBTQ2T6TDMRXNH00TJDQ8"


@given(PARTS, PARTS)
def test_derived_ids_are_alike_only_for_like_parts(some: list[str], others: list[str]) -> None:
    assert (ids.derived("x", *some) == ids.derived("x", *others)) == (some == others)


@pytest.mark.parametrize(
    ("some", "others"), [(("ab", "c"), ("a", "bc")), (("a", ""), ("", "a")), (("a",), ("a", ""))]
)
def test_where_one_part_ends_and_the_next_begins_counts(
    some: tuple[str, ...], others: tuple[str, ...]
) -> None:
    assert ids.derived("x", *some) != ids.derived("x", *others)


def test_a_digest_is_of_the_content_and_not_of_its_spelling() -> None:
    assert ids.digest({"a": 1, "b": ["新"]}) == ids.digest({"b": ["新"], "a": 1})
    assert ids.digest({"a": 1}) != ids.digest({"a": "1"})


@given(st.text(), st.integers(1, 64))
def test_a_shard_is_in_range_and_always_the_same(key: str, count: int) -> None:
    assert ids.shard(key, count) == ids.shard(key, count)
    assert 0 <= ids.shard(key, count) < count


def test_keys_are_spread_over_all_shards() -> None:
    taken = [ids.shard(f"wal_{number}", 8) for number in range(800)]

    assert all(50 < taken.count(shard) < 150 for shard in range(8))
