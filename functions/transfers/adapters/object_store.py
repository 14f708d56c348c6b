"""Batch files and their results in S3."""

import functools
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote_plus, urlsplit

from bank import aws
from bank.config import config
from transfers.domain.batch_file import MAX_FILE_BYTES, FileFacts
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


def upload_headers(file: FileFacts) -> dict[str, str]:
    """The headers to PUT a file with, besides its Content-Length, which every client sends by itself."""
    return {"Content-Type": file.media_type, "x-amz-checksum-sha256": file.sha256}


def upload_url(batch_id: str, *, file: FileFacts, as_of: datetime, good_for: timedelta) -> str:
    """A presigned URL to PUT this file of a batch to (AWS Signature Version 4), signed as of an instant.

    Its length, type and checksum are signed headers: S3 refuses a request that has others, and a body that
    the checksum is not of. The same file may be put again, as after a time-out.

    botocore's own signs as of now alone, so that no two deliveries of a request would get the same URL.
    """
    credentials = aws.session().get_credentials().get_frozen_credentials()
    endpoint = urlsplit(_s3().meta.endpoint_url)
    path = f"/{settings.batch_bucket}/{quote(_upload_key(batch_id))}"
    stamp = as_of.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{config.region}/s3/aws4_request"
    lines = {
        **{name.lower(): value for name, value in upload_headers(file).items()},
        "content-length": str(file.length),
        "host": endpoint.netloc,
    }
    signed = ";".join(sorted(lines))
    parameters = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{credentials.access_key}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(int(good_for.total_seconds())),
        "X-Amz-SignedHeaders": signed,
    }
    if credentials.token:
        parameters["X-Amz-Security-Token"] = credentials.token
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(parameters.items()))
    headers = "".join(f"{name}:{value}\n" for name, value in sorted(lines.items()))
    request = f"PUT\n{path}\n{query}\n{headers}\n{signed}\nUNSIGNED-PAYLOAD"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    signature = _hmac(key, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}").hex()
    return f"{endpoint.scheme}://{endpoint.netloc}{path}?{query}&X-Amz-Signature={signature}"


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _upload_key(batch_id: str) -> str:
    return f"uploads/{batch_id}.csv"


def _results_key(batch_id: str) -> str:
    return f"results/{batch_id}.csv"


@functools.cache
def _s3() -> Any:
    return aws.s3(
        read_timeout=10,
        signature_version="s3v4",
    )
