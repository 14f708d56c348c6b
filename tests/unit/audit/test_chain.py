"""Entries are chained once each, by however many appenders, over midnight, in one chain that never forks."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import domain
from audit.service import anchoring, chaining
from audit.tables import BlockRow
from bank import clock, ids, store
from tests.support.streams import Cloud
from tests.unit.audit.given import (
    DAY,
    NEXT_DAY,
    NOON,
    TOMORROW,
    acted,
    blocks,
    chained_acts,
    decision,
    entry,
    event_id,
    first_difference,
)


def test_each_block_carries_the_hash_of_the_one_before(trail: Cloud) -> None:
    chained_acts(3)

    first, second, third = blocks()
    assert (first.previous, second.previous, third.previous) == (domain.GENESIS, first.hash, second.hash)
    assert [int(each.seq) for each in blocks()] == [1, 2, 3]


def test_what_is_delivered_again_is_dropped(trail: Cloud) -> None:
    batch = [decision(number) for number in range(5)]

    assert chaining.append(batch) == 5
    assert chaining.append([*batch[2:], decision(5)]) == 1
    chaining.forget()
    assert chaining.append(batch) == 0
    assert chaining.append([decision(9), decision(9)]) == 1

    assert sum(int(each.entry_count) for each in blocks()) == 7


def test_an_appender_that_was_overtaken_goes_on_behind_the_other(trail: Cloud) -> None:
    """Two processes: each knows its own head, and the second's write meets the first's."""
    chaining.append([decision(1)])
    behind = dict(chaining._known)
    chaining.forget()
    chaining.append([decision(2), decision(3)])
    chaining._known.update({day: chaining.Known(day, known.hash, 1) for day, known in behind.items()})

    assert chaining.append([decision(3), decision(4)]) == 1

    chained = [[each["id"] for each in row.to_domain().entries] for row in blocks()]
    assert chained == [[event_id(1)], [event_id(2), event_id(3)], [event_id(4)]]
    assert first_difference() is None


def test_a_write_whose_answer_was_lost_is_not_repeated(trail: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client sends it again, and the second finds its own first: that is a conflict like any other."""
    save, lost = BlockRow.save, [True]

    def save_twice(row: BlockRow, **options: object) -> object:
        if lost:
            lost.pop()
            save(row, **options)  # type: ignore[arg-type]
        return save(row, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(BlockRow, "save", save_twice)

    chaining.append([decision(1)])

    assert len(blocks()) == 1


def test_a_day_begins_with_the_last_hash_of_the_day_before(trail: Cloud) -> None:
    chained_acts(1)

    with clock.source(lambda: TOMORROW):
        chaining.append([decision(1)])

    assert [each.kind for each in blocks(DAY)] == ["entries", "end"]
    assert blocks(DAY)[-1].next_day == NEXT_DAY
    assert blocks(NEXT_DAY)[0].previous == blocks(DAY)[-1].hash


def test_days_without_anything_are_passed_over(trail: Cloud) -> None:
    chained_acts(1)

    with clock.source(lambda: NOON + timedelta(days=9)):
        chaining.forget()
        chaining.append([decision(1)])

    assert blocks(DAY)[-1].next_day == "2026-01-24"
    assert blocks("2026-01-24")[0].previous == blocks(DAY)[-1].hash


def test_an_appender_whose_clock_is_behind_appends_to_the_day_that_others_began(trail: Cloud) -> None:
    chained_acts(1)
    with clock.source(lambda: TOMORROW):
        chaining.append([decision(1, NOON)])

    for known in ("all", "nothing"):
        if known == "nothing":
            chaining.forget()
        chaining.append([decision(2, NOON), decision(1, NOON)])

    with clock.source(lambda: TOMORROW):
        anchoring.anchor()
    assert [row.kind for row in blocks(DAY)] == ["entries", "end"]
    assert sum(int(row.entry_count) for row in blocks(NEXT_DAY)) == 2
    assert first_difference(TOMORROW) is None


def test_what_was_chained_before_midnight_is_not_chained_again_after_it(trail: Cloud) -> None:
    early = decision(1, NOON)
    chaining.append([early])

    with clock.source(lambda: TOMORROW + timedelta(days=3)):
        assert chaining.append([early]) == 0
        chaining.forget()
        assert chaining.append([early, decision(2)]) == 1


def test_the_stream_s_entries_are_chained_whole(trail: Cloud) -> None:
    entry_id = acted(reason="a letter")

    trail.settle()

    assert [each.to_domain().entries for each in blocks()] == [[entry(entry_id)]]
    assert blocks()[0].to_domain().entries[0]["act"]["reason"] == "a letter"


def test_of_a_hundred_decisions_each_takes_less_than_a_quarter_of_a_write_unit(trail: Cloud) -> None:
    """Write units are of a kilobyte; the decisions are as those of payments with a verdict."""
    risk = {"outcome": "approve", "reasons": [], "rules": "rls_01KAJ3T5N8Q2V7W9X4Y6Z0ABCD", "posture": "open"}
    batch = [
        decision(n, risk=risk, customer_id=ids.derived("cus", str(n)), account_id=ids.derived("wal", str(n)))
        for n in range(100)
    ]
    chaining.append(batch)

    item = store.client().get_item(
        TableName=BlockRow.Meta.table_name, Key={"day": {"S": DAY}, "record": {"S": "block#000000001"}}
    )["Item"]
    size = sum(len(name) + len(next(iter(value.values()))) for name, value in item.items())

    assert size / 1024 / 100 < 0.25


@settings(max_examples=30)
@given(st.lists(st.integers(1, 60_000), min_size=1, max_size=40))
def test_blocks_hold_all_entries_in_order_and_never_too_much(sizes: list[int]) -> None:
    batch = [{"id": f"evt_{n}", "at": "", "data": "x" * size} for n, size in enumerate(sizes)]

    cut = list(domain.batches(batch))

    assert [each for part in cut for each in part] == batch
    for part in cut:
        made = domain.block(day=DAY, seq=1, previous=domain.GENESIS, created_at="", entries=part)
        assert made.entries == part
        raw = sum(len(domain.canonical(each)) for each in part) + len(made.ids) + len(made.leaves)
        assert raw <= domain.MAX_BLOCK_BYTES
