"""Issuance to a customer who is logged in: a session, an access token, a refresh token, a device."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bank import clock, store
from bank.access import sessions, tokens
from bank.access.principal import Kind, Principal
from bank.access.sessions import SessionRow
from bank.control import audit, trail
from bank.control.audit import Actor
from bank.credentials import refresh
from bank.store import Transaction
from customers.service import devices, people
from customers.service.devices import DeviceNotFound, Entrance
from customers.service.people import CustomerNotFound, require_active
from customers.tables import CustomerRow

# What every customer may do, with what is theirs.
SCOPES = (
    "accounts:read",
    "entitlements:read",
    "entitlements:write",
    "me:read",
    "me:write",
    "payments:read",
    "payments:write",
    "transfers:read",
    "transfers:write",
)
ABSOLUTE, IDLE = timedelta(days=90), timedelta(days=14)


@dataclass(frozen=True)
class IssuedSession:
    """`device_token` is there once, for a device that is new."""

    customer_id: str
    session_id: str
    access_token: str
    expires_in: int
    refresh_token: str
    device_id: str | None = None
    device_token: str | None = None


def prepare(
    transaction: Transaction,
    *,
    channel: Principal,
    entrance: Entrance,
    customer: CustomerRow,
    origin: Actor,
    action: str,
    shown: Iterable[str],
) -> tuple[SessionRow, str]:
    """A session through this channel, from this device, for the transaction; its first refresh token.

    The entry, by the name of `action`, is the customer's own act, and tells what they have `shown`.
    """
    session = sessions.new(
        kind=Kind.CUSTOMER,
        subject=entrance.row.customer_id,
        client_id=channel.client_id,
        absolute=ABSOLUTE,
        idle=IDLE,
        device_id=entrance.device_id,
    )
    token = refresh.first(session)
    sessions.open_session(transaction, session)
    who = {"subject": customer.customer_id, "kind": Kind.CUSTOMER.value, "session": session.session_id}
    audit.record(
        transaction,
        actor=replace(origin, **who),
        action=action,
        subject_id=customer.customer_id,
        ownership=customer.ownership,
        after={"session_id": session.session_id, "device_id": entrance.device_id, "shown": sorted(shown)},
    )
    return session, token


def issued(
    channel: Principal, session: SessionRow, refresh_token: str, entrance: Entrance | None = None
) -> IssuedSession:
    """Return the tokens of a stored session. One call of KMS."""
    access_token = tokens.issue(
        client_id=channel.client_id,
        scopes=SCOPES,
        subject=session.subject,
        kind=Kind.CUSTOMER,
        session=session.session_id,
        device=session.device_id or "",
        # A channel that has to sign what moves money has to for its customers too.
        signed=channel.signed,
    )
    return IssuedSession(
        customer_id=session.subject,
        session_id=session.session_id,
        access_token=access_token,
        expires_in=int(tokens.LIFETIME.total_seconds()),
        refresh_token=refresh_token,
        device_id=session.device_id,
        device_token=entrance.token if entrance else None,
    )


def renew(*, channel: Principal, refresh_token: str) -> IssuedSession:
    """Another access token, for a refresh token that is used up and replaced.

    One that was used before ends its session, for whoever has it; of a device that is forgotten, none counts.
    Raises RefreshRefused.
    """

    def join(session: SessionRow, transaction: Transaction) -> None:
        if session.kind != Kind.CUSTOMER.value:
            raise refresh.RefreshRefused("this refresh token does not count")
        device_id = session.device_id or ""
        require_active(transaction, session.subject, devices.still_counts(device_id, session.created_at))
        if device_id:
            devices.see(transaction, session.subject, device_id)

    try:
        session, following = refresh.exchange(
            token=refresh_token, client_id=channel.client_id, idle=IDLE, join=join, end=_end
        )
    except (CustomerNotFound, DeviceNotFound):
        raise refresh.RefreshRefused("this refresh token does not count") from None
    return issued(channel, session, following)


def log_out(*, customer_id: str, session_id: str) -> None:
    """End one session."""
    end_session(customer_id=customer_id, session_id=session_id, reason="logged_out")


def end_session(*, customer_id: str, session_id: str, reason: str) -> None:
    """End one session of a customer, in whatever state they are, with its entry."""
    trail.end_session(
        subject=customer_id,
        session_id=session_id,
        reason=reason,
        action=people.SESSION_ENDED,
        ownership=people.ownership_of(customer_id),
    )


def _end(session: SessionRow, reason: str) -> None:
    end_session(customer_id=session.subject, session_id=session.session_id, reason=reason)


def log_out_everywhere(*, customer_id: str, but: str = "") -> int:
    """End all sessions of a customer, but for one that is named; how many they were.

    Changes nobody's: a login of this moment is not hindered by it, only what follows a change of password is.
    """
    return sessions.revoke_all(
        customer_id, reason="logged_out_everywhere", but=lambda session: session.session_id == but
    )


def ending_sessions(
    change: Callable[[], None], *, customer_id: str, but: str = "", of_device: str | None = None
) -> None:
    """Make a change that ends all sessions but one that is named, or those of one device.

    They end before it, too, so that none is left where it breaks off behind the change; what was opened
    meanwhile ends after it.
    """

    def end() -> None:
        if of_device is None:
            log_out_everywhere(customer_id=customer_id, but=but)
        else:
            _end_sessions_of(customer_id, of_device)

    end()
    store.retry_on_conflict(change)
    end()


def _end_sessions_of(customer_id: str, device_id: str) -> None:
    sessions.revoke_all(
        customer_id, reason="device_forgotten", but=lambda session: session.device_id != device_id
    )


def list_sessions(customer_id: str) -> list[SessionRow]:
    """The sessions that still count, newest first. One query."""
    now = clock.instant()
    return [
        session for session in store.query(SessionRow, customer_id, newest_first=True) if session.live(now)
    ]
