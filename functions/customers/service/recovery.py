"""Another phone for a customer whose number is gone: lost, or given to another person meanwhile.

A code to it proves nothing then. It takes something that they know (the password, the verified id number) and
something that they hold (a device that they have used for a while, the authenticator), and the new phone's
code. Whoever guesses hears one answer, and guesses are counted by the number that is named.
"""

from bank import errors, store
from bank.access.principal import Principal
from bank.credentials import lockout
from bank.credentials.lockout import Locked
from bank.store import Transaction
from customers.domain import proofs
from customers.domain.purposes import Purpose
from customers.service import codes, devices, factors, issuance, login, numbers, people
from customers.service.codes import Target
from customers.service.factors import FactorInvalid, PresentedCredentials, Proof
from customers.service.people import Person
from customers.tables import FailuresRow, PhoneRow


def recover(
    *,
    channel: Principal,
    former_phone: str,
    phone: str,
    code: str,
    reference: str | None,
    credentials: PresentedCredentials,
    device_token: str | None,
) -> None:
    """Give a customer another phone; all sessions end, and the limits are lowered.

    Raises CodeInvalid, CustomerExists, FactorInvalid, Invalid.
    """
    former_key, normal = people.phone_key(channel, people.normal(former_phone)), people.normal(phone)
    key = people.phone_key(channel, normal)
    if key == former_key:
        message = "is the former one: log in with it, or reset the password"
        raise errors.Invalid(f"the phone {message}", errors=[{"field": "phone", "message": message}])
    sent = codes.verify(Target(Purpose.RECOVER_PHONE, key), code, reference=reference)
    guessing = f"recovering#{former_key}"
    _count(guessing, former_key)
    person, proof = _proven(channel, former_key, credentials, device_token)

    def attempt() -> None:
        transaction = Transaction()
        numbers.move(transaction, person.customer, key, normal)
        codes.use(transaction, sent)
        proof.spend(transaction)
        lockout.forgive(transaction, FailuresRow, guessing)
        transaction.commit()

    store.retry_on_conflict(attempt)
    issuance.log_out_everywhere(customer_id=person.customer_id)


def _count(guessing: str, former_key: str) -> None:
    try:
        lockout.take(FailuresRow, guessing, subject=former_key)
    except Locked as locked:
        raise FactorInvalid("not right, or tried too often", retry_after=locked.retry_after) from None


def _proven(
    channel: Principal, former_key: str, credentials: PresentedCredentials, device_token: str | None
) -> tuple[Person, Proof]:
    """Find whoever is proven of those who have or had the number. Raises FactorInvalid."""
    row = store.get(PhoneRow, former_key)
    found: tuple[Person, Proof] | None = None
    # Both are looked at, whatever came of the one before.
    for customer_id in (row.customer_id if row else None, row.former_id if row else None):
        tried = _tried(channel, customer_id, former_key, credentials, device_token)
        found = found or tried
    if found is None:
        raise FactorInvalid("not right, or tried too often")
    return found


def _tried(
    channel: Principal,
    customer_id: str | None,
    former_key: str,
    credentials: PresentedCredentials,
    device_token: str | None,
) -> tuple[Person, Proof] | None:
    person, device = login.read_customer(customer_id, device_token)
    if person is None or person.customer.phone_key != former_key:
        login.prove_nobody(credentials)
        return None
    try:
        proof = factors.prove(person, credentials, counted=True)
    except FactorInvalid:
        return None
    known = devices.is_known(device, device_token, channel.client_id)
    trusted = known and device is not None and not device.is_new
    shown = {*proof.methods, *([proofs.DEVICE] * trusted)}
    return (person, proof) if proofs.enough_without_phone(factors.has(person), shown) else None
