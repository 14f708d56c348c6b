"""Operators' use cases, for when nobody can log in yet or any more."""

import secrets
from dataclasses import asdict

from bank import clock, ids, store, vault
from bank.access.organisation import HEAD_OFFICE
from bank.control import audit
from bank.control.audit import Actor
from bank.control.bootstrap import FIRST_ADMINISTRATOR
from bank.credentials import passwords, totp
from bank.store import Transaction
from staff.domain.roles import ADMINISTRATOR, Grant
from staff.service import changes, members
from staff.service.members import AdministratorExists, LoginNameTaken
from staff.service.proofs import sealing_context
from staff.service.reading import StaffNotFound
from staff.tables import ACTIVE, LoginNameRow, MemberRow

# As many as it takes to enter one more: who proposes it, and two who approve. No login name looks like these.
FIRST = (FIRST_ADMINISTRATOR, "#second-administrator", "#third-administrator")


def bootstrap(*, actor: Actor, login_name: str, display_name: str) -> dict[str, str]:
    """One of the first administrators, with a password and an authenticator's secret that are told once."""
    seat = _free_seat()
    password, secret = secrets.token_urlsafe(members.INITIAL_BYTES), totp.new_secret()
    staff_id, now = ids.new("stf"), clock.instant()
    role = Grant(ids.new("grt"), ADMINISTRATOR, HEAD_OFFICE, now, actor.subject)
    row = MemberRow(
        staff_id=staff_id,
        login_name=login_name,
        display_name=display_name,
        unit_id=HEAD_OFFICE,
        status=ACTIVE,
        grants=[asdict(role)],
        password_hash=passwords.hashed(password),
        totp_secret=vault.seal(secret, context=sealing_context(staff_id)),
        created_at=now,
    )
    transaction = Transaction()
    transaction.create(LoginNameRow(login_name=seat, staff_id=staff_id), lambda _: _all_there())
    taken = LoginNameRow(login_name=login_name, staff_id=staff_id)
    transaction.create(taken, lambda _: LoginNameTaken("somebody has this login name"))
    transaction.create(row)
    audit.record(
        transaction,
        actor=actor,
        action="staff.bootstrapped",
        subject_id=staff_id,
        ownership=row.ownership,
        after=changes.shown(row),
    )
    transaction.commit()
    return {
        "staff_id": staff_id,
        "login_name": login_name,
        "password": password,
        "totp_secret": secret,
        "totp_uri": totp.uri(secret, name=login_name),
    }


def _free_seat() -> str:
    taken = store.get_many([(LoginNameRow, seat) for seat in FIRST])
    for seat, row in zip(FIRST, taken, strict=True):
        if row is None:
            return seat
    raise _all_there()


def _all_there() -> AdministratorExists:
    return AdministratorExists("the first administrators are there: they enter others")


def reset(*, actor: Actor, login_name: str) -> dict[str, str]:
    """A new enrolment secret for somebody; their sessions end."""

    def read() -> MemberRow:
        name = store.get(LoginNameRow, login_name)
        row = store.get(MemberRow, name.staff_id) if name else None
        if row is None:
            raise StaffNotFound("there is no such member of staff")
        return row

    row, initial = members.reset_by_operator(actor=actor, read=read, reason="by an operator")
    return {"staff_id": row.staff_id, "login_name": login_name, "initial_password": initial}
