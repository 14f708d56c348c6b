"""The room's objects in S3: lists as they were uploaded and as they are asked, and the movement history.

lists/<list_id>/sdn, alt       the files of a list, uploaded with presigned URLs
lists/<list_id>/entries.json   its entries as the index takes them (gzip)
movements/day=2026-01-15/<digest of the batch>.jsonl
"""

import functools
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from aml.settings import settings
from bank import aws, errors

URL_SECONDS = 900
MAX_LIST_BYTES = 64 * 2**20
FILES = ("sdn", "alt")
READERS = 8
MOVEMENTS = "movements/"


def upload_urls(list_id: str) -> dict[str, str]:
    """Return a presigned URL for each file of a list, good for a quarter of an hour."""
    return {
        name: _s3().generate_presigned_url(
            "put_object",
            Params={"Bucket": settings.bucket, "Key": _list_key(list_id, name)},
            ExpiresIn=URL_SECONDS,
        )
        for name in FILES
    }


def uploaded(list_id: str, name: str) -> bytes:
    """An uploaded file of a list as it came. Raises NotUploaded."""
    content = _read(_list_key(list_id, name))
    if content is None:
        raise NotUploaded(f"the file {name} has not been uploaded")
    return content


class NotUploaded(errors.Conflict):
    """409: a file that was announced is not there yet."""

    code, title = "not_uploaded", "Not uploaded"


def inflated(content: bytes) -> bytes:
    """The file's content, whether it was compressed (gzip) or not; never more than a list can be."""
    if not content.startswith(b"\x1f\x8b"):
        return content[: MAX_LIST_BYTES + 1]
    return zlib.decompressobj(wbits=31).decompress(content, MAX_LIST_BYTES + 1)


def write_entries(list_id: str, entries: list[dict[str, Any]]) -> None:
    """Keep a list as the index takes it; keeping it again changes nothing."""
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    _write(_list_key(list_id, "entries.json"), gzip.compress(text.encode(), mtime=0))


def read_entries(list_id: str) -> list[dict[str, Any]]:
    """The entries of a list that was published."""
    content = _read(_list_key(list_id, "entries.json"))
    assert content is not None, list_id
    found: list[dict[str, Any]] = json.loads(gzip.decompress(content))
    return found


def write_movements(day: str, digest: str, lines: Iterable[str]) -> None:
    """Add a batch to the history of a day; the same batch again changes nothing."""
    _write(f"{_day_prefix(day)}{digest}.jsonl", ("\n".join(lines) + "\n").encode())


def fetch_movements(first_day: str, last_day: str, folder: Path) -> int:
    """Download the history of the days from the first to the last into a folder; how many objects it was."""

    def fetch(key: str) -> None:
        content = _read(key)
        assert content is not None
        (folder / key.replace("/", "_")).write_bytes(content)

    with ThreadPoolExecutor(READERS) as threads:
        return len(list(threads.map(fetch, _movement_keys(first_day, last_day))))


def _movement_keys(first_day: str, last_day: str) -> Iterator[str]:
    """Keys come in order, so the days are one stretch: a call for a thousand objects, not for each day."""
    first, last = _day_prefix(first_day), _day_prefix(last_day)
    pages = _s3().get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=settings.bucket, Prefix=MOVEMENTS, StartAfter=first):
        for item in page.get("Contents", ()):
            if item["Key"] > last and not item["Key"].startswith(last):
                return
            yield item["Key"]


def _read(key: str) -> bytes | None:
    try:
        answer = _s3().get_object(Bucket=settings.bucket, Key=key)
    except _s3().exceptions.NoSuchKey:
        return None
    content: bytes = answer["Body"].read(MAX_LIST_BYTES)
    return content


def _write(key: str, content: bytes) -> None:
    _s3().put_object(Bucket=settings.bucket, Key=key, Body=content)


def _list_key(list_id: str, name: str) -> str:
    return f"lists/{list_id}/{name}"


def _day_prefix(day: str) -> str:
    return f"{MOVEMENTS}day={day}/"


@functools.cache
def _s3() -> Any:
    return aws.s3(
        read_timeout=4,
        signature_version="s3v4",
        max_pool_connections=READERS,
    )
