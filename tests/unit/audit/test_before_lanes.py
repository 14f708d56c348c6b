"""Days that were written before there were lanes: one chain, its heads anchored one by one."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from audit import domain
from audit.adapters import object_store, signer
from audit.service import anchoring, anchors, chaining
from audit.service.verifying import blocks as verified
from audit.settings import settings
from audit.tables import DAYS, FIRST, BlockRow, DayRow
from bank import clock, store
from tests.support.streams import Cloud
from tests.unit.audit.given import DAY, NEXT_DAY, NOON, TOMORROW, blocks, decision, differences, in_lane, put

RELEASE = Path(__file__).parents[2] / "compatibility" / "0.1.0" / "items" / "audit-chain.jsonl"
AFTER = TOMORROW + timedelta(days=1)
THIRD_DAY = "2026-01-17"


@pytest.fixture
def before(trail: Cloud) -> Cloud:
    """Two days as the release before wrote them, which have ended: rows, signatures and anchors."""
    DayRow(day=DAYS, record=FIRST, opened=DAY, previous=domain.GENESIS).save()
    previous = domain.GENESIS
    for day, following in ((DAY, NEXT_DAY), (NEXT_DAY, THIRD_DAY)):
        for seq, next_day in ((1, ""), (2, following)):
            entries = [] if next_day else [decision(number, day=day) for number in range(5)]
            made = domain.block(
                day=day,
                seq=seq,
                previous=previous,
                created_at=clock.instant(),
                entries=entries,
                next_day=next_day,
            )
            BlockRow.of(replace(made, signature=signer.sign(made.claim()))).save()
            anchored(day, seq, made.hash, count=5, ended=bool(next_day))
            previous = made.hash
        DayRow(day=DAYS, record=following, opened=following, previous=previous).save()
    return trail


def anchored(day: str, seq: int, hash: str, *, count: int, ended: bool) -> None:
    """An anchor as it was put before there were heads of heads."""
    until = NOON + timedelta(days=settings.retention_days)
    head = {"day": day, "seq": seq, "hash": hash, "count": count, "ended": ended}
    facts = {**head, "anchored_at": clock.instant(), "retain_until": clock.instant(until)}
    signature = base64.b64encode(signer.sign(domain.claim("anchor", facts))).decode()
    content = json.dumps({**facts, "signature": signature}).encode()
    object_store.put(object_store.anchor_key(day, seq), content, "application/json", until)


def test_days_of_before_verify_and_the_chain_goes_on_in_lane_0(before: Cloud) -> None:
    assert differences(AFTER) == []

    with clock.source(lambda: AFTER):
        chaining.append([decision(1)])
        in_lane(7, decision(2))
        anchoring.anchor()

    assert blocks(THIRD_DAY)[0].previous == blocks(NEXT_DAY)[-1].hash
    assert differences(AFTER) == []
    assert anchors.of_day(DAY).count == 4


@pytest.mark.parametrize("day", [DAY, NEXT_DAY])
def test_what_is_altered_of_them_is_named_as_before(before: Cloud, day: str) -> None:
    row = blocks(day)[0]
    content = [*row.to_domain().entries[1:], decision(77)]
    made = domain.block(day=day, seq=1, previous=row.previous, created_at=row.created_at, entries=content)
    put(BlockRow.of(replace(made, signature=bytes(row.signature or b""))))

    named = {(each["what"], each["id"], each["detail"].split(":")[0]) for each in differences(AFTER)}

    assert ("block", f"{day}/1", "rewritten") in named
    assert ("block", f"{day}/2", "does not follow from the block before it") in named


def test_a_cut_tail_of_them_is_named_by_the_anchor_of_then(before: Cloud) -> None:
    row = blocks(NEXT_DAY)[-1]
    key = {"day": {"S": row.day}, "record": {"S": row.record}}
    store.client().delete_item(TableName=BlockRow.Meta.table_name, Key=key)

    (cut, *_) = differences(AFTER)

    assert (cut["what"], cut["id"]) == ("tail", f"{NEXT_DAY}/2")


def test_blocks_that_release_0_1_left_verify_as_they_are(
    trail: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first day's first block that it kept, unsigned and without a lane."""
    items = [json.loads(line)["item"] for line in RELEASE.read_text().splitlines()]
    first = [each for each in items if each["record"]["S"] == "block#000000001"]
    for module in (anchors, verified):
        monkeypatch.setattr(module, "settings", replace(settings, signed_since="2026-12-01"))
    DayRow(day=DAYS, record=FIRST, opened=DAY, previous=domain.GENESIS).save()

    for stored in first:
        store.client().put_item(TableName=BlockRow.Meta.table_name, Item=_decoded(stored))
        named = [each for each in differences() if each["what"] == "block"]
        assert named == [] or stored["previous"]["S"] != domain.GENESIS

    assert first


def _decoded(stored: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in stored.items()
    }
