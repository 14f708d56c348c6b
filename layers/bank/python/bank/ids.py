"""Identifiers: prefixed, opaque to clients, and either sortable by time or derived from a request.

A derived id makes the create condition the idempotency: the same client, operation and key always name
the same record, so a second delivery meets the first one's row.
"""

import hashlib
import json
import os
from typing import Any

from ulid import ULID

from bank import clock

_entropy = os.urandom


def new(prefix: str) -> str:
    """A fresh id that sorts by its time of creation (ULID): `pay_01JD...`."""
    millis = int(clock.now().timestamp() * 1000)
    return f"{prefix}_{ULID.from_bytes(millis.to_bytes(6, 'big') + _entropy(10))}"


def derived(prefix: str, *parts: str) -> str:
    """The id that these parts always give (SHA-256, its first 128 bits)."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return f"{prefix}_{ULID.from_bytes(digest[:16])}"


def digest(content: Any) -> str:
    """SHA-256 of `content` as canonical JSON, in hex: equal content, equal digest."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def shard(key: str, count: int) -> int:
    """Return the shard of `count` that `key` falls in; stable across processes, unlike `hash`."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % count
