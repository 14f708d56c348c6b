"""Anchors: the heads of all lanes in one document, signed and under lock in S3; and what of one is not right.

The documents of a day are numbered, and each carries the hash of the one before it: a head of heads, as a
transparency log publishes its checkpoints. A lane that is missing from the tables, or from the bucket, is
therefore missed.

An anchor that stands there is not taken as it is: somebody who may write to the bucket can put the right one
early and without a lock, to take it away later. So its content, its signature and its lock are looked at, and
where any of them is wrong, ours goes over it as another version.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from audit import domain
from audit.adapters import object_store, signer
from audit.adapters.object_store import ANCHORS, HEADS, LOCK, Locked, Version
from audit.service.heads import Heads
from audit.settings import settings
from bank import clock

# A complaint: the object's key, and what of it is not as it must be.
Complaint = tuple[str, str]
COVERED = "put again or deleted; the first that is signed and locked counts"


@dataclass
class Anchored:
    """A day's anchors: heads in their order, and by lane's day the hash of each anchored block."""

    heads: list[Heads] = field(default_factory=list)
    hashes: dict[str, dict[int, str]] = field(default_factory=dict)
    count: int = 0
    complaints: list[Complaint] = field(default_factory=list)

    def add(self, found: Heads) -> None:
        """Take a sound document."""
        self.count += 1
        for day, seq, hash in found.lanes:
            self.hashes.setdefault(day, {}).setdefault(seq, hash)


def keep(day: str, lanes: list[tuple[str, int, str]], *, ended: bool) -> bool:
    """Put the heads of a day's lanes, unless its newest document says the same; whether they were put."""
    last = newest(day)
    if last and (last.lanes, last.ended) == (lanes, ended):
        return False
    before = last or _before(day)
    retain_until = clock.now() + timedelta(days=settings.retention_days)
    made = Heads(
        day=day,
        number=last.number + 1 if last else 1,
        previous=before.hash if before else domain.GENESIS,
        lanes=lanes,
        ended=ended,
        anchored_at=clock.instant(),
        retain_until=clock.instant(retain_until),
    )
    key = object_store.heads_key(day, made.number)
    signature = base64.b64encode(signer.sign(made.claim())).decode()
    content = json.dumps({**made.facts(), "signature": signature}).encode()
    standing = object_store.versions(key).get(key)
    return object_store.put(key, content, "application/json", retain_until, anew=bool(standing))


def newest(day: str) -> Heads | None:
    """The newest heads of a day that are signed and locked."""
    for _, standing in reversed(object_store.versions(f"{HEADS}{day}/").items()):
        for found, _ in _read(standing):
            if found:
                return found
    return None


def of_day(day: str, *, whole: bool = True) -> Anchored:
    """A day's anchors, and complaints of its documents that are not as they must be.

    Unless `whole`, of a day that has ended, the last document alone is read: the blocks follow from it.
    """
    found = Anchored()
    for kind in (HEADS, ANCHORS):
        for key, standing in reversed(object_store.versions(f"{kind}{day}/").items()):
            if len(standing) > 1:
                found.complaints.append((key, COVERED))
            if whole or not found.count:
                _take(found, standing)
    found.complaints.sort()
    found.heads.sort(key=lambda each: each.number)
    if whole:
        found.complaints += _broken(found.heads)
    return found


def _take(found: Anchored, standing: list[Version]) -> None:
    """Take the first version of a document that is as it must be; name what is not."""
    sound = None
    for heads, complaint in _read(standing):
        if complaint:
            found.complaints.append((standing[0].key, complaint))
        sound = sound or heads
    if sound:
        found.add(sound)
        if standing[0].key.startswith(HEADS):
            found.heads.append(sound)


def _broken(heads: list[Heads]) -> Iterator[Complaint]:
    """Places where documents of a day are missing, or do not follow from the one before."""
    number, previous = 0, None
    for each in heads:
        key = object_store.heads_key(each.day, each.number)
        if each.number != number + 1:
            yield key, f"heads are missing before it: {each.number} follows {number}"
        elif each.previous != previous if previous else not _follows(each):
            yield key, "does not follow from the heads before it"
        number, previous = each.number, each.hash


def _follows(first: Heads) -> bool:
    """Return whether a day's first document follows from one of the day before."""
    before = _before(first.day)
    if before is None:
        return first.previous == domain.GENESIS
    return first.previous == before.hash or first.previous in _hashes(before.day)


def _before(day: str) -> Heads | None:
    """The newest heads of the newest day before."""
    for earlier in reversed(object_store.anchored_days(HEADS)):
        if earlier < day and (found := newest(earlier)):
            return found
    return None


def _hashes(day: str) -> Iterator[str]:
    for standing in object_store.versions(f"{HEADS}{day}/").values():
        yield from (found.hash for found, _ in _read(standing) if found)


def _read(standing: list[Version]) -> Iterator[tuple[Heads | None, str | None]]:
    return (_found(version) for version in standing if version.version_id)


def _found(version: Version) -> tuple[Heads | None, str | None]:
    """The heads that a version holds, or what is wrong with it."""
    locked = object_store.read(version)
    is_heads = version.key.startswith(HEADS)
    try:
        content = json.loads(locked.content)
        found = Heads.of(content) if is_heads else Heads.of_anchor(content)
        complaint = _complaint(version.key, found, content, locked)
    except (ValueError, KeyError, TypeError):
        return None, "other content: it is no anchor"
    return (None, complaint) if complaint else (found, None)


def _complaint(key: str, found: Heads, content: dict[str, Any], locked: Locked) -> str | None:
    named = object_store.heads_key if key.startswith(HEADS) else object_store.anchor_key
    if key != named(found.day, found.number):
        return "other content: it is another block's anchor"
    # Those of release 0.1 were not signed and do not say how long they stay.
    signs = found.day >= settings.signed_since
    signature = base64.b64decode(str(content.get("signature", "")))
    if signs and not signer.is_signed(found.claim(), signature):
        return "bad signature: the bank did not put it"
    until = clock.parse(found.retain_until) if signs else clock.now()
    # S3 keeps whole seconds.
    if (
        locked.mode != LOCK
        or locked.retain_until is None
        or locked.retain_until < until - timedelta(seconds=1)
    ):
        return "not locked: not in compliance mode, or not for as long as it says"
    return None
