"""Batch files and their results in S3."""

import functools
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_plus

from bank import aws
from bank.uploads import urls
from bank.uploads.facts import FileFacts
from transfers.domain.batch_file import MAX_FILE_BYTES
from transfers.settings import settings

UPLOAD_KEY = re.compile(r"uploads/(?P<batch_id>bat_[0-9A-Z]+)\.csv")


@dataclass(frozen=True)
class Arrival:
    """An upload that S3 tells of. `version` is None in a bucket without versions."""

    batch_id: str
    version: str | None


@dataclass(frozen=True)
class Upload:
    """An uploaded file; of one that is too large, just more than the bound."""

    content: bytes
    facts: FileFacts
    version: str | None


def arrivals(notification: dict[str, Any]) -> list[Arrival]:
    """The uploads that a notification of S3 tells of; its test message tells of none."""
    found = []
    for record in notification.get("Records", []):
        stored = record["s3"]["object"]
        key = UPLOAD_KEY.fullmatch(unquote_plus(stored["key"]))
        if key:
            found.append(Arrival(key["batch_id"], stored.get("versionId")))
    return found


def read_upload(arrival: Arrival) -> Upload:
    """The uploaded file, in the version that was told of: a later upload does not take its place.

    It is read once: the bytes that the facts are of are the bytes that are paid.
    """
    version = {"VersionId": arrival.version} if arrival.version else {}
    answer = _s3().get_object(Bucket=settings.batch_bucket, Key=_upload_key(arrival.batch_id), **version)
    content = answer["Body"].read(MAX_FILE_BYTES + 1)
    answer["Body"].close()
    return Upload(content, FileFacts.of(content, answer.get("ContentType", "")), arrival.version)


def write_results(batch_id: str, text: str) -> None:
    """Keep a batch's results; writing them again changes nothing."""
    _s3().put_object(
        Bucket=settings.batch_bucket,
        Key=_results_key(batch_id),
        Body=text.encode(),
        ContentType="text/csv; charset=utf-8",
    )


def read_results(batch_id: str) -> str:
    """A completed batch's results."""
    answer = _s3().get_object(Bucket=settings.batch_bucket, Key=_results_key(batch_id))
    text: str = answer["Body"].read().decode()
    return text


def upload_url(batch_id: str, *, file: FileFacts, good_for: timedelta) -> str:
    """A presigned URL to PUT this file of a batch to. No request."""
    key = _upload_key(batch_id)
    return urls.upload_url(_s3(), bucket=settings.batch_bucket, key=key, file=file, good_for=good_for)


def _upload_key(batch_id: str) -> str:
    return f"uploads/{batch_id}.csv"


def _results_key(batch_id: str) -> str:
    return f"results/{batch_id}.csv"


@functools.cache
def _s3() -> Any:
    return aws.s3(read_timeout=4, signature_version="s3v4")
