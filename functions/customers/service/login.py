"""Logging in: by password or by a code, with a thing of another kind where the device is new, and always with
the authenticator where one is enrolled (`customers.domain.proofs`). A new device lowers the limits.

Whoever guesses hears one answer whatever is wrong, after the same work: an unknown phone has its failures
counted, and a password compared, like a known one. A known device is counted apart: strangers do not lock it
out.
"""

from bank import errors, store, vault
from bank.access.principal import Principal
from bank.control import trail
from bank.control.audit import Actor
from bank.credentials import passwords
from bank.credentials.lockout import Attempt, TryRefused
from bank.store import Transaction
from customers import tables
from customers.domain import proofs
from customers.domain.notices import Notice
from customers.domain.passwords import LONGEST
from customers.domain.purposes import Purpose
from customers.service import (
    codes,
    devices,
    factors,
    guard,
    guesses,
    identity,
    issuance,
    notices,
    people,
    presence,
)
from customers.service.codes import CodeInvalid, Target
from customers.service.factors import FactorInvalid, PresentedCredentials, Proof
from customers.service.guard import Reason
from customers.service.issuance import IssuedSession
from customers.service.people import CustomerNotFound, Person
from customers.tables import ACTIVE, CodeRow, DeviceRow, FailuresRow, PhoneRow

NOBODY = "cus_none"
FAILED = "something is wrong, or was tried too often"


class LoginFailed(errors.Unauthorized):
    """401: something is wrong, or was tried too often. It is not said what."""

    code, title = "login_failed", "Login failed"


class SecondFactorNeeded(errors.Unauthorized):
    """401: right so far, and not enough: `factors` says what to send besides, all of it."""

    code, title = "second_factor_needed", "Second factor needed"


def log_in(
    *,
    channel: Principal,
    phone: str,
    code: str | None,
    reference: str | None,
    credentials: PresentedCredentials,
    device_token: str | None,
    device_name: str | None,
    origin: Actor,
) -> IssuedSession:
    """Let a customer in. Raises LoginFailed, SecondFactorNeeded, Invalid."""
    normal, credentials = people.normal(phone), credentials.of_a_stranger()
    key = people.phone_key(channel, normal)
    try:
        person, device = read(normal, key, device_token)
        if not devices.is_known(device, device_token, channel.client_id):
            device = None
        attempt = guesses.begin(key, credentials, device=device, by_code=code is not None)
        target = Target(Purpose.LOGIN, key)
        sent = codes.verify(target, code, reference=reference) if code is not None else None
        with guesses.judged(attempt, by_code=sent is not None):
            proof = _prove(person, credentials)
        assert person is not None, "nothing is proven of nobody"
        shown = _require_enough(person, proof, by_code=sent is not None, known=device is not None)
        return store.retry_on_conflict(
            lambda: _let_in(channel, person, proof, sent, device, device_name, attempt, origin, shown)
        )
    except TryRefused as refused:
        raise LoginFailed(FAILED, retry_after=refused.retry_after) from None
    except (FactorInvalid, CodeInvalid, CustomerNotFound):
        raise LoginFailed(FAILED) from None


def read(phone: str, key: str, device_token: str | None) -> tuple[Person | None, DeviceRow | None]:
    """Read the customer of the phone, and the named device, who is tried from now on.

    Two round trips, also where nobody has it.
    """
    people.tell_who_is_tried(phone)
    row = store.get(PhoneRow, key)
    person, device = read_customer(row.customer_id if row else None, device_token)
    if person is not None and not people.has_number(person.customer, key):
        people.tell_who_is_tried(phone)
        return None, None
    return (person, device) if person and people.is_active(person.customer) else (None, None)


def read_customer(
    customer_id: str | None, device_token: str | None
) -> tuple[Person | None, DeviceRow | None]:
    """Read a customer, with or without a phone, and the named device. One round trip, also of nobody.

    In the audit trail it is they who are tried, whether or not they may be let in.
    """
    customer_id = customer_id or NOBODY
    customer, credentials, device = store.get_many(
        [
            tables.profile_key(customer_id),
            tables.credentials_key(customer_id),
            tables.device_key(customer_id, devices.id_of(device_token)),
        ]
    )
    if customer is not None:
        trail.about(customer.customer_id, customer.ownership)
    if customer is None or credentials is None or customer.status != ACTIVE:
        return None, None
    person = Person(customer, credentials)
    return person, device if device is not None and devices.counts(customer, device) else None


def _prove(person: Person | None, credentials: PresentedCredentials) -> Proof:
    """As `factors.prove`; of nobody, all is compared all the same. Raises FactorInvalid."""
    if person is None:
        raise nobody_proven(credentials)
    return factors.prove(person, credentials, counted=True)


def nobody_proven(credentials: PresentedCredentials) -> FactorInvalid:
    """Take the time that comparing takes; the refusal."""
    if credentials.password is not None:
        passwords.matches(credentials.password[:LONGEST], [])
    if credentials.totp is not None:
        vault.unseal_evenly(None, context={})
    if credentials.id_number is not None:
        identity.is_of(None, credentials.id_number)
    return FactorInvalid.of(right=(), wrong=credentials.given)


def _require_enough(person: Person, proof: Proof, *, by_code: bool, known: bool) -> set[str]:
    """Return what was shown, where it lets the customer in. Raises FactorInvalid, SecondFactorNeeded."""
    if not by_code and proofs.PASSWORD not in proof.methods:
        raise FactorInvalid
    shown = {*proof.methods, *([proofs.CODE] * by_code), *([proofs.DEVICE] * known)}
    lacking = proofs.lacking_to_log_in(
        factors.has(person), shown, number_in_use=lambda: presence.number_in_use(person)
    )
    if lacking:
        raise SecondFactorNeeded(f"right so far: {' and '.join(lacking)} is needed besides", factors=lacking)
    return shown


def _let_in(
    channel: Principal,
    person: Person,
    proof: Proof,
    sent: CodeRow | None,
    device: DeviceRow | None,
    device_name: str | None,
    attempt: Attempt[FailuresRow] | None,
    origin: Actor,
    shown: set[str],
) -> IssuedSession:
    transaction = Transaction()
    proof.spend(transaction)
    if attempt is not None:
        attempt.succeed(transaction)
    if sent is not None:
        codes.use(transaction, sent)
    if device is not None:
        known = devices.still_counts(device.device_id, device.bound_at)
        people.require_active(transaction, person.customer_id, known)
        entrance = devices.enter(transaction, device)
    else:
        guard.lower(transaction, person.customer, Reason.NEW_DEVICE)
        entrance = devices.bind(
            transaction, customer_id=person.customer_id, client_id=channel.client_id, name=device_name
        )
        notices.add(transaction, person.customer, Notice.NEW_DEVICE, device=entrance.row)
    session, refresh_token = issuance.prepare(
        transaction,
        channel=channel,
        entrance=entrance,
        customer=person.customer,
        origin=origin,
        action="customers.logged_in",
        shown=shown,
    )
    transaction.commit()
    return issuance.issued(channel, session, refresh_token, entrance)
