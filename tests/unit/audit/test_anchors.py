"""Heads and closed days go where nobody can change them, once each."""

import base64
import gzip
import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from audit import domain
from audit.adapters import object_store, signer
from audit.service import anchoring, anchors, chaining
from audit.service.anchors import Anchor
from audit.settings import settings
from bank import clock, ids
from bank.config import config
from tests.support.streams import Cloud
from tests.unit.audit.given import DAY, NEXT_DAY, NOON, TOMORROW, blocks, chained_acts, decision, objects


def s3() -> Any:
    return boto3.client("s3", region_name=config.region)


def lines_of(key: str) -> list[dict[str, Any]]:
    packed = s3().get_object(Bucket=settings.bucket, Key=key)["Body"].read()
    return [json.loads(line) for line in gzip.decompress(packed).decode().splitlines()]


def test_the_head_of_the_running_day_is_anchored_once(trail: Cloud) -> None:
    chained_acts(2)

    assert anchoring.anchor() == {"anchors": 1, "files": 0}
    assert anchoring.anchor() == {"anchors": 0, "files": 0}

    found, complaints = anchors.of_day(DAY)
    assert found == {2: Anchor(DAY, 2, blocks()[-1].hash, 2, ended=False)}
    assert complaints == []


def test_an_ended_day_is_put_there_whole_with_its_last_head(trail: Cloud) -> None:
    chaining.append([decision(number) for number in range(3)])
    chained_acts(1)

    with clock.source(lambda: TOMORROW):
        assert anchoring.anchor() == {"anchors": 1, "files": 1}
        assert anchoring.anchor() == {"anchors": 0, "files": 0}

    packed = (
        s3().get_object(Bucket=settings.bucket, Key=f"days/{DAY}/blocks-000000001.jsonl.gz")["Body"].read()
    )
    lines = [json.loads(line) for line in gzip.decompress(packed).decode().splitlines()]
    assert [line["hash"] for line in lines] == [row.hash for row in blocks()]
    for line in lines:
        content, stored = line.pop("content"), line.pop("hash")
        signature = base64.b64decode(line.pop("signature"))
        place = {"day": line["day"], "seq": line["seq"], "hash": stored}
        assert signer.is_signed(domain.claim("block", place), signature)
        assert ids.digest(line) == stored
        assert ids.digest(content) == line["entries"]
    assert [anchor.ended for anchor in anchors.of_day(DAY)[0].values()] == [True]


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


def test_what_is_put_there_is_locked_for_five_years(trail: Cloud) -> None:
    chained_acts(1)
    anchoring.anchor()

    stored = s3().head_object(Bucket=settings.bucket, Key=object_store.anchor_key(DAY, 1))

    assert stored["ObjectLockMode"] == "COMPLIANCE"
    assert stored["ObjectLockRetainUntilDate"] - NOON >= timedelta(days=5 * 366)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3().delete_object(
            Bucket=settings.bucket, Key=object_store.anchor_key(DAY, 1), VersionId=stored["VersionId"]
        )
