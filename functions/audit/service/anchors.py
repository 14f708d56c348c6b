"""Anchors: heads of the chain, each signed and under lock in S3; and what of one is not as it must be.

An anchor that stands there is not taken as it is: somebody who may write to the bucket can put the right one
early and without a lock, to take it away later. So its content, its signature and its lock are looked at, and
where any of them is wrong, ours goes over it as another version.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from audit import domain
from audit.adapters import object_store, signer
from audit.adapters.object_store import LOCK, Locked, Version
from audit.settings import settings
from bank import clock

# Of a head, in the order in which it is written.
FACTS = ("day", "seq", "hash", "count", "ended", "anchored_at", "retain_until")


@dataclass(frozen=True)
class Anchor:
    """A head that was anchored: its block's place and hash, and how many entries its day had by then."""

    day: str
    seq: int
    hash: str
    count: int
    ended: bool


def keep(anchor: Anchor) -> bool:
    """Put the head, unless one stands there signed and locked; whether it was put."""
    key = object_store.anchor_key(anchor.day, anchor.seq)
    standing = object_store.versions(key).get(key, [])
    if any(found for found, _ in _read(standing)):
        return False
    retain_until = clock.now() + timedelta(days=settings.retention_days)
    facts = vars(anchor) | {"anchored_at": clock.instant(), "retain_until": clock.instant(retain_until)}
    signature = base64.b64encode(signer.sign(domain.claim("anchor", facts))).decode()
    content = json.dumps({**facts, "signature": signature}).encode()
    return object_store.put(key, content, "application/json", retain_until, anew=bool(standing))


def is_kept(day: str, seq: int) -> bool:
    """Return whether a head at `seq` stands there signed and locked."""
    key = object_store.anchor_key(day, seq)
    return any(found for found, _ in _read(object_store.versions(key).get(key, [])))


def of_day(day: str, *, whole: bool = True) -> tuple[dict[int, Anchor], list[tuple[str, str]]]:
    """A day's anchors by seq, of each the first that is as it must be; and (key, complaint) of what is not.

    Unless `whole`, of a day that has ended, its last anchor alone is read: the blocks follow from it.
    """
    found: dict[int, Anchor] = {}
    complaints: list[tuple[str, str]] = []
    for key, standing in reversed(object_store.versions(f"{object_store.ANCHORS}{day}/").items()):
        if len(standing) > 1:
            complaints.append((key, "put again or deleted; the first that is signed and locked counts"))
        if not whole and found:
            continue
        for anchor, complaint in _read(standing):
            if complaint:
                complaints.append((key, complaint))
            if anchor:
                found.setdefault(anchor.seq, anchor)
    return found, sorted(complaints)


def _read(standing: list[Version]) -> Iterator[tuple[Anchor | None, str | None]]:
    return (_found(version) for version in standing if version.version_id)


def _found(version: Version) -> tuple[Anchor | None, str | None]:
    """The anchor that a version holds, or what is wrong with it."""
    locked = object_store.read(version)
    try:
        content = json.loads(locked.content)
        anchor = Anchor(
            str(content["day"]),
            int(content["seq"]),
            str(content["hash"]),
            int(content["count"]),
            bool(content["ended"]),
        )
        complaint = _complaint(version.key, anchor, content, locked)
    except (ValueError, KeyError, TypeError):
        return None, "other content: it is no anchor"
    return (None, complaint) if complaint else (anchor, None)


def _complaint(key: str, anchor: Anchor, content: dict[str, Any], locked: Locked) -> str | None:
    if key != object_store.anchor_key(anchor.day, anchor.seq):
        return "other content: it is another block's anchor"
    # Those of release 0.1 were not signed and do not say how long they stay.
    signs = anchor.day >= settings.signed_since
    if signs and not _is_signed(content):
        return "bad signature: the bank did not put it"
    until = clock.parse(content["retain_until"]) if signs else clock.now()
    # S3 keeps whole seconds.
    if (
        locked.mode != LOCK
        or locked.retain_until is None
        or locked.retain_until < until - timedelta(seconds=1)
    ):
        return "not locked: not in compliance mode, or not for as long as it says"
    return None


def _is_signed(content: dict[str, Any]) -> bool:
    facts = {name: content[name] for name in FACTS}
    signature = base64.b64decode(str(content.get("signature", "")))
    return signer.is_signed(domain.claim("anchor", facts), signature)
