"""Opaque cursors: the sort key after which the next page of a list starts."""

import base64

from bank import errors


def encode_cursor(key: str) -> str:
    """A place in a list, opaque to clients: the sort key after which the next page starts."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str:
    """The inverse; a cursor that was never given out is the caller's error."""
    try:
        key = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (ValueError, UnicodeDecodeError):
        key = ""
    # The decoder passes over what it does not know: "!!" would be the place before the first.
    if not key or encode_cursor(key) != cursor:
        raise errors.Invalid(
            "unknown cursor", errors=[{"field": "cursor", "message": "was not given out by this API"}]
        )
    return key
