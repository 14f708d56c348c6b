"""JSON requests that can be read in one way only.

Parsers differ in which of two members of one name they keep (RFC 8259, section 4): what one of them checked
or signed is then not what another pays. pydantic keeps the last without a word.
"""

import json
from typing import Any

from bank import errors


class _Twice(Exception):
    """Carries the name of the member."""


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its members, in one pass. Raises for the first name that comes again."""
    members: dict[str, Any] = {}
    for name, value in pairs:
        # Looked up, never counted: a body has room for tens of thousands of names.
        if name in members:
            raise _Twice(name)
        members[name] = value
    return members


_DECODER = json.JSONDecoder(object_pairs_hook=unique_members)


def require_unique_members(raw: bytes) -> None:
    """Raise Invalid where a member stands twice in one object, at any depth. `raw` is known to be JSON."""
    try:
        _DECODER.decode(raw.decode())
    except _Twice as twice:
        wrong = {"field": str(twice), "message": "stands twice in its object"}
        raise errors.Invalid(f"the member {twice} stands twice", errors=[wrong]) from None
