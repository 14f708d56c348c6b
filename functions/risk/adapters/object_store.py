"""The risk room's bucket: JSON lines of decisions and labels, an object per batch, a folder per business day.

Objects are only added. A batch's object is named for its lines: a batch delivered twice puts one object.
"""

import functools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bank import aws, ids
from risk.settings import settings

DECISIONS, LABELS = "decisions", "labels"


@dataclass(frozen=True)
class Stored:
    """An object of history and its size in bytes."""

    key: str
    size: int


def append(kind: str, lines: Iterable[dict[str, Any]]) -> int:
    """Put lines, each with its `day` (YYYY-MM-DD); the number of objects that made (one per day)."""
    by_day: dict[str, list[str]] = {}
    for line in lines:
        text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        by_day.setdefault(line["day"], []).append(text)
    for day, texts in by_day.items():
        body = "\n".join(sorted(texts)) + "\n"
        _s3().put_object(
            Bucket=settings.bucket,
            Key=f"{kind}/day={day}/{ids.digest(body)[:32]}.jsonl",
            Body=body.encode(),
            ContentType="application/x-ndjson",
        )
    return len(by_day)


def stored(kind: str, first: date, last: date) -> Iterator[Stored]:
    """The objects of the days from `first` to `last`, both included. One call per day and 1,000 objects."""
    day = first
    while day <= last:
        yield from _listed(f"{kind}/day={day.isoformat()}/")
        day += timedelta(days=1)


def _listed(prefix: str) -> Iterator[Stored]:
    after: dict[str, str] = {}
    while True:
        answer = _s3().list_objects_v2(Bucket=settings.bucket, Prefix=prefix, **after)
        for each in answer.get("Contents", []):
            yield Stored(each["Key"], each["Size"])
        if not answer.get("IsTruncated"):
            return
        after = {"ContinuationToken": answer["NextContinuationToken"]}


def read(key: str) -> bytes:
    """An object's content."""
    answer = _s3().get_object(Bucket=settings.bucket, Key=key)
    content: bytes = answer["Body"].read()
    return content


@functools.cache
def _s3() -> Any:
    return aws.s3(
        read_timeout=4,
        max_pool_connections=16,
    )
