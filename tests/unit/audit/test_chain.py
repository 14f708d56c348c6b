"""Entries are chained by however many appenders, over midnight, in lanes that never fork."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import domain
from audit.adapters import signer
from audit.service import anchoring, chaining, verifying
from audit.tables import BlockRow
from bank import clock, ids, store
from bench.meter import Meter
from tests.support.streams import Cloud
from tests.unit.audit.given import (
    DAY,
    LANE_7,
    NEXT_DAY,
    NOON,
    TOMORROW,
    acted,
    blocks,
    chained_acts,
    decision,
    differences,
    entry,
    event_id,
    first_difference,
    in_lane,
)


def verified() -> tuple[int, int]:
    """What verification says: how many differences, and how many entries that came again."""
    report = verifying.verify()
    return report["difference_count"], report["repeats"]


def test_each_block_carries_the_hash_of_the_one_before(trail: Cloud) -> None:
    chained_acts(3)

    first, second, third = blocks()
    assert (first.previous, second.previous, third.previous) == (domain.GENESIS, first.hash, second.hash)
    assert [int(each.seq) for each in blocks()] == [1, 2, 3]


def test_what_a_process_has_chained_it_chains_no_more(trail: Cloud) -> None:
    batch = [decision(number) for number in range(5)]

    assert chaining.append(batch) == 5
    assert chaining.append([*batch[2:], decision(5)]) == 1
    assert chaining.append([decision(9), decision(9)]) == 1

    assert sum(int(each.entry_count) for each in blocks()) == 7


def test_what_another_process_has_chained_is_chained_again_and_no_alteration(trail: Cloud) -> None:
    batch = [decision(number) for number in range(5)]
    chaining.append(batch)
    chaining.forget()

    assert chaining.append(batch) == 5
    in_lane(7, *batch[:2])

    assert verified() == (0, 7)


def test_the_same_id_with_other_content_is_chained_and_named(trail: Cloud) -> None:
    """By one process or two, in one lane or two: nobody has a later one dropped by an earlier one."""
    chaining.append([decision(1), decision(2)])
    assert chaining.append([decision(1, amount=7)]) == 1
    in_lane(7, decision(2, amount=7))

    named = [(each["id"], each["detail"].split(",")[0]) for each in differences()]
    assert sorted(named) == sorted(
        (event_id(number), "chained again with other content") for number in (1, 2)
    )


def test_memory_of_what_was_chained_is_bounded(trail: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaining, "REMEMBERED", 3)
    appender = chaining.Appender()
    for number in range(9):
        appender.append([decision(number)])

    assert list(appender._chained) == [domain.leaf(decision(number)) for number in (6, 7, 8)]
    assert appender.append([decision(8), decision(0)]) == 1


def test_an_appender_that_was_overtaken_goes_on_behind_the_other(trail: Cloud) -> None:
    """Two processes, each of which knows its own head; who was overtaken looks first from then on."""
    one, other = chaining.Appender(), chaining.Appender()
    one.append([decision(1)])
    other.append([decision(2), decision(3)])

    assert one.append([decision(4)]) == 1
    with Meter() as meter:
        one.append([decision(5)])
    assert meter.usage.calls["PutItem"] == 1

    chained = [[each["id"] for each in row.to_domain().entries] for row in blocks()]
    assert chained == [[event_id(1)], [event_id(2), event_id(3)], [event_id(4)], [event_id(5)]]
    assert differences() == []


def test_an_appender_alone_in_its_lane_reads_nothing(trail: Cloud) -> None:
    chaining.append([decision(1)])

    with Meter() as meter:
        chaining.append([decision(2)])

    assert dict(meter.usage.calls) == {"PutItem": 1}


def test_a_cold_appender_reads_the_head_and_no_more_however_long_the_day(trail: Cloud) -> None:
    for number in range(12):
        chaining.append([decision(number)])

    with Meter() as meter:
        chaining.Appender().append([decision(99)])

    assert dict(meter.usage.calls) == {"Query": 2, "GetItem": 1, "PutItem": 1}


def test_whoever_is_overtaken_although_it_looked_goes_to_another_lane(
    trail: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three times in lane 0 somebody is quicker; the second time is once too often."""
    one, quicker, left = chaining.Appender(), chaining.Appender(), [1, 2, 3]
    sign = signer.sign

    def overtaken(message: bytes) -> bytes:
        if left and b"~" not in message:
            monkeypatch.setattr(signer, "sign", sign)
            quicker.append([decision(left.pop())])
            monkeypatch.setattr(signer, "sign", overtaken)
        return sign(message)

    one.append([decision(8)])
    monkeypatch.setattr(signer, "sign", overtaken)
    one.append([decision(9)])

    (lane,) = [lane for lane in range(1, domain.LANES) if blocks(domain.lane_day(DAY, lane))]
    assert len(blocks()) == 3
    assert [row.to_domain().entries for row in blocks(domain.lane_day(DAY, lane))] == [[decision(9)]]
    assert differences() == []


def test_appenders_at_once_part_until_each_is_alone(trail: Cloud) -> None:
    """Ten processes that always write together: whoever read the head last but one is overtaken."""
    appenders = [chaining.Appender() for _ in range(10)]
    number = 0
    for _ in range(8):
        for each in appenders:
            each.append([decision(number)])
            number += 1

    lanes = [domain.lane_day(DAY, lane) for lane in range(domain.LANES)]
    assert sum(int(row.entry_count) for lane in lanes for row in blocks(lane)) == number
    assert differences() == []


def test_a_write_whose_answer_was_lost_is_not_repeated(trail: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client sends it again, and the second finds its own first."""
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


@pytest.mark.parametrize("lane", [0, 7])
def test_an_appender_whose_clock_is_behind_appends_to_the_day_that_others_began(
    trail: Cloud, lane: int
) -> None:
    in_lane(lane, decision(0))
    with clock.source(lambda: TOMORROW):
        in_lane(lane, decision(1, NOON))

    in_lane(lane, decision(2, NOON))

    with clock.source(lambda: TOMORROW):
        anchoring.anchor()
    assert [row.kind for row in blocks(domain.lane_day(DAY, lane))] == ["entries", "end"]
    assert sum(int(row.entry_count) for row in blocks(domain.lane_day(NEXT_DAY, lane))) == 2
    assert first_difference(TOMORROW) is None


def test_a_lane_begins_on_no_day_that_the_first_lane_has_left(trail: Cloud) -> None:
    """Its clock is behind: that day may be anchored as ended by now."""
    with clock.source(lambda: TOMORROW):
        chaining.append([decision(1)])

    in_lane(7, decision(2))

    assert blocks(LANE_7) == []
    assert len(blocks(f"{NEXT_DAY}~07")) == 1


def test_what_was_chained_before_midnight_and_after_it_is_no_alteration(trail: Cloud) -> None:
    early = acted()
    chaining.append([entry(early)])

    with clock.source(lambda: TOMORROW + timedelta(days=3)):
        chaining.forget()
        assert chaining.append([entry(early), decision(2)]) == 2
        anchoring.anchor()
    assert differences(TOMORROW + timedelta(days=3)) == []


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
