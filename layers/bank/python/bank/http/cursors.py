"""Cursors: places in lists, sealed for the list, the filters and the caller that they were given out for.

A place is the key of the record that a page ended with, which may be one that the caller may not see. So it
is encrypted, and authenticated together with what it is for (AES-256-GCM-SIV, RFC 8452, by cryptography). The
key is of a day (UTC): what KMS makes of the date, with a key that never leaves it. A cursor begins with its
day and counts on that day and the next: keys rotate by themselves, and yesterday's is still taken.
"""

import base64
import functools
import json
import os
from datetime import UTC, date
from typing import TYPE_CHECKING, NamedTuple

from bank import clock, errors, mac
from bank.access.principal import Principal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

# Bytes before the sealed place: the day, as it is numbered from 1 January of the year 1, and the nonce.
DAY = 3
NONCE = 12


class Purpose(NamedTuple):
    """A cursor's purpose: the request but for its page, and whoever sees what its caller sees."""

    operation: str
    filters: str
    caller: Principal

    def authenticated(self) -> bytes:
        """The purpose in one spelling, for no two purposes the same. Scopes and sessions may change."""
        who = self.caller
        seen_by = [who.kind, who.client_id, who.subject, who.unit, who.bank_wide]
        return json.dumps([self.operation, self.filters, seen_by]).encode()


def seal(place: str, purpose: Purpose) -> str:
    """The cursor of a place. One call of KMS a day in each process."""
    day, nonce = _today(), os.urandom(NONCE)
    sealed = _cipher(day).encrypt(nonce, place.encode(), purpose.authenticated())
    return _text(day.to_bytes(DAY) + nonce + sealed)


def unseal(cursor: str, purpose: Purpose) -> str:
    """The place. Raises Invalid for what was given out for something else, too long ago, or never."""
    place = _opened(cursor, purpose)
    if place is None:
        detail = "was not given out for this list, filters and caller, or too long ago: start without it"
        raise errors.Invalid("unknown cursor", errors=[{"field": "cursor", "message": detail}])
    return place


def _opened(cursor: str, purpose: Purpose) -> str | None:
    # Imported here: most requests go on from nowhere.
    from cryptography.exceptions import InvalidTag

    raw = _bytes(cursor)
    day, nonce, sealed = int.from_bytes(raw[:DAY]), raw[DAY : DAY + NONCE], raw[DAY + NONCE :]
    if not sealed or _today() - day not in (0, 1):
        return None
    try:
        return _cipher(day).decrypt(nonce, sealed, purpose.authenticated()).decode()
    except InvalidTag:
        return None


def _today() -> int:
    return clock.now().astimezone(UTC).toordinal()


@functools.lru_cache(maxsize=2)
def _cipher(day: int) -> "AESGCMSIV":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

    return AESGCMSIV(mac.made(f"cursors of {date.fromordinal(day)}"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """The bytes that a text means; none where it is not just how we would spell them."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
    # The decoder passes over what it does not know, and over bits that are left.
    return raw if _text(raw) == text else b""
