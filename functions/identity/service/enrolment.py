"""Enrolment: how a client gets its secret, and nobody else does.

A code goes by text message to the phone on file of who looks after the client, which two of the bank have
agreed on. The client sends it once and is told its secret; no member of staff and no entry ever has either.
"""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.update import Action

from bank import clock, ids, messages, vault
from bank.access.principal import Kind, Principal
from bank.control.audit import Actor
from identity.domain.clients import EnrolmentRefused
from identity.service import clients, registry, secret
from identity.tables import ACTIVE, INVITED, ClientRow

CODE_BYTES = 16
CODE_KEPT = timedelta(hours=24)
# How long the secret before still counts after a rotation, unless less is asked for.
OVERLAP = timedelta(hours=24)
# In the customers' language, as are the messages with their codes.
MESSAGE = "【Perkbank】客户端 {client_id} 的登记码 {code}，24小时内有效，仅可使用一次。请勿告诉任何人。"  # noqa: RUF001


def register(
    *,
    principal: Principal,
    actor: Actor,
    name: str,
    scopes: list[str],
    unit_id: str,
    bank_wide: bool,
    signed: bool,
    contact: str,
    reason: str,
) -> ClientRow:
    """Register a client and send its enrolment code to the contact. For the head office."""
    principal.require_head_office()
    client_id, now, code = ids.new("cli"), clock.now(), secrets.token_urlsafe(CODE_BYTES)
    sealed, masked = contact_of(client_id, contact)
    row = ClientRow(
        client_id=client_id,
        name=name,
        scopes=set(scopes),
        unit_id=unit_id,
        bank_wide=bank_wide,
        signed=signed,
        status=INVITED,
        contact=sealed,
        contact_masked=masked,
        version=0,
        created_at=clock.instant(now),
    )
    _coded(row, code, now, overlap_hours=0)
    registry.weigh(row)
    registry.register(row, actor=actor, reason=reason)
    messages.send(contact, MESSAGE.format(client_id=client_id, code=code))
    return row


def send_code(
    *, principal: Principal, actor: Actor, client_id: str, overlap_hours: int, reason: str
) -> ClientRow:
    """Send the contact another code: the first was lost, or the client is to have a new secret.

    The secret of now counts on, and for `overlap_hours` once the code has been used. A code before this one
    counts no longer.
    """
    code = secrets.token_urlsafe(CODE_BYTES)

    def coded(row: ClientRow) -> list[Action]:
        registry.require_state(row, row.status in (ACTIVE, INVITED), f"the client is {row.status}")
        registry.require_state(row, row.contact is not None, "there is no phone on file to send anything to")
        return _coded(row, code, clock.now(), overlap_hours=overlap_hours)

    row = registry.written(principal, actor, client_id, coded, "enrolment_sent", reason)
    phone = vault.unseal(row.contact or b"", context=_context(client_id))
    messages.send(phone, MESSAGE.format(client_id=client_id, code=code))
    return row


def enrol(*, client_id: str, code: str, origin: Actor) -> str:
    """The client's next secret, for its code: told here, once. Raises EnrolmentRefused.

    Of two who send one code at once, one is told a secret. Why nobody is let in is not told, and takes the
    same time whatever it is.
    """
    made, told = secret.new(), dict[str, Any]()
    kept = secret.hashed(made)

    def enrolled(row: ClientRow) -> list[Action]:
        told["enrolled_by"] = row.enrolment_digest
        overlap = timedelta(hours=int(row.enrolment_overlap_hours or 0))
        return given(row, kept, told, contact=row.contact_masked, overlap=overlap)

    actor = replace(origin, subject=client_id, kind=Kind.CHANNEL.value, client_id=client_id)
    registry.rewritten(lambda: _proven(client_id, code), actor, enrolled, "client_enrolled", also=told)
    return made


def _proven(client_id: str, code: str) -> ClientRow:
    """The client that this code is of, now."""
    row = clients.known(client_id)
    proven = secret.matches(code, [row.enrolment_hash] if row and row.enrolment_hash else [])
    timely = row is not None and clock.instant() < (row.enrolment_until or "")
    if row is None or not proven or not timely or row.status not in (ACTIVE, INVITED):
        raise EnrolmentRefused("the client or the code is unknown or used, or its time is over")
    return row


def given(
    row: ClientRow, kept: str, told: dict[str, Any], *, contact: str | None, overlap: timedelta
) -> list[Action]:
    """Give a client a secret, by its hash; the one before, if any, counts for `overlap` longer.

    `contact` is the masked one that was sent the code for it; None where an operator is told it. `told` is
    filled with digests for the entry, by which the verification knows code and secret again.
    """
    now = clock.now()
    row.previous_secret_hash, row.secret_hash, row.status = row.secret_hash, kept, ACTIVE
    row.previous_until, row.rotated_at = clock.instant(now + overlap), clock.instant(now)
    row.secret_contact = contact
    row.enrolment_hash = None
    told |= {"secret_digest": ids.digest(kept), "previous_until": row.previous_until}
    before = row.previous_secret_hash
    return [
        ClientRow.previous_secret_hash.set(before) if before else ClientRow.previous_secret_hash.remove(),
        ClientRow.previous_until.set(row.previous_until),
        ClientRow.secret_hash.set(kept),
        ClientRow.rotated_at.set(row.rotated_at),
        ClientRow.secret_contact.set(contact) if contact else ClientRow.secret_contact.remove(),
        ClientRow.status.set(ACTIVE),
        ClientRow.enrolment_hash.remove(),
        ClientRow.enrolment_until.remove(),
    ]


def contact_of(client_id: str, phone: str) -> tuple[bytes, str]:
    """A client's contact as it is kept: sealed, and masked."""
    return vault.seal(phone, context=_context(client_id)), vault.mask_phone(phone)


def _context(client_id: str) -> dict[str, str]:
    return {"record": client_id, "field": "contact"}


def _coded(row: ClientRow, code: str, now: datetime, *, overlap_hours: int) -> list[Action]:
    row.enrolment_hash, row.enrolment_until = secret.hashed(code), clock.instant(now + CODE_KEPT)
    row.enrolment_overlap_hours = overlap_hours
    return [
        ClientRow.enrolment_hash.set(row.enrolment_hash),
        ClientRow.enrolment_until.set(row.enrolment_until),
        ClientRow.enrolment_overlap_hours.set(overlap_hours),
    ]
