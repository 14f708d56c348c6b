"""Presigned URLs, and what a client sends with them."""

from datetime import timedelta
from typing import Any

from bank.uploads.facts import FileFacts


def headers(file: FileFacts) -> dict[str, str]:
    """The headers to PUT a file with, besides its Content-Length, which every client sends by itself."""
    return {"Content-Type": file.media_type, "x-amz-checksum-sha256": file.sha256}


def upload_url(s3: Any, *, bucket: str, key: str, file: FileFacts, good_for: timedelta) -> str:
    """A presigned URL to PUT this file to. No request.

    Its length, type and checksum are signed headers: S3 refuses a request that has others, and a body that
    the checksum is not of. The same file may be put again, as after a time-out.
    """
    url: str = s3.generate_presigned_url(
        "put_object",
        Params={
            "Bucket": bucket,
            "Key": key,
            "ContentLength": file.length,
            "ContentType": file.media_type,
            "ChecksumSHA256": file.sha256,
        },
        ExpiresIn=int(good_for.total_seconds()),
    )
    return url
