"""Customers' changes to their profile, proven again where it matters."""

from dataclasses import replace
from datetime import date
from typing import Any

from pynamodb.expressions.update import Action

from bank import errors, vault
from bank.access.principal import Principal
from bank.credentials import passwords
from bank.store import Transaction
from customers import tables
from customers.domain.notices import Notice
from customers.domain.purposes import Purpose
from customers.service import codes, devices, issuance, notices, numbers, people, reproof
from customers.service.codes import Asker, Target
from customers.service.factors import PresentedCredentials
from customers.service.people import Person
from customers.service.registration import require_password
from customers.tables import ACTIVE, CredentialsRow, CustomerRow, DeviceRow


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
        # They are nobody to who has that phone, whose share it is not to use.
        asker = replace(asker, device="")
    codes.send(Target(purpose, key, person.customer_id), phone=normal, asker=asker)


def change_password(
    *,
    person: Person,
    principal: Principal,
    password: str,
    code: str | None,
    credentials: PresentedCredentials,
) -> None:
    """Another password; all other sessions end. Raises WeakPassword, and as `reproof.to_change`."""
    require_password(password, phone=people.phone_of(person.customer))
    shown = reproof.to_change(person, principal, Purpose.CHANGE_PASSWORD, code, credentials)
    hashed = passwords.hashed(passwords.normalized(password))

    def attempt() -> None:
        transaction = Transaction()
        shown.spend(transaction, CredentialsRow.password_hash.set(hashed))
        people.require_active(transaction, person.customer_id)
        notices.add(transaction, person.customer, Notice.PASSWORD_CHANGED)
        transaction.commit()

    issuance.ending_sessions(attempt, customer_id=person.customer_id, but=principal.session)


def change_phone(
    *,
    person: Person,
    principal: Principal,
    phone: str,
    new_code: str,
    code: str | None,
    credentials: PresentedCredentials,
) -> None:
    """Another phone, which shows a code of its own, as `numbers.move`; all other sessions end.

    Raises Invalid, CustomerExists, CodeInvalid, and as `reproof.to_change`.
    """
    normal = people.normal(phone)
    shown = reproof.to_change(person, principal, Purpose.CHANGE_PHONE, code, credentials)
    key = people.same_realm(person.customer.phone_key, normal)
    of_new = codes.verify(Target(Purpose.NEW_PHONE, key, person.customer_id), new_code)

    device = devices.of_session(principal)

    def attempt() -> None:
        transaction = Transaction()
        numbers.move(transaction, person.customer, key, normal, device=device)
        codes.use(transaction, of_new)
        shown.spend(transaction)
        transaction.commit()

    issuance.ending_sessions(attempt, customer_id=person.customer_id, but=principal.session)


def forget_device(
    *,
    person: Person,
    principal: Principal,
    device_id: str,
    code: str | None,
    credentials: PresentedCredentials,
) -> None:
    """A device is a new one from now on, and its sessions end.

    The session's own too: whoever has stolen one takes away none that its owner comes back by. Raises
    DeviceNotFound, and as `reproof.to_change`.
    """
    shown = reproof.to_change(person, principal, Purpose.FORGET_DEVICE, code, credentials)

    def attempt() -> None:
        transaction = Transaction()
        shown.spend(transaction)
        devices.forget(transaction, person.customer_id, device_id)
        people.require_active(transaction, person.customer_id)
        transaction.commit()

    issuance.ending_sessions(attempt, customer_id=person.customer_id, of_device=device_id)


def list_devices(*, customer_id: str) -> list[DeviceRow]:
    """The customer's known devices, newest first. One query."""
    return devices.list_devices(customer_id)
