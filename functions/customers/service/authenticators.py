"""Enrolling an authenticator (RFC 6238), with recovery codes for when it is lost, and taking it away."""

import secrets
from typing import Any

from pynamodb.expressions.update import Action

from bank import errors, vault
from bank.credentials import totp
from bank.store import Transaction
from customers import tables
from customers.service import factors
from customers.service.factors import changed
from customers.service.people import Person, require_active, sealed_as
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


def enrol(person: Person, code: str, transaction: Transaction) -> list[str]:
    """Enrol the authenticator that was offered, which shows `code`; recovery codes, shown once.

    Adds to the transaction. Raises FactorInvalid, TotpState.
    """
    offered = person.credentials.totp_offered
    if offered is None or person.credentials.totp_sealed is not None:
        raise TotpState("no authenticator is offered")
    failures = factors.count(person)
    secret = vault.unseal(offered, context=sealed_as(person.customer_id, "totp"))
    step = totp.step(secret, code, after=int(person.credentials.totp_step))
    if step is None:
        raise factors.wrong(person, failures)
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    action, condition = totp.take(CredentialsRow, step)
    actions: list[Any] = [
        action,
        CredentialsRow.totp_sealed.set(offered),
        CredentialsRow.totp_offered.remove(),
        CredentialsRow.recovery.set({factors.recovery_digest(each) for each in codes}),
    ]
    transaction.update(
        tables.credentials_key(person.customer_id),
        actions,
        condition & (CredentialsRow.totp_offered == offered) & CredentialsRow.totp_sealed.does_not_exist(),
        changed,
    )
    factors.forgive(transaction, person)
    return codes


def removed() -> list[Action]:
    """For the write that takes an authenticator away."""
    return [CredentialsRow.totp_sealed.remove(), CredentialsRow.recovery.remove()]


def _new_recovery_code() -> str:
    text = secrets.token_hex(RECOVERY_BYTES)
    return "-".join(text[start : start + 5] for start in range(0, len(text), 5))
