"""A member of staff's row as the audit trail tells of it, and as the verification compares it."""

from collections.abc import Mapping
from typing import Any

from bank import ids

# The attributes by which somebody is let in, as they are stored, and the phone that initial passwords go to.
CREDENTIALS = ("initial_hash", "pending_hash", "pending_totp", "password_hash", "totp_secret", "phone")


def credentials_digest(item: Mapping[str, Any]) -> str:
    """Digest of the credentials of a row as it is stored: hashes with their salts, and what is sealed."""
    return ids.digest({name: _text(item[name]) for name in CREDENTIALS if name in item})


def grant_shown(grant: Mapping[str, Any]) -> str:
    """A role that somebody has, as entries tell it: for which unit, and until when if it ends."""
    ends = f" until {grant['until']}" if grant.get("until") else ""
    return f"{grant['role_id']} for {grant['unit_id']}{ends}"


def _text(value: Mapping[str, Any]) -> str:
    """The text or the bytes of a stored value."""
    ((_, content),) = value.items()
    return content.hex() if isinstance(content, bytes) else str(content)
