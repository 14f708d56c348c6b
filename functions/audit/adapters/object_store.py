"""Anchors and closed days in S3, under object lock: nobody removes or replaces them before their time.

In a versioned bucket a key can be put again, over the locked version and not in its place: both stay, and so
does what somebody else put first. Which of them counts is for `audit.service.anchors` to say.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from audit.settings import settings
from bank import aws

HEADS, DAYS = "heads/", "days/"
# Heads of the one chain that there was before lanes.
ANCHORS = "anchors/"
LOCK = "COMPLIANCE"


@dataclass(frozen=True)
class Version:
    """Something that was put under a key, or, without an id, its deletion."""

    key: str
    version_id: str | None


@dataclass(frozen=True)
class Locked:
    """Content of a version, and until when it is locked and how, if it is."""

    content: bytes
    mode: str | None
    retain_until: datetime | None


@functools.cache
def client() -> Any:
    """The process's S3 client."""
    return aws.s3(read_timeout=4)


def heads_key(day: str, number: int) -> str:
    """Return the object key of a business day's heads, by their number in the day."""
    return f"{HEADS}{day}/{number:09d}.json"


def anchor_key(day: str, seq: int) -> str:
    """Return the object key of the one chain's head at `seq` of a day."""
    return f"{ANCHORS}{day}/{seq:09d}.json"


def file_key(day: str, first_seq: int) -> str:
    """Return the object key of a part of a closed day of a lane."""
    return f"{DAYS}{day}/blocks-{first_seq:09d}.jsonl.gz"


def put(key: str, content: bytes, media_type: str, retain_until: datetime, *, anew: bool = False) -> bool:
    """Put an object under lock; `anew` over what stands there. Return whether it was put."""
    absent = {} if anew else {"IfNoneMatch": "*"}
    try:
        client().put_object(
            Bucket=settings.bucket,
            Key=key,
            Body=content,
            ContentType=media_type,
            ObjectLockMode=LOCK,
            ObjectLockRetainUntilDate=retain_until,
            # S3 wants a checksum on what is put under lock.
            ChecksumAlgorithm="SHA256",
            **absent,
        )
    except ClientError as error:
        # Somebody put it meanwhile: it is looked at when the next run comes to it.
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
            return False
        raise
    return True


def anchored_days(*kinds: str) -> list[str]:
    """Every day that has an anchor of these kinds (`HEADS`, `ANCHORS`), in order."""
    return sorted({day for kind in kinds for day in _days(kind)})


def _days(kind: str) -> Iterator[str]:
    pages = client().get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=settings.bucket, Prefix=kind, Delimiter="/"):
        for each in page.get("CommonPrefixes", []):
            yield each["Prefix"].removeprefix(kind).rstrip("/")


def versions(prefix: str) -> dict[str, list[Version]]:
    """All that was ever put under keys that begin so, by key, oldest first; and the deletions, at the end."""
    found: dict[str, list[Version]] = {}
    deleted: list[Version] = []
    for page in (
        client().get_paginator("list_object_versions").paginate(Bucket=settings.bucket, Prefix=prefix)
    ):
        for each in page.get("Versions", []):
            # S3 lists the versions of a key newest first.
            found.setdefault(each["Key"], []).insert(0, Version(each["Key"], each["VersionId"]))
        deleted += [Version(each["Key"], None) for each in page.get("DeleteMarkers", [])]
    for marker in deleted:
        found.setdefault(marker.key, []).append(marker)
    return dict(sorted(found.items()))


def read(version: Version) -> Locked:
    """A version with its lock, which a role sees that may `s3:GetObjectRetention`."""
    answer = client().get_object(Bucket=settings.bucket, Key=version.key, VersionId=version.version_id)
    return Locked(
        answer["Body"].read(), answer.get("ObjectLockMode"), answer.get("ObjectLockRetainUntilDate")
    )
