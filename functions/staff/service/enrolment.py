"""Enrolment: the one-time secret that a member was sent, for a password and an authenticator of their own."""

from dataclasses import replace

from bank import vault
from bank.access.principal import Kind
from bank.control.audit import Actor
from bank.credentials import passwords, totp
from bank.store import Transaction
from staff.service import proofs
from staff.tables import MemberRow


@proofs.refusing()
def enrol(*, login: str, initial_password: str, new_password: str, origin: Actor) -> tuple[MemberRow, str]:
    """Choose a password and get an authenticator's secret; the first login with both makes them count.

    Uses the enrolment secret up: whoever has lost the answer is invited again. Raises LoginRefused,
    WeakPassword.
    """
    passwords.require_strong(new_password)
    tried = proofs.begin(login)
    row = tried.row
    proven = proofs.is_initial(row, initial_password)
    tried.attempt.judge(proven)
    assert row is not None, "nothing is proven of nobody"
    passwords.require_strong(new_password, known=[row.login_name, *row.display_name.split()])
    secret, before = totp.new_secret(), row.credentials_digest
    row.pending_hash = passwords.hashed(passwords.normalized(new_password))
    row.pending_totp = vault.seal(secret, context=proofs.sealing_context(row.staff_id))
    row.initial_hash = None
    transaction = Transaction()
    transaction.update(
        (MemberRow, row.staff_id),
        [
            MemberRow.pending_hash.set(row.pending_hash),
            MemberRow.pending_totp.set(row.pending_totp),
            MemberRow.initial_hash.remove(),
            MemberRow.version.set(int(row.version) + 1),
        ],
        MemberRow.version == int(row.version),
        proofs.overtaken,
    )
    tried.attempt.succeed(transaction)
    actor = replace(
        origin, subject=row.staff_id, kind=Kind.STAFF.value, client_id=proofs.CONSOLE, unit=row.unit_id
    )
    proofs.record(transaction, actor, "staff.enrolled", row, before)
    transaction.commit()
    return row, secret
