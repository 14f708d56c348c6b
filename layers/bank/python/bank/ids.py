"""Identifiers: prefixed, opaque to clients, and either sortable by time or derived from a request.

A derived id makes the create condition the idempotency: the same client, operation and key always name
the same record, so a second delivery meets the first one's row.
"""

import base64
import hashlib
import json
import os
import re
from typing import Any

from bank import clock

_entropy = os.urandom
# Crockford's letters, in which a ULID is written, beside those of base64.b32encode and of int.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FROM_BASE32 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _LETTERS.encode())
_TO_DIGITS = str.maketrans(_LETTERS, "0123456789ABCDEFGHIJKLMNOPQRSTUV")
_ULID = re.compile(f"[0-7][{_LETTERS}]{{25}}", re.ASCII)


def new(prefix: str) -> str:
    """A fresh id that sorts by its time of creation (ULID): `pay_01JD...`."""
    millis = int(clock.now().timestamp() * 1000)
    return f"{prefix}_{ulid(millis.to_bytes(6, 'big') + _entropy(10))}"


def derived(prefix: str, *parts: str) -> str:
    """The id that these parts always give (SHA-256, its first 128 bits)."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return f"{prefix}_{ulid(digest[:16])}"


def ulid(content: bytes) -> str:
    """Sixteen bytes as a ULID is written: 26 letters and digits, which sort as the bytes do."""
    # 20 bytes are 32 letters without padding; the first six are of the zeros in front.
    return base64.b32encode(bytes(4) + content)[6:].translate(_FROM_BASE32).decode()


def millis_of(written: str) -> int:
    """The milliseconds since 1970 that a ULID begins with. Raises ValueError for what is none."""
    if not _ULID.fullmatch(written):
        raise ValueError(f"not a ULID: {written!r}")
    return int(written[:10].translate(_TO_DIGITS), 32)


def digest(content: Any) -> str:
    """SHA-256 of `content` as canonical JSON, in hex: equal content, equal digest."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def shard(key: str, count: int) -> int:
    """Return the shard of `count` that `key` falls in; stable across processes, unlike `hash`."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % count
