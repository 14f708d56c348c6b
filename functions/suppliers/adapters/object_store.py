"""Suppliers' documents in S3: documents/<supplier_id>/<document_id>."""

import functools
from datetime import timedelta
from typing import Any

from bank import aws
from bank.uploads import urls
from bank.uploads.facts import FileFacts
from suppliers.settings import settings


def upload_url(supplier_id: str, document_id: str, *, file: FileFacts, good_for: timedelta) -> str:
    """A presigned URL to PUT this document to. No request."""
    key = _key(supplier_id, document_id)
    return urls.upload_url(_s3(), bucket=settings.bucket, key=key, file=file, good_for=good_for)


def download_url(supplier_id: str, document_id: str, *, good_for: timedelta) -> str:
    """A presigned URL to GET a document from, which a browser saves and does not show. No request."""
    url: str = _s3().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings.bucket,
            "Key": _key(supplier_id, document_id),
            "ResponseContentDisposition": f'attachment; filename="{document_id}"',
        },
        ExpiresIn=int(good_for.total_seconds()),
    )
    return url


def is_uploaded(supplier_id: str, document_id: str, *, length: int) -> bool:
    """Return whether the document is there, in the announced length; its URL took no other content."""
    try:
        found = _s3().head_object(Bucket=settings.bucket, Key=_key(supplier_id, document_id))
    except _s3().exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return bool(found["ContentLength"] == length)


def _key(supplier_id: str, document_id: str) -> str:
    return f"documents/{supplier_id}/{document_id}"


@functools.cache
def _s3() -> Any:
    return aws.s3(read_timeout=4, signature_version="s3v4")
