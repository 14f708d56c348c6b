"""Sessions of customers and staff: what can be ended at once, whatever tokens are still about.

An access token names its session, and API Gateway keeps the authorizer's answer for minutes. So `bank.http`
reads the session's row on every call of a customer or a member of staff, one consistent read, except where a
route says `session_checked=True` and puts `key` into its own batch read.

A row's key is (subject, session), so that all sessions of one person are one consistent query.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from bank import clock, errors, ids, store
from bank.access.principal import Kind, Principal
from bank.store import Item, Key, Table, Transaction, table_name

# How long a factor that was proven counts for what opens a door, lowers a guard or moves money.
FRESH = timedelta(minutes=10)
# How long after its end a row is still there, to be listed and asked about.
KEPT = timedelta(days=30)
# Sessions of one person that a transaction ends together with its own operations.
MOST_AT_ONCE = 80


class SessionEnded(errors.Unauthorized):
    """401: the session was revoked, has run out, or never was."""

    code, title = "session_ended", "Session ended"


class StepUpNeeded(errors.Unauthorized):
    """401: this needs a factor that was proven minutes ago (RFC 9470): prove one, and ask again."""

    code, title = "insufficient_user_authentication", "Step-up needed"
    challenge = f'Bearer error="{code}", max_age={int(FRESH.total_seconds())}'


class SessionNotFound(errors.NotFound):
    """404: this person has no such session."""

    code, title = "session_not_found", "Session not found"


class SessionRow(Table):
    """One login. Times are instants; `refresh_family` and `refresh_current` are digests.

    `proven_at` is the last time that a factor was proven, since the login itself.
    """

    class Meta:
        table_name = table_name("sessions")

    subject = UnicodeAttribute(hash_key=True)
    session_id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    client_id = UnicodeAttribute()
    unit = UnicodeAttribute(default="")
    device_id = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    proven_at = UnicodeAttribute(null=True)
    # The last instant at all, and the last unless it is refreshed before.
    expires_at = UnicodeAttribute()
    idle_until = UnicodeAttribute()
    refreshed_at = UnicodeAttribute(null=True)
    revoked_at = UnicodeAttribute(null=True)
    revoked_reason = UnicodeAttribute(null=True)
    refresh_family = UnicodeAttribute(null=True)
    refresh_current = UnicodeAttribute(null=True)
    purge_at = NumberAttribute()

    def live(self, now: str | None = None) -> bool:
        """Return whether it still counts at `now`."""
        return not self.revoked_at and (now or clock.instant()) < min(self.expires_at, self.idle_until)

    def fresh(self, now: datetime | None = None) -> bool:
        """Return whether a factor was proven within the last `FRESH`."""
        return (self.proven_at or self.created_at) > clock.instant((now or clock.now()) - FRESH)


def new(
    *,
    kind: Kind,
    subject: str,
    client_id: str,
    absolute: timedelta,
    idle: timedelta,
    unit: str = "",
    device_id: str | None = None,
) -> SessionRow:
    """A session from now on, not stored yet: it ends after `absolute`, or `idle` after its last refresh."""
    now = clock.now()
    return SessionRow(
        subject=subject,
        session_id=ids.new("ses"),
        kind=kind.value,
        client_id=client_id,
        unit=unit,
        device_id=device_id,
        created_at=clock.instant(now),
        expires_at=clock.instant(now + absolute),
        idle_until=clock.instant(now + idle),
        purge_at=int((now + absolute + KEPT).timestamp()),
    )


def open_session(transaction: Transaction, session: SessionRow) -> None:
    """Store it in the transaction that lets its person in."""
    transaction.create(session)


def key(principal: Principal) -> Key:
    """Key of the session of a customer or a member of staff, for a route's own batch read."""
    # DynamoDB takes no empty key: a caller without a session asks for one that nobody has.
    return SessionRow, principal.subject or "-", principal.session or "-"


def key_of(session: SessionRow) -> Key:
    """Key of this session's row."""
    return SessionRow, session.subject, session.session_id


def require_live(row: SessionRow | None, principal: Principal) -> None:
    """Raise `SessionEnded` unless `row`, read by `key`, is the caller's and still counts.

    A channel has no session, so that nothing is asked of it.
    """
    if principal.kind is Kind.CHANNEL:
        return
    theirs = row is not None and (row.kind, row.client_id) == (principal.kind.value, principal.client_id)
    if row is None or not theirs or not row.live():
        raise SessionEnded("this session has ended: log in again")


def check(principal: Principal) -> SessionRow | None:
    """Read the caller's session and require that it counts. One round trip; none, and None, for a channel.

    Raises SessionEnded.
    """
    if principal.kind is Kind.CHANNEL:
        return None
    row: SessionRow | None = store.get_many([key(principal)])[0]
    require_live(row, principal)
    return row


def require_fresh(session: SessionRow | None) -> None:
    """Raise `StepUpNeeded` where a factor was proven too long ago in the session, if there is one."""
    if session is not None and not session.fresh():
        raise StepUpNeeded("this needs a factor that was proven minutes ago: prove one, and ask again")


def prove(transaction: Transaction, principal: Principal) -> None:
    """A factor is proven in the caller's session: it is fresh from now on."""
    transaction.update(
        key(principal), [SessionRow.proven_at.set(clock.instant())], SessionRow.session_id.exists(), _missing
    )


def of(subject: str) -> list[SessionRow]:
    """All sessions of a person that are still kept, newest first."""
    return list(store.query(SessionRow, subject, newest_first=True))


def live_of(subject: str) -> list[SessionRow]:
    """Those that still count."""
    now = clock.instant()
    return [session for session in of(subject) if session.live(now)]


def end(transaction: Transaction, session: SessionRow, *, reason: str) -> None:
    """End it together with what the transaction does. Ending it again changes nothing."""
    actions = [
        SessionRow.revoked_at.set(SessionRow.revoked_at | clock.instant()),
        SessionRow.revoked_reason.set(SessionRow.revoked_reason | reason),
    ]
    transaction.update(key_of(session), actions, SessionRow.session_id.exists(), _missing)


def revoke_all(
    subject: str, *, reason: str = "revoked", but: Callable[[SessionRow], bool] | None = None
) -> int:
    """End every session of a person, those excepted for which `but` says so; how many were ended.

    A login at the same moment may open one more: who must not (a person suspended) ends the sessions in the
    transaction that changes the person's row, on which opening a session depends.
    """
    ended = [session for session in live_of(subject) if not (but and but(session))]
    for start in range(0, len(ended), MOST_AT_ONCE):
        transaction = Transaction()
        for session in ended[start : start + MOST_AT_ONCE]:
            end(transaction, session, reason=reason)
        transaction.commit()
    return len(ended)


def _missing(_: Item | None) -> Exception:
    return SessionNotFound("there is no such session")
