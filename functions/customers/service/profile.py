"""Customers' changes to their profile, proven again where it matters."""

from datetime import date
from typing import Any

from pynamodb.expressions.update import Action

from bank import errors, vault
from bank.credentials import passwords
from bank.store import Transaction
from customers import tables
from customers.domain.purposes import Purpose
from customers.service import authenticators, codes, devices, factors, issuance, people
from customers.service.authenticators import TotpState
from customers.service.codes import Asker, Target
from customers.service.factors import PresentedCredentials
from customers.service.people import Person
from customers.service.registration import CustomerExists, require_password
from customers.tables import ACTIVE, CodeRow, CredentialsRow, CustomerRow, DeviceRow


class ReverificationNeeded(errors.Forbidden):
    """403: this needs the password, or a code from the phone, besides the session."""

    code, title = "reverification_needed", "Reverification needed"


def change(*, person: Person, fields: dict[str, Any]) -> CustomerRow:
    """Change `nickname` or `birthday` (a date); None takes it away."""
    actions: list[Action] = []
    if "nickname" in fields:
        actions.append(_set_or_remove(CustomerRow.nickname, fields["nickname"]))
    if "birthday" in fields:
        actions.append(_set_or_remove(CustomerRow.birthday_sealed, _sealed(person, fields["birthday"])))
    if actions:
        transaction = Transaction()
        key = tables.profile_key(person.customer_id)
        transaction.update(key, actions, CustomerRow.status == ACTIVE, people.gone)
        transaction.commit()
    return people.load(person.customer_id).customer


def _set_or_remove(attribute: Any, value: Any) -> Action:
    action: Action = attribute.remove() if value is None else attribute.set(value)
    return action


def _sealed(person: Person, birthday: date | None) -> bytes | None:
    if birthday is None:
        return None
    return vault.seal(birthday.isoformat(), context=people.sealed_as(person.customer_id, "birthday"))


def send_code(*, person: Person, purpose: Purpose, phone: str | None, asker: Asker) -> None:
    """Send a code to the customer's phone, or for `new_phone` to the one given.

    Raises Invalid, TooManyCodes.
    """
    if (purpose is Purpose.NEW_PHONE) != (phone is not None):
        message = "is given with the purpose new_phone, and only then"
        raise errors.Invalid(f"phone {message}", errors=[{"field": "phone", "message": message}])
    if phone is None:
        key, normal = person.customer.phone_key, people.phone_of(person.customer)
    else:
        normal = people.normal(phone)
        key = people.same_realm(person.customer.phone_key, normal)
    codes.send(Target(purpose, key, person.customer_id), phone=normal, asker=asker)


def _verified(
    person: Person, purpose: Purpose, code: str | None, credentials: PresentedCredentials
) -> CodeRow | None:
    """Verify a change's credentials besides the session: password or code, and the authenticator if any.

    Raises ReverificationNeeded, TotpNeeded, CodeInvalid.
    """
    if code is None and credentials.password is None:
        raise ReverificationNeeded("send the password, or a code from the phone")
    factors.require_totp(person, credentials)
    if code is None:
        return None
    return codes.verify(Target(purpose, person.customer.phone_key, person.customer_id), code)


def change_password(
    *, person: Person, password: str, code: str | None, credentials: PresentedCredentials, session_id: str
) -> None:
    """Another password; all other sessions end. Raises WeakPassword, and as `_verified`, FactorInvalid."""
    require_password(password, phone=people.phone_of(person.customer))
    sent = _verified(person, Purpose.CHANGE_PASSWORD, code, credentials)
    proof, transaction = factors.prove(person, credentials), Transaction()
    hashed = passwords.hashed(passwords.normalized(password))
    if sent is not None:
        codes.use(transaction, sent)
    proof.spend(transaction, CredentialsRow.password_hash.set(hashed))
    people.require_active(transaction, person.customer_id)
    transaction.commit()
    issuance.log_out_everywhere(customer_id=person.customer_id, but=session_id)


def change_phone(
    *,
    person: Person,
    phone: str,
    new_code: str,
    code: str | None,
    credentials: PresentedCredentials,
    session_id: str,
) -> None:
    """Another phone, which shows a code of its own; all other sessions end.

    Raises Invalid, CustomerExists, CodeInvalid, FactorInvalid, ReverificationNeeded, TotpNeeded.
    """
    normal = people.normal(phone)
    sent = _verified(person, Purpose.CHANGE_PHONE, code, credentials)
    key = people.same_realm(person.customer.phone_key, normal)
    shown = codes.verify(Target(Purpose.NEW_PHONE, key, person.customer_id), new_code)
    proof, transaction = factors.prove(person, credentials), Transaction()
    exists = CustomerExists("who has this phone is a customer already")
    people.claim_phone(transaction, key, person.customer_id, exists)
    people.release_phone(transaction, person.customer)
    codes.use(transaction, shown)
    if sent is not None:
        codes.use(transaction, sent)
    proof.spend(transaction)
    sealed = vault.seal(normal, context=people.sealed_as(person.customer_id, "phone"))
    transaction.update(
        tables.profile_key(person.customer_id),
        [CustomerRow.phone_key.set(key), CustomerRow.phone_sealed.set(sealed)],
        (CustomerRow.status == ACTIVE) & (CustomerRow.phone_key == person.customer.phone_key),
        people.gone,
    )
    transaction.commit()
    issuance.log_out_everywhere(customer_id=person.customer_id, but=session_id)


def enrol_totp(*, person: Person, totp: str, code: str) -> list[str]:
    """Enrol the authenticator that was offered, with its code and one from the phone; recovery codes.

    Raises TotpState, FactorInvalid, CodeInvalid.
    """
    sent = codes.verify(Target(Purpose.TOTP, person.customer.phone_key, person.customer_id), code)
    transaction = Transaction()
    recovery = authenticators.enrol(person, totp, transaction)
    codes.use(transaction, sent)
    people.require_active(transaction, person.customer_id)
    transaction.commit()
    return recovery


def remove_totp(*, person: Person, code: str, credentials: PresentedCredentials) -> None:
    """Take the authenticator away, which shows a last code (or a recovery code does), and the phone one too.

    Raises TotpState, FactorInvalid, CodeInvalid.
    """
    if person.credentials.totp_sealed is None:
        raise TotpState("no authenticator is enrolled")
    sent = _verified(person, Purpose.TOTP, code, credentials)
    assert sent is not None
    proof, transaction = factors.prove(person, credentials), Transaction()
    codes.use(transaction, sent)
    # A recovery code is no longer there to be taken once all of them go.
    proof.replace(transaction, authenticators.removed())
    people.require_active(transaction, person.customer_id)
    transaction.commit()


def forget_device(*, customer_id: str, device_id: str) -> None:
    """A device is a new one from now on, and its sessions end. Raises DeviceNotFound."""
    transaction = Transaction()
    devices.forget(transaction, customer_id, device_id)
    transaction.commit()
    issuance.end_sessions_of(customer_id, device_id)


def list_devices(*, customer_id: str) -> list[DeviceRow]:
    """The customer's known devices, newest first. One query."""
    return devices.list_devices(customer_id)
