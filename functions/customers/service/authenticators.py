"""Enrolling an authenticator (RFC 6238), with recovery codes for when it is lost, and taking it away.

Customers pay with its codes: enrolling it takes what setting a payment password does.
"""

import secrets

from pynamodb.expressions.update import Action

from bank import errors, store, vault
from bank.access.principal import Principal
from bank.credentials import totp
from bank.store import Transaction
from customers import tables
from customers.domain import proofs
from customers.domain.notices import Notice
from customers.domain.purposes import Purpose
from customers.service import factors, guard, notices, payment, reproof
from customers.service.factors import PresentedCredentials, changed
from customers.service.guard import Reason
from customers.service.people import Person, require_active, sealed_as
from customers.service.reproof import Reproof
from customers.tables import CredentialsRow

RECOVERY_CODES = 10
# 80 bits each: nothing to guess, so that a plain digest is enough.
RECOVERY_BYTES = 10


class TotpState(errors.Conflict):
    """409: an authenticator is enrolled already, or none is."""

    code, title = "totp_state", "TOTP state"


def offer(person: Person) -> tuple[str, str]:
    """A secret for a new authenticator, and its `otpauth:` URI. It counts once it has shown a code."""
    if person.credentials.totp_sealed is not None:
        raise TotpState("an authenticator is enrolled: remove it first")
    secret = totp.new_secret()
    sealed = vault.seal(secret, context=sealed_as(person.customer_id, "totp"))
    transaction = Transaction()
    transaction.update(
        tables.credentials_key(person.customer_id),
        [CredentialsRow.totp_offered.set(sealed)],
        CredentialsRow.customer_id.exists() & CredentialsRow.totp_sealed.does_not_exist(),
        changed,
    )
    require_active(transaction, person.customer_id)
    transaction.commit()
    return secret, totp.uri(secret, name=person.customer_id)


def enrol(
    *,
    person: Person,
    principal: Principal,
    code: str,
    totp_code: str,
    pin: str | None,
    credentials: PresentedCredentials,
) -> list[str]:
    """Enrol the authenticator that was offered, which shows `totp_code`; recovery codes, shown once.

    Raises TotpState, and as `payment.reproven`.
    """
    offered = person.credentials.totp_offered
    if offered is None or person.credentials.totp_sealed is not None:
        raise TotpState("no authenticator is offered")
    with payment.reproven(person, principal, code, credentials, pin=pin, purpose=Purpose.TOTP) as shown:
        return _enrolled(person, shown, offered, totp_code)


def _enrolled(person: Person, shown: Reproof, offered: bytes, totp_code: str) -> list[str]:
    failures = factors.count(person)
    secret = vault.unseal(offered, context=sealed_as(person.customer_id, "totp"))
    step = totp.step(secret, totp_code, after=int(person.credentials.totp_step))
    if step is None:
        raise factors.refused(person, failures)
    action, condition = totp.take(CredentialsRow, step)
    as_offered = (CredentialsRow.totp_offered == offered) & CredentialsRow.totp_sealed.does_not_exist()
    shown.proof.add(proofs.TOTP, action, condition & as_offered)
    recovery, transaction = [_new_recovery_code() for _ in range(RECOVERY_CODES)], Transaction()
    shown.spend(
        transaction,
        CredentialsRow.totp_sealed.set(offered),
        CredentialsRow.totp_offered.remove(),
        CredentialsRow.recovery.set({factors.recovery_digest(each) for each in recovery}),
    )
    require_active(transaction, person.customer_id)
    notices.add(transaction, person.customer, Notice.TOTP_ENROLLED)
    transaction.commit()
    return recovery


def remove(*, person: Person, principal: Principal, code: str, credentials: PresentedCredentials) -> None:
    """Take the authenticator away, which shows a last code (or a recovery code does), and the phone one too.

    The limits are lowered. Raises TotpState, FactorInvalid, CodeInvalid, TotpNeeded.
    """
    if person.credentials.totp_sealed is None:
        raise TotpState("no authenticator is enrolled")
    shown = reproof.to_change(person, principal, Purpose.TOTP, code, credentials)

    def attempt() -> None:
        transaction = Transaction()
        # A recovery code is no longer there to be taken once all of them go.
        shown.replace(transaction, removed())
        guard.lower(transaction, person.customer, Reason.TOTP_REMOVED)
        notices.add(transaction, person.customer, Notice.TOTP_REMOVED)
        transaction.commit()

    store.retry_on_conflict(attempt)


def removed() -> list[Action]:
    """For the write that takes an authenticator away."""
    return [CredentialsRow.totp_sealed.remove(), CredentialsRow.recovery.remove()]


def _new_recovery_code() -> str:
    text = secrets.token_hex(RECOVERY_BYTES)
    return "-".join(text[start : start + 5] for start in range(0, len(text), 5))
