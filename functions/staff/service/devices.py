"""Devices that members of staff have logged in from (OWASP's "device cookies").

A login from elsewhere hands out a token, and who shows it later is counted apart: what strangers guess at the
member does not slow this device down. It proves nothing else. It is good for ninety days after the last login
with it, and no longer than the password that it came with.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta

from bank import clock, ids, store
from bank.store import Key, Transaction
from staff.tables import DeviceRow, MemberRow

KEPT = timedelta(days=90)


def key(staff_id: str, token: str | None) -> Key:
    """Key of the device that a token names; of none where it names none."""
    return DeviceRow, f"device#{staff_id}#{(token or '').partition('.')[0][:64]}"


def is_known(row: DeviceRow | None, token: str | None, member: MemberRow | None) -> bool:
    """Return whether the token is this device's, and still good for this member."""
    given = _digest((token or "").partition(".")[2])
    same = hmac.compare_digest(given, row.secret_digest if row else "")
    if row is None or member is None or not same:
        return False
    return row.credentials == _credentials(member) and clock.now().timestamp() < int(row.purge_at)


def come_again(transaction: Transaction, row: DeviceRow) -> None:
    """Add to a login that the device is good for longer."""
    known = DeviceRow.secret_digest == row.secret_digest
    transaction.update((DeviceRow, row.challenge), [DeviceRow.purge_at.set(_purge_at())], known, store.stale)


def bind(transaction: Transaction, member: MemberRow) -> str:
    """Add a new device to the login that comes from it; its token, which cannot be had again."""
    device_id, secret = ids.new("dev"), secrets.token_urlsafe(32)
    row = DeviceRow(
        challenge=key(member.staff_id, device_id)[1],
        secret_digest=_digest(secret),
        credentials=_credentials(member),
        purge_at=_purge_at(),
    )
    transaction.create(row, store.stale)
    return f"{device_id}.{secret}"


def _credentials(member: MemberRow) -> str:
    """A digest that changes with the password."""
    return ids.digest(member.password_hash)


def _purge_at() -> int:
    return int((clock.now() + KEPT).timestamp())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
