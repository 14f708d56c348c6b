"""Voucher codes: how they are written, and patterns that they are made by. Pure."""

import hashlib
import hmac
import re
from collections.abc import Iterator

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{3,63}")
# Without what looks alike: 0 and O, 1 and I and L, 8 and B, 5 and S, 2 and Z.
LEGIBLE = "34679ACDEFGHJKMNPQRTUVWXY"
PLACE = "#"
# So many codes could there be for each that there is: a guess finds one in a thousand at most.
SPARE = 1_000


def faults(pattern: str, charset: str, codes: int) -> list[dict[str, str]]:
    """Return what is wrong with a pattern for so many codes in all, as `{field, message}`."""
    places = pattern.count(PLACE)
    if len(set(charset)) != len(charset):
        return [{"field": "generate.charset", "message": "names a character twice"}]
    if not CODE.fullmatch(pattern.replace(PLACE, charset[0])):
        return [{"field": "generate.pattern", "message": "makes no codes of letters, digits, _ and -"}]
    if len(charset) ** places < SPARE * codes:
        message = f"could make fewer than {SPARE} times the {codes} codes that there would be"
        return [{"field": "generate.pattern", "message": message}]
    return []


def made(pattern: str, charset: str, count: int, secret: bytes) -> list[str]:
    """Return so many different codes of a pattern, always the same ones of a secret (32 bytes of chance)."""
    chosen, found = _choices(len(charset), secret), dict[str, None]()
    while len(found) < count:
        found["".join(charset[next(chosen)] if each == PLACE else each for each in pattern)] = None
    return list(found)


def _choices(among: int, secret: bytes) -> Iterator[int]:
    """Yield numbers below `among` (256 at most), each as often: bytes past its last multiple are left out."""
    fair, block = 256 - 256 % among, 0
    while True:
        for byte in hmac.digest(secret, block.to_bytes(8, "big"), hashlib.sha256):
            if byte < fair:
                yield byte % among
        block += 1
