"""Somebody with the tables and the bucket, but without the key: what they do is named, each by its kind."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from audit import domain
from audit.adapters import object_store
from audit.service import anchoring, anchors, chaining
from audit.service.verifying import blocks as verified
from audit.settings import settings
from audit.tables import BlockRow, DayRow, days_of
from bank import clock, store
from bank.config import config
from bank.control.audit import AuditEntryRow
from tests.support.streams import Cloud
from tests.unit.audit.given import (
    DAY,
    LANE_7,
    NOON,
    acted,
    blocks,
    chained_acts,
    decision,
    differences,
    event_id,
    in_lane,
    put,
    remove,
    rewritten,
)

KEY = object_store.heads_key(DAY, 1)


def s3() -> Any:
    return boto3.client("s3", region_name=config.region)


def placed(content: bytes, key: str = KEY, **lock: Any) -> None:
    """Put an object as whoever may write to the bucket."""
    s3().put_object(Bucket=settings.bucket, Key=key, Body=content, **lock)


def lock(until: datetime, mode: str = "COMPLIANCE") -> dict[str, Any]:
    return {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": until, "ChecksumAlgorithm": "SHA256"}


def facts(**changed: Any) -> dict[str, Any]:
    """The first heads of the day, as somebody writes them."""
    until = NOON + timedelta(days=settings.retention_days)
    said = {"day": DAY, "number": 1, "previous": domain.GENESIS, "lanes": [], "ended": False}
    return {**said, "anchored_at": clock.instant(), "retain_until": clock.instant(until), **changed}


def anchored() -> bytes:
    """The content of the heads that the bank put."""
    content: bytes = s3().get_object(Bucket=settings.bucket, Key=KEY)["Body"].read()
    return content


def details(moment: datetime = NOON) -> list[str]:
    return [f"{each['what']} {each['detail'].split(':')[0]}" for each in differences(moment)]


def test_a_block_of_the_minute_written_anew_is_named_before_any_anchor(trail: Cloud) -> None:
    """The hash and all digests are right, and nothing follows it yet: the signature alone tells."""
    chaining.append([decision(1)])
    row = blocks()[0]
    anew = rewritten(row, entries=[decision(1) | {"subject": "pay_other"}])
    put(BlockRow.of(anew))
    assert details() == ["block rewritten"]

    # Neither the old signature nor that of another block makes it the bank's.
    put(BlockRow.of(replace(anew, signature=bytes(row.signature or b""))))
    assert details() == ["block rewritten"]


def test_an_anchor_s_signature_is_none_of_a_block(trail: Cloud) -> None:
    """Who may have any head anchored gets no signed block by it."""
    facts = {"day": DAY, "seq": 1, "hash": "f" * 64}

    assert domain.claim("anchor", facts) != domain.claim("block", facts)


def test_blocks_that_changed_places_are_named_as_reordered(trail: Cloud) -> None:
    chaining.append([decision(1)])
    chaining.append([decision(2)])
    first, second = blocks()
    put(first, **{name: value for name, value in second.serialize().items() if name != "record"})

    assert differences()[0] == {
        "what": "block",
        "id": f"{DAY}/1",
        "detail": f"reordered: it says to be block {DAY}/2",
    }


def test_entries_that_changed_places_in_a_block_are_named_as_reordered(trail: Cloud) -> None:
    batch = [decision(number) for number in range(4)]
    chaining.append(batch)
    put(blocks()[0], packed={"B": domain.pack([batch[0], batch[2], batch[1], batch[3]])})

    assert [(each["id"], each["detail"]) for each in differences()] == [
        (event_id(2), f"reordered in block {DAY}/1, at 1"),
        (event_id(1), f"reordered in block {DAY}/1, at 2"),
    ]


def test_a_block_that_was_put_in_is_named(trail: Cloud) -> None:
    chaining.append([decision(1)])
    forged = domain.block(
        day=DAY, seq=2, previous=blocks()[0].hash, created_at=clock.instant(), entries=[decision(9)]
    )
    put(BlockRow.of(forged))

    assert details() == ["block rewritten"]


@pytest.mark.parametrize("how", ["overwritten", "removed", "removed and put back"])
def test_an_entry_that_was_touched_is_named_for_good(trail: Cloud, how: str) -> None:
    """Also once it stands there again as it was: the stream told the chain."""
    entry_id = acted()
    row = store.get(AuditEntryRow, entry_id)
    assert row is not None
    trail.settle()
    if how == "overwritten":
        put(row, actor={"S": "stf_somebody_else"})
        put(row)
    else:
        remove(row)
        if how == "removed and put back":
            put(row)
    trail.settle()

    named = [each for each in differences() if each["id"] == entry_id]

    assert named
    assert {each["detail"].split(" ")[0] for each in named} == {how.split(" ")[0]}
    assert any("past the functions" in each["detail"] for each in named)


def test_the_right_heads_put_early_are_named_and_the_bank_s_go_over_them(trail: Cloud) -> None:
    """As the job would have put them, but for the key and the lock: to be taken away one day."""
    chained_acts(1)
    early = {**facts(lanes=[[DAY, 1, blocks()[0].hash]]), "signature": ""}
    placed(json.dumps(early).encode())
    assert [each["detail"] for each in differences()] == ["bad signature: the bank did not put it"]

    assert anchoring.anchor()["anchors"] == 1

    assert anchoring.anchor()["anchors"] == 0
    assert details() == [
        "anchor bad signature",
        "anchor put again or deleted; the first that is signed and locked counts",
    ]
    assert anchors.of_day(DAY).hashes == {DAY: {1: blocks()[0].hash}}


@pytest.mark.parametrize(
    "wrong",
    [{}, lock(NOON + timedelta(days=2_000), "GOVERNANCE"), lock(NOON + timedelta(days=1))],
    ids=["no lock", "a lock that can be lifted", "a lock of a day"],
)
def test_the_bank_s_own_anchor_put_elsewhere_without_its_lock_is_named(
    trail: Cloud, wrong: dict[str, Any]
) -> None:
    """Signed, since the bank made it: in a bucket that somebody emptied and filled again."""
    chained_acts(1)
    anchoring.anchor()
    content = anchored()
    s3().create_bucket(Bucket="another", ObjectLockEnabledForBucket=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anchors.object_store, "settings", replace(settings, bucket="another"))
        s3().put_object(Bucket="another", Key=KEY, Body=content, **wrong)

        assert details() == ["anchor not locked"]


def test_an_anchor_that_is_put_again_is_named_and_the_bank_s_counts(trail: Cloud) -> None:
    chaining.append([decision(1)])
    anchoring.anchor()
    placed(json.dumps({"day": DAY, "number": 1, "lanes": [[DAY, 1, "f" * 64]]}).encode())

    assert [each["detail"] for each in differences()] == [
        "other content: it is no anchor",
        "put again or deleted; the first that is signed and locked counts",
    ]
    assert anchors.of_day(DAY).hashes == {DAY: {1: blocks()[0].hash}}


def test_an_anchor_that_was_covered_by_a_deletion_is_named_and_counts(trail: Cloud) -> None:
    chaining.append([decision(1)])
    anchoring.anchor()
    s3().delete_object(Bucket=settings.bucket, Key=KEY)

    assert details() == ["anchor put again or deleted; the first that is signed and locked counts"]
    assert anchors.of_day(DAY).hashes == {DAY: {1: blocks()[0].hash}}


def test_another_block_s_anchor_is_named(trail: Cloud) -> None:
    chaining.append([decision(1)])
    anchoring.anchor()
    placed(anchored(), object_store.heads_key(DAY, 2), **lock(NOON + timedelta(days=2_000)))

    assert [each["detail"] for each in differences()] == ["other content: it is another block's anchor"]


@pytest.mark.parametrize("name", sorted(facts()))
def test_any_fact_of_the_heads_is_signed(trail: Cloud, name: str) -> None:
    chaining.append([decision(1)])
    anchoring.anchor()
    content = json.loads(anchored())
    changed = {"day": "2026-01-14", "number": 2, "previous": "0" * 63 + "1", "lanes": [], "ended": True}
    content[name] = changed.get(name, "2036-01-15T00:00:00.000000Z")
    key = object_store.heads_key(content["day"], content["number"])
    placed(json.dumps(content).encode(), key, **lock(NOON + timedelta(days=4_000)))

    complaints = anchors.of_day(content["day"]).complaints

    assert "bad signature: the bank did not put it" in [complaint for _, complaint in complaints]


def test_heads_that_a_bucket_lacks_are_missed(trail: Cloud) -> None:
    """Signed and locked all of them, in a bucket that somebody emptied and filled again."""
    for number in range(3):
        chaining.append([decision(number)])
        anchoring.anchor()
    keys = [object_store.heads_key(DAY, number) for number in (1, 2, 3)]
    contents = {key: s3().get_object(Bucket=settings.bucket, Key=key)["Body"].read() for key in keys}
    for name, kept in (("another", keys[::2]), ("third", keys[1:])):
        s3().create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
        for key in kept:
            until = lock(NOON + timedelta(days=2_000))
            s3().put_object(Bucket=name, Key=key, Body=contents[key], **until)

    found = []
    for name in ("another", "third"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(anchors.object_store, "settings", replace(settings, bucket=name))
            found += [(each["id"], each["detail"].split(": ")[-1]) for each in differences()]

    assert found == [(keys[2], "3 follows 1"), (keys[1], "2 follows 0")]


@pytest.mark.parametrize("lane", [0, 7])
def test_a_lane_taken_away_whole_is_missed_by_the_heads(trail: Cloud, lane: int) -> None:
    """With all that says that it was ever begun; decisions alone, of which no row tells."""
    for each in (0, 7):
        in_lane(each, decision(each))
    anchoring.anchor()
    day = domain.lane_day(DAY, lane)
    remove(blocks(day)[0])
    for row in store.query(DayRow, days_of(lane)):
        store.client().delete_item(
            TableName=DayRow.Meta.table_name, Key={"day": {"S": row.day}, "record": {"S": row.record}}
        )

    assert [(each["what"], each["id"]) for each in differences()] == [("tail", f"{day}/1")]


def test_a_block_that_goes_to_another_lane_is_named_there_and_missed_here(trail: Cloud) -> None:
    for lane in (0, 7):
        in_lane(lane, decision(lane))
    anchoring.anchor()
    row = blocks(LANE_7)[0]
    remove(row)
    put(row, day={"S": DAY}, record={"S": "block#000000002"})

    named = {(each["what"], each["id"], each["detail"].split(":")[0]) for each in differences()}
    assert named == {
        ("block", f"{DAY}/2", "reordered"),
        ("block", f"{DAY}/1", "altered"),
        ("block", f"{DAY}/2", "does not follow from the block before it"),
        ("tail", f"{LANE_7}/1", "the day is cut after block 0; 1 was anchored"),
    }


def test_a_head_that_nobody_anchors_is_named(trail: Cloud) -> None:
    """Whoever keeps the job from running would have a tail of their own to cut."""
    chaining.append([decision(1)])
    assert details(NOON + timedelta(minutes=14)) == []

    assert details(NOON + timedelta(minutes=16)) == ["anchor missing"]


def test_a_day_s_file_that_somebody_put_first_is_covered_by_the_bank_s(trail: Cloud) -> None:
    chaining.append([decision(1)])
    key = object_store.file_key(DAY, 1)
    placed(b"nothing", key)

    with clock.source(lambda: NOON + timedelta(days=1)):
        assert anchoring.anchor()["files"] == 1

    forged, ours = object_store.versions(key)[key]
    assert object_store.read(forged).content == b"nothing"
    assert object_store.read(ours).mode == "COMPLIANCE"


def test_what_was_written_before_blocks_were_signed_stays_good(
    trail: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stage that comes from release 0.1 says since when; from that day on nothing is without."""
    chaining.append([decision(1)])
    row = blocks()[0]
    put(BlockRow.of(replace(row.to_domain(), signature=b"")))
    assert details() == ["block rewritten"]

    for module in (anchors, verified):
        monkeypatch.setattr(module, "settings", replace(settings, signed_since="2026-01-16"))
    old = {"day": DAY, "seq": 1, "hash": row.hash, "count": 1, "ended": False, "anchored_at": "x"}
    until = lock(NOON + timedelta(days=1_830))
    placed(json.dumps(old).encode(), object_store.anchor_key(DAY, 1), **until)

    assert details() == []
