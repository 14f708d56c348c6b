"""The room's objects in S3: documents of suppliers, their usage files, and what came of comparing these.

documents/<supplier_id>/<document_id>
usage/<supplier_id>/<file_id>.csv
results/<supplier_id>/<file_id>.csv
"""

import functools
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_plus

from bank import aws
from bank.uploads import urls
from bank.uploads.facts import FileFacts
from suppliers.domain.usage_files import MAX_BYTES
from suppliers.settings import settings

USAGE_KEY = re.compile(r"usage/(?P<supplier_id>sup_[0-9A-Z]+)/(?P<file_id>suf_[0-9A-Z]+)\.csv")


@dataclass(frozen=True)
class Arrival:
    """A usage file that S3 tells of. `version` is None in a bucket without versions."""

    supplier_id: str
    file_id: str
    version: str | None


def arrivals(notification: dict[str, Any]) -> list[Arrival]:
    """The usage files that a notification of S3 tells of; its test message tells of none."""
    found = []
    for record in notification.get("Records", []):
        stored = record["s3"]["object"]
        key = USAGE_KEY.fullmatch(unquote_plus(stored["key"]))
        if key:
            found.append(Arrival(key["supplier_id"], key["file_id"], stored.get("versionId")))
    return found


def read_usage(arrival: Arrival) -> tuple[bytes, FileFacts]:
    """A usage file, in the version that was told of; of one that is too large, just more than the bound."""
    version = {"VersionId": arrival.version} if arrival.version else {}
    key = _usage_key(arrival.supplier_id, arrival.file_id)
    answer = _s3().get_object(Bucket=settings.bucket, Key=key, **version)
    content = answer["Body"].read(MAX_BYTES + 1)
    answer["Body"].close()
    return content, FileFacts.of(content, answer.get("ContentType", ""))


def write_results(supplier_id: str, file_id: str, text: str) -> None:
    """Keep what came of a comparison; writing it again changes nothing."""
    _s3().put_object(
        Bucket=settings.bucket,
        Key=_results_key(supplier_id, file_id),
        Body=text.encode(),
        ContentType="text/csv; charset=utf-8",
    )


def usage_url(supplier_id: str, file_id: str, *, file: FileFacts, good_for: timedelta) -> str:
    """A presigned URL to PUT this usage file to. No request."""
    key = _usage_key(supplier_id, file_id)
    return urls.upload_url(_s3(), bucket=settings.bucket, key=key, file=file, good_for=good_for)


def results_url(supplier_id: str, file_id: str, *, good_for: timedelta) -> str:
    """A presigned URL to GET the results of a comparison from. No request."""
    return _download(_results_key(supplier_id, file_id), f"{file_id}.csv", good_for)


def upload_url(supplier_id: str, document_id: str, *, file: FileFacts, good_for: timedelta) -> str:
    """A presigned URL to PUT this document to. No request."""
    key = _key(supplier_id, document_id)
    return urls.upload_url(_s3(), bucket=settings.bucket, key=key, file=file, good_for=good_for)


def download_url(supplier_id: str, document_id: str, *, good_for: timedelta) -> str:
    """A presigned URL to GET a document from, which a browser saves and does not show. No request."""
    return _download(_key(supplier_id, document_id), document_id, good_for)


def is_uploaded(supplier_id: str, document_id: str, *, length: int) -> bool:
    """Return whether the document is there, in the announced length; its URL took no other content."""
    try:
        found = _s3().head_object(Bucket=settings.bucket, Key=_key(supplier_id, document_id))
    except _s3().exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return bool(found["ContentLength"] == length)


def _download(key: str, name: str, good_for: timedelta) -> str:
    url: str = _s3().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings.bucket,
            "Key": key,
            "ResponseContentDisposition": f'attachment; filename="{name}"',
        },
        ExpiresIn=int(good_for.total_seconds()),
    )
    return url


def _usage_key(supplier_id: str, file_id: str) -> str:
    return f"usage/{supplier_id}/{file_id}.csv"


def _results_key(supplier_id: str, file_id: str) -> str:
    return f"results/{supplier_id}/{file_id}.csv"


def _key(supplier_id: str, document_id: str) -> str:
    return f"documents/{supplier_id}/{document_id}"


@functools.cache
def _s3() -> Any:
    return aws.s3(read_timeout=4, signature_version="s3v4")
