"""Proofs of who logs in: password and code, and the device that they come from.

Each try counts before it is judged (`bank.credentials.lockout`), whether there is such a member or not.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bank import errors, store, vault
from bank.control import audit, trail
from bank.control.audit import Actor
from bank.credentials import lockout, passwords, totp
from bank.credentials.lockout import Attempt, TryRefused
from bank.store import Item, Transaction
from staff.service import devices
from staff.tables import ACTIVE, DeviceRow, LoginNameRow, MemberRow, TriesRow

# What the bank's own console is called in tokens and sessions: staff come through no channel's client.
CONSOLE = "staff-console"
# What a login shows, as its guesses are counted.
COMBINATION = "password+totp"
# Of a session that is not ended by another act's transaction.
SESSION_ENDED = "staff.session_ended"


class LoginRefused(errors.Unauthorized):
    """401: something is wrong or used, was tried too often, or belongs to somebody suspended."""

    code, title = "login_refused", "Login refused"


@dataclass(frozen=True)
class Tried:
    """A try at a member of staff, or at nobody, and the device that it comes from, where it is known."""

    row: MemberRow | None
    attempt: Attempt[TriesRow]
    device: DeviceRow | None = None

    def succeed(self, transaction: Transaction, member: MemberRow) -> str | None:
        """Add to the login what follows for the device: its token, where it was not known."""
        self.attempt.succeed(transaction)
        if self.device is None:
            return devices.bind(transaction, member)
        devices.come_again(transaction, self.device)
        return None


def begin(login: str, device_token: str | None = None) -> Tried:
    """Begin a try at the member with this login name or id. Raises TryRefused."""
    staff_id = login if login.startswith("stf_") else _id_of(login)
    row, device = store.get_many([(MemberRow, staff_id or "-"), devices.key(staff_id or "-", device_token)])
    if not devices.is_known(device, device_token, row):
        device = None
    target = row.staff_id if row else "nobody#" + hashlib.sha256(login.lower().encode()).hexdigest()
    tell_who_is_tried(login, row)
    source = device.device_id if device else None
    return Tried(row, lockout.begin(TriesRow, target, device=source, combination=COMBINATION), device)


def tell_who_is_tried(login: str, row: MemberRow | None) -> None:
    """Say in the audit trail whom a request is about: the member, or of an unknown login its first letter.

    People type passwords where their name belongs, so that it keeps no more.
    """
    if row is None:
        trail.about(trail.nobody(f"{login[:1].lower()}***"))
    else:
        trail.about(row.staff_id, row.ownership)


@contextmanager
def refusing() -> Iterator[None]:
    """Refuse tries with one sentence and the time that their source has to wait. Raises LoginRefused."""
    try:
        yield
    except TryRefused as refused:
        raise LoginRefused(
            "the name, the password or the code is wrong, or was tried too often",
            retry_after=refused.retry_after,
        ) from None


def _id_of(login_name: str) -> str | None:
    found = store.get(LoginNameRow, login_name.lower())
    return found.staff_id if found else None


def proven(row: MemberRow | None, password: str, code: str) -> tuple[bool, int | None]:
    """Verify password and code, each whatever the other is, in one time for all; the code's step if right."""
    if row is None or (row.status != ACTIVE and not row.may_enrol()):
        return passwords.matches(password, []), _step(None, None, code)
    hashed, sealed = row.password_hash, row.totp_secret
    if row.may_enrol():
        hashed, sealed = row.pending_hash, row.pending_totp
    matches = passwords.matches(passwords.normalized(password), [hashed] if hashed else [])
    return matches, _step(row, sealed, code)


def step(row: MemberRow | None, code: str) -> int | None:
    """Return the step whose code an active member shows, if it is right and not taken."""
    return _step(row, row.totp_secret, code) if row and row.status == ACTIVE else None


def _step(row: MemberRow | None, sealed: bytes | None, code: str) -> int | None:
    secret = vault.unseal_evenly(sealed, context=sealing_context(row.staff_id if row else ""))
    return totp.step(secret, code, after=int(row.totp_step)) if row and secret is not None else None


def is_initial(row: MemberRow | None, password: str) -> bool:
    """Return whether it is the enrolment secret, which opens nothing but enrolment; in one time for all."""
    initial = row.initial_hash if row and row.may_enrol() else None
    return passwords.matches(password, [initial] if initial else [])


def sealing_context(staff_id: str) -> dict[str, str]:
    """Return the context that an authenticator's secret is sealed for, pending or not."""
    return {"record": staff_id, "field": "totp_secret"}


def record(
    transaction: Transaction, actor: Actor, action: str, row: MemberRow, credentials: str | None = None
) -> None:
    """Add the audit entry of what was proven to its transaction.

    `credentials` is the digest of what the act found, to be told with what it left.
    """
    session = {"session_id": actor.session, "unit_id": actor.unit} if actor.session else {}
    now = {"credentials": row.credentials_digest} if credentials else {}
    audit.record(
        transaction,
        actor=actor,
        action=action,
        subject_id=row.staff_id,
        ownership=row.ownership,
        before={"credentials": credentials} if credentials else None,
        after=session | now or None,
    )


def overtaken(_: Item | None) -> Exception:
    """For conditions: another login took the step, or the account was changed between."""
    return LoginRefused("the code was used, or the account has changed: try again")
