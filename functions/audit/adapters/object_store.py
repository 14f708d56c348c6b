"""Anchors and closed days in S3, under object lock: nobody removes or replaces them before their time.

In a versioned bucket a key can be put again, over the locked version and not in its place. So the **first**
version of a key is the one that counts, and that there is a second one is itself a difference.
"""

import functools
import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from audit.settings import settings
from bank import aws, clock

ANCHORS, DAYS = "anchors/", "days/"


@functools.cache
def client() -> Any:
    """The process's S3 client. A day's file takes longer than a row."""
    return aws.s3(read_timeout=20)


def anchor_key(day: str, seq: int) -> str:
    """Return the object key of a day's head at `seq`."""
    return f"{ANCHORS}{day}/{seq:09d}.json"


def keep_anchor(anchor: dict[str, Any]) -> bool:
    """Put a head {day, seq, hash, count, ended, anchored_at}, unless it stands there; whether it was put."""
    return _keep(anchor_key(anchor["day"], anchor["seq"]), json.dumps(anchor).encode(), "application/json")


def keep_blocks(day: str, first_seq: int, blocks: Sequence[dict[str, Any]]) -> bool:
    """Put a part of a closed day as JSON lines, unless it stands there; whether it was put."""
    lines = "".join(json.dumps(each, ensure_ascii=False, sort_keys=True) + "\n" for each in blocks)
    # Without a time in its head, the same blocks give the same bytes.
    packed = gzip.compress(lines.encode(), mtime=0)
    return _keep(f"{DAYS}{day}/blocks-{first_seq:09d}.jsonl.gz", packed, "application/gzip")


def has_anchor(day: str, seq: int) -> bool:
    """Return whether the head at `seq` was anchored."""
    return _exists(anchor_key(day, seq))


def _keep(key: str, content: bytes, media_type: str) -> bool:
    if _exists(key):
        return False
    client().put_object(
        Bucket=settings.bucket,
        Key=key,
        Body=content,
        ContentType=media_type,
        ObjectLockMode="COMPLIANCE",
        ObjectLockRetainUntilDate=clock.now() + timedelta(days=settings.retention_days),
        # S3 wants a checksum on what is put under lock.
        ChecksumAlgorithm="SHA256",
    )
    return True


def _exists(key: str) -> bool:
    try:
        client().head_object(Bucket=settings.bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    return True


def anchored_days() -> list[str]:
    """Every day that has an anchor, in order."""
    answer = (
        client()
        .get_paginator("list_objects_v2")
        .paginate(Bucket=settings.bucket, Prefix=ANCHORS, Delimiter="/")
    )
    prefixes = [each["Prefix"] for page in answer for each in page.get("CommonPrefixes", [])]
    return sorted(prefix.removeprefix(ANCHORS).rstrip("/") for prefix in prefixes)


def anchors(day: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The anchors of a day by seq, each as it was first put; and the keys that were put again or deleted."""
    versions: dict[str, list[str]] = {}
    touched: list[str] = []
    for key, version_id in _versions(f"{ANCHORS}{day}/"):
        if version_id is None or key in versions:
            touched.append(key)
        if version_id is not None:
            versions.setdefault(key, []).append(version_id)
    # S3 lists the versions of a key newest first.
    found = [_read(key, known[-1]) for key, known in versions.items()]
    return sorted(found, key=lambda anchor: int(anchor["seq"])), sorted(set(touched))


def _versions(prefix: str) -> Iterator[tuple[str, str | None]]:
    """(key, version) of all that was ever put; no version where a key was deleted."""
    pages = client().get_paginator("list_object_versions").paginate(Bucket=settings.bucket, Prefix=prefix)
    for page in pages:
        yield from ((each["Key"], each["VersionId"]) for each in page.get("Versions", []))
        yield from ((each["Key"], None) for each in page.get("DeleteMarkers", []))


def _read(key: str, version_id: str) -> dict[str, Any]:
    answer = client().get_object(Bucket=settings.bucket, Key=key, VersionId=version_id)
    content: dict[str, Any] = json.loads(answer["Body"].read())
    return content
