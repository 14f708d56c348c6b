"""Heads and closed days go where nobody can change them, once each."""

import base64
import gzip
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from audit import domain
from audit.adapters import object_store, signer
from audit.service import anchoring, anchors, chaining
from audit.settings import settings
from audit.tables import FIRST, BlockRow, DayRow, days_of
from bank import clock, ids
from bank.config import config
from tests.support.streams import Cloud
from tests.unit.audit.given import (
    DAY,
    LANE_7,
    NEXT_DAY,
    NOON,
    TOMORROW,
    blocks,
    chained_acts,
    decision,
    differences,
    in_lane,
    objects,
)


def s3() -> Any:
    return boto3.client("s3", region_name=config.region)


def lines_of(key: str) -> list[dict[str, Any]]:
    packed = s3().get_object(Bucket=settings.bucket, Key=key)["Body"].read()
    return [json.loads(line) for line in gzip.decompress(packed).decode().splitlines()]


def test_the_heads_of_the_running_day_are_anchored_once_in_one_document(trail: Cloud) -> None:
    chained_acts(2)
    in_lane(7, decision(1))

    assert anchoring.anchor() == {"anchors": 1, "files": 0}
    assert anchoring.anchor() == {"anchors": 0, "files": 0}

    found = anchors.of_day(DAY)
    assert found.hashes == {DAY: {2: blocks()[-1].hash}, LANE_7: {1: blocks(LANE_7)[0].hash}}
    assert (found.count, found.complaints) == (1, [])


def test_heads_are_numbered_and_each_carries_the_hash_of_those_before_over_days_too(trail: Cloud) -> None:
    for number in range(2):
        chaining.append([decision(number)])
        anchoring.anchor()
    with clock.source(lambda: TOMORROW):
        in_lane(3, decision(9))
        anchoring.anchor()

    first, second, last, ended = anchors.of_day(DAY).heads
    (of_next_day,) = anchors.of_day(NEXT_DAY).heads
    assert [first.number, second.number, last.number, ended.number] == [1, 2, 3, 4]
    assert first.previous == domain.GENESIS
    assert [second.previous, last.previous, ended.previous] == [first.hash, second.hash, last.hash]
    assert (last.ended, ended.ended, last.lanes) == (False, True, ended.lanes)
    assert of_next_day.previous in (last.hash, ended.hash)
    assert differences(TOMORROW) == []


def test_an_ended_day_is_put_there_whole_with_its_last_heads(trail: Cloud) -> None:
    chaining.append([decision(number) for number in range(3)])
    chained_acts(1)
    in_lane(7, decision(9))

    with clock.source(lambda: TOMORROW):
        assert anchoring.anchor() == {"anchors": 2, "files": 2}
        assert anchoring.anchor() == {"anchors": 0, "files": 0}

    for day in (DAY, LANE_7):
        lines = lines_of(f"days/{day}/blocks-000000001.jsonl.gz")
        assert [line["hash"] for line in lines] == [row.hash for row in blocks(day)]
        for line in lines:
            content, stored = line.pop("content"), line.pop("hash")
            signature = base64.b64decode(line.pop("signature"))
            place = {"day": day, "seq": line["seq"], "hash": stored}
            assert signer.is_signed(domain.claim("block", place), signature)
            assert ids.digest(line) == stored
            assert ids.digest(content) == line["entries"]
    assert [heads.ended for heads in anchors.of_day(DAY).heads] == [False, True]


def test_a_large_day_is_put_there_in_parts(trail: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchoring, "FILE_BYTES", 500)
    for number in range(6):
        chaining.append([decision(number)])

    with clock.source(lambda: TOMORROW):
        done = anchoring.anchor()

    keys = [key for key in objects() if key.startswith("days/")]
    assert len(keys) == done["files"] > 2
    lines = [
        json.loads(line)
        for key in keys
        for line in gzip.decompress(
            s3().get_object(Bucket=settings.bucket, Key=key)["Body"].read()
        ).splitlines()
    ]
    assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5, 6, 7]


def test_a_day_nobody_acted_on_after_is_ended_by_the_job(trail: Cloud) -> None:
    chained_acts(1)

    with clock.source(lambda: TOMORROW):
        chaining.forget()
        anchoring.anchor()

    assert blocks(DAY)[-1].kind == domain.END
    assert blocks(NEXT_DAY) == []


def test_a_lane_that_is_begun_late_on_a_day_that_has_ended_is_anchored_with_it(trail: Cloud) -> None:
    """By a process that had read the clock before midnight."""
    chained_acts(1)
    with clock.source(lambda: TOMORROW):
        anchoring.anchor()
        DayRow(day=days_of(7), record=FIRST, opened=LANE_7, previous=domain.GENESIS).save()
        made = domain.block(
            day=LANE_7, seq=1, previous=domain.GENESIS, created_at=clock.instant(), entries=[decision(1)]
        )
        BlockRow.of(replace(made, signature=signer.sign(made.claim()))).save()

        assert anchoring.anchor() == {"anchors": 2, "files": 1}

    assert anchors.newest(DAY) == anchors.of_day(DAY).heads[-1]
    assert set(anchors.of_day(DAY).hashes) == {DAY, LANE_7}
    assert differences(TOMORROW) == []


def test_what_is_put_there_is_locked_for_five_years(trail: Cloud) -> None:
    chained_acts(1)
    anchoring.anchor()

    stored = s3().head_object(Bucket=settings.bucket, Key=object_store.heads_key(DAY, 1))

    assert stored["ObjectLockMode"] == "COMPLIANCE"
    assert stored["ObjectLockRetainUntilDate"] - NOON >= timedelta(days=5 * 366)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3().delete_object(
            Bucket=settings.bucket, Key=object_store.heads_key(DAY, 1), VersionId=stored["VersionId"]
        )
