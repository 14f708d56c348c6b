"""Pages of lists, and opaque cursors: the sort key after which the next page starts."""

import base64
import re
from collections.abc import Callable, Sequence
from typing import TypeVar, overload

from bank import errors

FoundT = TypeVar("FoundT")

# Forms of places in lists, as patterns: of records in order of their ids, and in order of time.
BY_ID = r"[a-z]+_[A-Za-z0-9_.:\-]+"
BY_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z#[!-~]*"


def page(
    found: Sequence[FoundT], limit: int, place: Callable[[FoundT], str]
) -> tuple[list[FoundT], str | None]:
    """The first `limit` of what was found, and the place to go on after where more of it was."""
    return list(found[:limit]), place(found[limit - 1]) if len(found) > limit else None


@overload
def encode_cursor(key: str) -> str: ...


@overload
def encode_cursor(key: str | None) -> str | None: ...


def encode_cursor(key: str | None) -> str | None:
    """A place in a list, opaque to clients: the sort key after which a next page starts."""
    if key is None:
        return None
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, form: str) -> str:
    """The inverse, for a list whose places have this form. Raises Invalid for what it never gave out."""
    try:
        key = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (ValueError, UnicodeDecodeError):
        key = ""
    # The decoder passes over what it does not know: "!!" would be the place before the first.
    if not re.fullmatch(form, key) or encode_cursor(key) != cursor:
        raise errors.Invalid(
            "unknown cursor", errors=[{"field": "cursor", "message": "was not given out by this API"}]
        )
    return key
