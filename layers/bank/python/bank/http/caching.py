"""Answers that a client may keep (RFC 9111), and need not get again while they are so (RFC 9110, 13.1.2)."""

import hashlib


def headers(body: str, seconds: int) -> dict[str, str]:
    """`Cache-Control` and `ETag` of an answer that anybody may keep for so many seconds.

    The tag is weak: API Gateway compresses what it passes on.
    """
    digest = hashlib.sha256(body.encode()).hexdigest()[:32]
    return {"Cache-Control": f"public, max-age={seconds}", "ETag": f'W/"{digest}"'}


def is_current(etag: str, if_none_match: str) -> bool:
    """Return whether a client that sent this `If-None-Match` has the answer with that tag already."""
    kept = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag.removeprefix("W/") in kept or "*" in kept
