"""Logging in: by password or by a code, with a second thing where the device is new, or an authenticator is
enrolled.

Whoever guesses hears one answer whatever is wrong, after the same work: an unknown phone has its failures
counted, and a password compared, like a known one. A known device is counted apart: strangers do not lock it
out.
"""

from bank import errors, store
from bank.access.principal import Principal
from bank.credentials import passwords
from bank.credentials.lockout import Attempt, TryRefused
from bank.store import Transaction
from customers import tables
from customers.domain.passwords import LONGEST
from customers.domain.purposes import Purpose
from customers.service import codes, devices, factors, guesses, issuance, people
from customers.service.codes import CodeInvalid, Target
from customers.service.factors import FactorInvalid, PresentedCredentials, Proof
from customers.service.issuance import IssuedSession
from customers.service.people import CustomerNotFound, Person
from customers.tables import ACTIVE, CodeRow, CredentialsRow, DeviceRow, FailuresRow, PhoneRow

NOBODY = "cus_none"
FAILED = "something is wrong, or was tried too often"


class LoginFailed(errors.Unauthorized):
    """401: something is wrong, or was tried too often. It is not said what."""

    code, title = "login_failed", "Login failed"


class SecondFactorNeeded(errors.Unauthorized):
    """401: right so far, and not enough: `factors` says what to send besides (`code`, or `totp`)."""

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
) -> IssuedSession:
    """Let a customer in. Raises LoginFailed, SecondFactorNeeded, Invalid."""
    key = people.phone_key(channel, people.normal(phone))
    try:
        person, device = _read(key, device_token)
        if not devices.is_known(device, device_token, channel.client_id):
            device = None
        attempt = guesses.begin(key, credentials, device=device, by_code=code is not None)
        target = Target(Purpose.LOGIN, key)
        sent = codes.verify(target, code, reference=reference) if code is not None else None
        with guesses.judged(attempt, right=sent is not None):
            proof = _prove(person, credentials)
        assert person is not None, "nothing is proven of nobody"
        _require_enough(person, proof, by_code=sent is not None, known=device is not None)
        return _let_in(channel, person, proof, sent, device, device_name, attempt)
    except TryRefused as refused:
        raise LoginFailed(FAILED, retry_after=refused.retry_after) from None
    except (FactorInvalid, CodeInvalid, CustomerNotFound):
        raise LoginFailed(FAILED) from None


def _read(key: str, device_token: str | None) -> tuple[Person | None, DeviceRow | None]:
    """Read the customer of the phone, and the named device. Two round trips, also where nobody has it."""
    phone = store.get(PhoneRow, key)
    customer_id = (phone.customer_id if phone else None) or NOBODY
    customer, credentials, device = store.get_many(
        [
            tables.profile_key(customer_id),
            tables.credentials_key(customer_id),
            tables.device_key(customer_id, devices.id_of(device_token)),
        ]
    )
    if customer is None or credentials is None or customer.status != ACTIVE:
        return None, None
    return Person(customer, credentials), device


def _prove(person: Person | None, credentials: PresentedCredentials) -> Proof:
    """As `factors.prove`; of nobody, the password is compared all the same. Raises FactorInvalid."""
    if person is None:
        passwords.matches((credentials.password or "")[:LONGEST], [])
        raise FactorInvalid
    return factors.prove(person, credentials, counted=True)


def _require_enough(person: Person, proof: Proof, *, by_code: bool, known: bool) -> None:
    if not by_code and "password" not in proof.methods:
        raise FactorInvalid
    enrolled = person.credentials.totp_sealed is not None
    if enrolled and not {"totp", "recovery_code"} & set(proof.methods):
        raise SecondFactorNeeded("the authenticator's code is needed besides", factors=["totp"])
    if not enrolled and not by_code and not known:
        raise SecondFactorNeeded(
            "this device is new: a code from the phone is needed besides", factors=["code"]
        )


def _let_in(
    channel: Principal,
    person: Person,
    proof: Proof,
    sent: CodeRow | None,
    device: DeviceRow | None,
    device_name: str | None,
    attempt: Attempt[FailuresRow] | None,
) -> IssuedSession:
    transaction = Transaction()
    people.require_active(transaction, person.customer_id)
    proof.spend(transaction)
    if attempt is not None:
        attempt.succeed(transaction)
    if sent is not None:
        codes.use(transaction, sent)
    if device is not None:
        entrance = devices.enter(transaction, device)
    else:
        entrance = devices.bind(
            transaction, customer_id=person.customer_id, client_id=channel.client_id, name=device_name
        )
    session, refresh_token = issuance.prepare(transaction, channel=channel, entrance=entrance)
    transaction.commit()
    return issuance.issued(channel, session, refresh_token, entrance)


def reset_password(
    *,
    channel: Principal,
    phone: str,
    code: str,
    reference: str | None,
    password: str,
    credentials: PresentedCredentials,
) -> None:
    """Another password for who has the phone, and its authenticator where one is enrolled; all sessions end.

    Raises CodeInvalid, FactorInvalid, TotpNeeded, WeakPassword, Invalid.
    """
    from customers.service.registration import require_password

    normal = people.normal(phone)
    require_password(password, phone=normal)
    key = people.phone_key(channel, normal)
    sent = codes.verify(Target(Purpose.RESET_PASSWORD, key), code, reference=reference)
    person, _ = _read(key, None)
    if person is None:
        raise CodeInvalid("the code is not right: ask for a new one")
    factors.require_totp(person, credentials)
    proof, transaction = factors.prove(person, credentials), Transaction()
    hashed = passwords.hashed(passwords.normalized(password))
    people.require_active(transaction, person.customer_id)
    codes.use(transaction, sent)
    proof.spend(transaction, CredentialsRow.password_hash.set(hashed))
    guesses.forgive(transaction, key)
    transaction.commit()
    issuance.log_out_everywhere(customer_id=person.customer_id)
