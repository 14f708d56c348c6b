"""Proofs of who logs in: password and code.

Each try counts before it is judged (`bank.credentials.lockout`).
"""

from bank import store, vault
from bank.credentials import lockout, passwords, totp
from bank.credentials.lockout import Locked
from staff.tables import ACTIVE, INVITED, SUSPENDED, LoginNameRow, MemberRow


def tried(login: str) -> MemberRow | None:
    """Return the member with this login name or id, a try counted; None for nobody, or while locked."""
    staff_id = login if login.startswith("stf_") else _id_of(login)

    def read() -> MemberRow:
        row = store.get(MemberRow, staff_id) if staff_id else None
        if row is None:
            raise Locked
        return row

    try:
        return lockout.take_try((MemberRow, staff_id or "-"), read)
    except Locked:
        return None


def _id_of(login_name: str) -> str | None:
    found = store.get(LoginNameRow, login_name.lower())
    return found.staff_id if found else None


def proven(row: MemberRow | None, password: str, code: str) -> tuple[bool, int | None]:
    """Verify password and code, each whatever the other is; the code's step if it is right."""
    if row is None or row.status == SUSPENDED:
        return passwords.matches(password, []), None
    hashed, sealed = row.password_hash, row.totp_secret
    if row.status == INVITED:
        hashed, sealed = row.pending_hash, row.pending_totp
    matches = passwords.matches(passwords.normalized(password), [hashed] if hashed else [])
    return matches, _step(row, sealed, code)


def step(row: MemberRow | None, code: str) -> int | None:
    """Return the step whose code an active member shows, if it is right and not taken."""
    return _step(row, row.totp_secret, code) if row and row.status == ACTIVE else None


def _step(row: MemberRow, sealed: bytes | None, code: str) -> int | None:
    if sealed is None:
        return None
    secret = vault.unseal(sealed, context=sealing_context(row.staff_id))
    return totp.step(secret, code, after=int(row.totp_step))


def is_initial(row: MemberRow, password: str) -> bool:
    """Return whether it is the initial password, which opens nothing but enrolment."""
    return bool(row.initial_hash) and passwords.matches(password, [row.initial_hash or ""])


def sealing_context(staff_id: str) -> dict[str, str]:
    """Return the context that an authenticator's secret is sealed for, pending or not."""
    return {"record": staff_id, "field": "totp_secret"}
