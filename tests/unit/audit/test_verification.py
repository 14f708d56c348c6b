"""Whatever is altered, put in or taken away afterwards, verification names it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import domain
from audit.service import anchoring, chaining, verifying
from audit.tables import BlockRow, DayRow
from bank import clock, store
from bank.control.audit import AuditEntryRow
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
    differences,
    entry,
    event_id,
    first_difference,
    put,
    remove,
    rewritten,
)

FIELDS = sorted(set(BlockRow.get_attributes()) - {"day", "record"})
ENTRY_FIELDS = sorted(set(AuditEntryRow.get_attributes()) - {"entry_id"})


def later() -> Any:
    """When entries that are not chained have been late for long."""
    return NOON + timedelta(minutes=30)


def test_what_is_as_it_was_written_has_no_differences(trail: Cloud) -> None:
    chained_acts(3)
    chaining.append([decision(number) for number in range(10)])
    anchoring.anchor()

    assert first_difference() is None
    with clock.source(lambda: TOMORROW):
        chained_acts(2)
        anchoring.anchor()
    assert first_difference(TOMORROW) is None
    assert first_difference(TOMORROW, newest=1) is None


@settings(max_examples=40)
@given(name=st.sampled_from(FIELDS), number=st.integers(0, 3), data=st.data())
def test_any_byte_of_any_field_of_a_block_is_named(
    trail: Cloud, name: str, number: int, data: st.DataObject
) -> None:
    """Four blocks: an act, ten decisions, an act, and the day's end."""
    if not store.get(DayRow, "days", "first"):
        acted_and_decided()
    row = blocks()[number]
    raw = row.serialize().get(name)
    if raw is None:
        return
    put(row, **{name: altered(raw, data)})
    try:
        first = first_difference(later())
        assert first is not None, (name, number)
        assert first["what"] in ("block", "entry")
        named = {f"{DAY}/{number + 1}", f"{DAY}/{number + 2}", f"{NEXT_DAY}/1"}
        assert named & {first["id"], *first["detail"].replace(",", " ").split()}, first
    finally:
        put(row)
    assert first_difference(later()) is None


def acted_and_decided() -> None:
    chained_acts(1)
    chaining.append([decision(number) for number in range(10)])
    chained_acts(1)
    with clock.source(lambda: TOMORROW):
        chaining.append([decision(99)])
        anchoring.anchor()


def altered(raw: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """One byte of the attribute, another one."""
    ((kind, value),) = raw.items()
    if kind == "N":
        return {"N": str(int(value) + data.draw(st.sampled_from([-1, 1, 10])))}
    content = bytearray(value if kind == "B" else value.encode())
    if not content:
        return {"S": "x"}
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] = data.draw(st.sampled_from([byte for byte in b"0123456789abcdef" if byte != content[at]]))
    return {"B": bytes(content)} if kind == "B" else {"S": content.decode()}


@pytest.mark.parametrize("name", ENTRY_FIELDS)
def test_any_field_of_an_act_is_named(trail: Cloud, name: str) -> None:
    entry_id, other = acted(reason="a letter"), acted("acc_2")
    chaining.append([entry(entry_id), entry(other)])
    row = store.get(AuditEntryRow, entry_id)
    assert row is not None
    put(row, **{name: {"S": "something else"}})

    first = first_difference()

    assert first == {
        "what": "entry",
        "id": entry_id,
        "detail": f"altered in the audit trail: {name}",
    }


def test_an_act_that_was_removed_is_named(trail: Cloud) -> None:
    first, second, _ = chained_acts(3)
    row = store.get(AuditEntryRow, second)
    assert row is not None
    remove(row)

    found = first_difference()

    assert found is not None
    assert (found["id"], found["detail"]) == (second, "removed from the audit trail")
    assert first != second


@pytest.mark.parametrize("day_shard", [None, "nowhere"])
@pytest.mark.parametrize("at", [NOON, TOMORROW])
def test_an_act_that_was_put_in_is_named_once_it_is_late(
    trail: Cloud, day_shard: str | None, at: Any
) -> None:
    """Also where its index key keeps it from every day's list, and where it says to be of the future."""
    chained_acts(2)
    anchoring.anchor()
    made = acted("acc_9")
    row = store.get(AuditEntryRow, made)
    assert row is not None
    put(row, at={"S": clock.instant(at)}, day_shard={"S": day_shard or row.day_shard})

    found = first_difference(later())

    assert found is not None
    assert found["id"] == made
    assert found["detail"].startswith("not chained")


def test_an_act_of_this_minute_may_still_be_on_its_way(trail: Cloud) -> None:
    chained_acts(1)
    acted("acc_9")

    assert first_difference(NOON + timedelta(minutes=9)) is None


def test_a_decision_that_was_altered_with_its_digests_is_named_by_the_signature(trail: Cloud) -> None:
    """Whoever writes a block anew with a good hash has no key, and breaks the next one's link to it."""
    chaining.append([decision(1)])
    chaining.append([decision(2)])
    put(BlockRow.of(rewritten(blocks()[0], entries=[decision(1) | {"subject": "pay_other"}])))

    assert differences() == [
        {"what": "block", "id": f"{DAY}/1", "detail": "rewritten: the bank did not sign it"},
        {"what": "block", "id": f"{DAY}/2", "detail": "does not follow from the block before it"},
    ]


@pytest.mark.parametrize("what", ["altered", "removed", "inserted"])
def test_a_decision_in_a_block_is_named_by_its_id(trail: Cloud, what: str) -> None:
    batch = [decision(number) for number in range(5)]
    chaining.append(batch)
    changed = list(batch)
    if what == "altered":
        changed[2] = {**changed[2], "data": {"amount": 1}}
    elif what == "removed":
        del changed[2]
    else:
        changed.insert(2, decision(77))
    put(blocks()[0], packed={"B": domain.pack(changed)})

    found = first_difference()

    assert found is not None
    expected = {"altered": event_id(2), "removed": event_id(3), "inserted": event_id(77)}[what]
    assert (found["what"], found["id"]) == ("entry", expected)
    assert found["detail"].startswith(what)


def test_a_block_taken_out_is_named(trail: Cloud) -> None:
    chained_acts(3)
    remove(blocks()[1])

    found = first_difference()

    assert found == {"what": "block", "id": f"{DAY}/2", "detail": "removed: 3 follows 1"}


def test_the_first_block_taken_away_is_named(trail: Cloud) -> None:
    chained_acts(2)
    remove(blocks()[0])

    found = first_difference()

    assert found is not None
    assert found["id"] == f"{DAY}/1"


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_cut_tail_is_named_by_the_anchor(trail: Cloud, cut: int) -> None:
    """Decisions alone: no row of another table tells of them."""
    for number in range(3):
        chaining.append([decision(number)])
    anchoring.anchor()
    for row in blocks()[3 - cut :]:
        remove(row)

    found = first_difference()

    assert found is not None
    assert (found["what"], found["id"]) == ("tail", f"{DAY}/3")
    assert found["detail"].startswith(f"the day is cut after block {3 - cut}")


def test_an_ended_day_s_tail_is_missed_without_an_anchor_too(trail: Cloud) -> None:
    chaining.append([decision(1)])
    anchoring.anchor()
    with clock.source(lambda: TOMORROW):
        chaining.append([decision(2)])
    remove(blocks()[-1])

    found = first_difference(TOMORROW)

    assert found == {"what": "tail", "id": f"{DAY}/2", "detail": "the day's last block is gone"}


def test_a_chain_written_anew_from_somewhere_on_is_named_by_the_anchor_too(trail: Cloud) -> None:
    """Every hash is right again; the signatures and what nobody could change tell."""
    for number in range(3):
        chaining.append([decision(number)])
    anchoring.anchor()
    first, second, third = blocks()
    anew = rewritten(first, entries=[decision(0) | {"subject": "pay_other"}])
    put(BlockRow.of(anew))
    second_anew = rewritten(second, previous=anew.hash)
    put(BlockRow.of(second_anew))
    put(BlockRow.of(rewritten(third, previous=second_anew.hash)))

    assert [(each["what"], each["id"]) for each in differences()] == [
        ("block", f"{DAY}/1"),
        ("block", f"{DAY}/2"),
        ("block", f"{DAY}/3"),
        ("anchor", f"{DAY}/3"),
    ]


def test_a_whole_day_taken_away_is_named(trail: Cloud) -> None:
    chaining.append([decision(1)])
    anchoring.anchor()
    with clock.source(lambda: TOMORROW):
        chaining.append([decision(2)])
        for row in blocks(DAY):
            remove(row)

    found = first_difference(TOMORROW)

    assert found is not None
    assert found["id"].startswith(DAY)


def test_a_chained_act_cannot_be_chained_again_by_hand(trail: Cloud) -> None:
    entry_id = chained_acts(1)[0]
    again = domain.block(
        day=DAY, seq=2, previous=blocks()[0].hash, created_at=clock.instant(), entries=[entry(entry_id)]
    )
    put(BlockRow.of(again))

    assert [each["detail"] for each in differences()] == ["rewritten: the bank did not sign it"]


def test_an_act_of_the_day_before_the_first_that_was_chained_is_looked_for_all_the_same(trail: Cloud) -> None:
    """The stream may be late, over midnight too, on the first day of all."""
    late, never = acted(), acted()
    with clock.source(lambda: TOMORROW):
        chaining.append([entry(late)])
        report = verifying.verify()

    assert [(each["id"], each["detail"].split(":")[0]) for each in report["differences"]] == [
        (never, "not chained")
    ]
