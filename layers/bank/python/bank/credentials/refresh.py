"""Refresh tokens with rotation (RFC 9700, section 4.14.2): each is good once; a second use ends the session.

A token is `<subject>.<session>.<family>.<own>`. The family's secret stays through a session's life, its own
secret changes each time; of both the session's row keeps SHA-256 digests. So a token with the right family
and an old secret of its own has been used before, by its owner or by a thief, which nobody can tell apart:
the session ends for both. A token that never was ends nothing, so that knowing a session's id does not.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bank import clock, errors, store
from bank.access import sessions
from bank.access.sessions import SessionRow
from bank.observability import logger
from bank.store import Item, Transaction

SECRET_BYTES = 32
LONGEST = 512


class RefreshRefused(errors.Unauthorized):
    """401: the refresh token is unknown, used or ended: log in again."""

    code, title = "refresh_refused", "Refresh refused"


class Reused(Exception):
    """The token was good once and has been used."""


@dataclass(frozen=True)
class Presented:
    """A token's parts."""

    subject: str
    session_id: str
    family: str
    own: str


def first(session: SessionRow) -> str:
    """The first token of a session that is not stored yet; sets the digests on it."""
    family, own = _secret(), _secret()
    session.refresh_family, session.refresh_current = _digest(family), _digest(own)
    return f"{session.subject}.{session.session_id}.{family}.{own}"


def exchange(
    *,
    token: str,
    client_id: str,
    idle: timedelta,
    join: Callable[[SessionRow, Transaction], None],
    end: Callable[[SessionRow, str], None],
) -> tuple[SessionRow, str]:
    """Use a token: its session, good for `idle` longer, and the next token.

    `join` sees to what must hold besides (say, that the person is not suspended), and adds to the transaction
    that uses the token. Two uses at once are one too many: `end` ends the session, for the reason that it is
    given, by `trail.end_session`. Raises RefreshRefused.
    """
    presented = _parsed(token)
    session = store.get(SessionRow, presented.subject, presented.session_id)
    if session is None or not _is_family(session, presented, client_id) or not session.live():
        raise RefreshRefused("this refresh token does not count")
    try:
        return session, _rotated(session, presented, idle, join)
    except Reused:
        logger.warning("refresh token used twice", session_id=session.session_id, subject=session.subject)
        end(session, "refresh_reused")
        raise RefreshRefused("this refresh token was used before: its session has ended") from None


def _rotated(
    session: SessionRow,
    presented: Presented,
    idle: timedelta,
    join: Callable[[SessionRow, Transaction], None],
) -> str:
    used, own, now = _digest(presented.own), _secret(), clock.now()
    if not hmac.compare_digest(used, session.refresh_current or ""):
        raise Reused
    actions = [
        SessionRow.refresh_current.set(_digest(own)),
        SessionRow.refreshed_at.set(clock.instant(now)),
        SessionRow.idle_until.set(clock.instant(now + idle)),
    ]
    transaction = Transaction()
    transaction.update(
        sessions.key_of(session),
        actions,
        (SessionRow.refresh_current == used) & SessionRow.revoked_at.does_not_exist(),
        _conflict,
    )
    join(session, transaction)
    transaction.commit()
    return f"{session.subject}.{session.session_id}.{presented.family}.{own}"


def _conflict(item: Item | None) -> Exception:
    """Return the error for a session that changed since it was read: it ended, or the token was used."""
    if item is None or "revoked_at" in item:
        return RefreshRefused("this session has ended")
    return Reused()


def _parsed(token: str) -> Presented:
    parts = token.split(".")
    if len(token) > LONGEST or len(parts) != 4 or not all(parts):
        raise RefreshRefused("this is no refresh token")
    return Presented(*parts)


def _is_family(session: SessionRow, presented: Presented, client_id: str) -> bool:
    right = hmac.compare_digest(_digest(presented.family), session.refresh_family or "")
    return right and session.client_id == client_id


def _secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def _digest(secret: str) -> str:
    """SHA-256 is enough for 256 random bits: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
