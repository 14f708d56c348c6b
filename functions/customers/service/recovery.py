"""Another phone for a customer whose number is gone: lost, or given to another person meanwhile.

A code to it proves nothing then. It takes something that they know (the password, the verified id number) and
something that they hold (a device that they have used for a while, the authenticator), and the new phone's
code. Whoever guesses hears one answer, and guesses are counted by the number that is named and by source, as
logins are: strangers, who need only a phone of their own, lock nobody out of a recovery.
"""

from dataclasses import dataclass

from bank import errors, store
from bank.access.principal import Principal
from bank.control import trail
from bank.credentials.lockout import Attempt, TryRefused
from bank.store import Transaction
from customers.domain import proofs
from customers.domain.purposes import Purpose
from customers.service import codes, devices, factors, guesses, identity, issuance, login, numbers, people
from customers.service.codes import Target
from customers.service.factors import FactorInvalid, PresentedCredentials, Proof
from customers.service.people import Person
from customers.tables import CodeRow, DeviceRow, FailuresRow, PhoneRow

# Of those who had a number before, the latest are heard: by their ids, so by when they became customers. As
# a number is kept for 90 days, more of them take years; each costs a comparison more.
MOST_FORMER = 5


@dataclass(frozen=True)
class _Candidate:
    """One who has or had the number, or nobody; `device` is theirs, shown, and not new."""

    person: Person | None
    device: DeviceRow | None


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
    """Give a customer another phone; all sessions end, devices but the one shown are forgotten, limits lower.

    Raises CodeInvalid, CustomerExists, FactorInvalid, Invalid.
    """
    former, normal = people.normal(former_phone), people.normal(phone)
    former_key = people.phone_key(channel, former)
    key = people.phone_key(channel, normal)
    if key == former_key:
        message = "is the former one: log in with it, or reset the password"
        raise errors.Invalid(f"the phone {message}", errors=[{"field": "phone", "message": message}])
    people.tell_who_is_tried(former)
    candidates = _candidates(channel, former_key, device_token)
    sent = codes.verify(Target(Purpose.RECOVER_PHONE, key), code, reference=reference)
    try:
        _move(candidates, former_key, key, normal, sent, credentials)
    except TryRefused as refused:
        raise FactorInvalid("not right, or tried too often", retry_after=refused.retry_after) from None


def _move(
    candidates: list[_Candidate],
    former_key: str,
    key: str,
    phone: str,
    sent: CodeRow,
    credentials: PresentedCredentials,
) -> None:
    """Give whoever is proven the phone. Raises TryRefused, CustomerExists."""
    credentials = credentials.of_a_stranger()
    device = next((each.device for each in candidates if each.device), None)
    if device is not None:
        # The device's count bounds guesses at its owner alone.
        candidates = [each if each.device else _Candidate(None, None) for each in candidates]
    attempt = guesses.begin(f"recovering#{former_key}", credentials, device=device)
    assert attempt is not None, "only a code alone is not counted"
    person, proof = _proven(candidates, credentials, attempt)
    trail.about(person.customer_id, person.customer.ownership)
    kept = device.device_id if device else None

    def move() -> None:
        transaction = Transaction()
        numbers.move(transaction, person.customer, key, phone, device=kept)
        codes.use(transaction, sent)
        proof.spend(transaction)
        attempt.succeed(transaction)
        transaction.commit()

    issuance.ending_sessions(move, customer_id=person.customer_id)


def _candidates(channel: Principal, former_key: str, device_token: str | None) -> list[_Candidate]:
    """Read who has and who had the number last: one and one round trip each, as if two where it is fewer."""
    row = store.get(PhoneRow, former_key)
    ids = [row.customer_id, *sorted(row.former_ids or ())[-MOST_FORMER:]] if row else []
    found = []
    for customer_id in [*ids, None, None][: max(2, len(ids))]:
        person, device = login.read_customer(customer_id, device_token)
        if person is None or not people.has_number(person.customer, former_key):
            person = device = None
        known = devices.is_known(device, device_token, channel.client_id)
        found.append(_Candidate(person, device if known and device and not device.is_new else None))
    return found


def _proven(
    candidates: list[_Candidate], credentials: PresentedCredentials, attempt: Attempt[FailuresRow]
) -> tuple[Person, Proof]:
    """Find whoever is proven of them. Raises TryRefused."""
    found: tuple[Person, Proof] | None = None
    guessed = False
    # All are looked at, whatever came of the one before.
    for candidate in candidates:
        try:
            tried = _tried(candidate, credentials)
            found = found or tried
        except FactorInvalid as refused:
            guessed = guessed or proofs.is_guess(refused.right, refused.wrong)
    if found is None:
        attempt.judge(False, guessed)
        raise TryRefused(attempt.retry_after)
    attempt.judge(True)
    return found


def _tried(candidate: _Candidate, credentials: PresentedCredentials) -> tuple[Person, Proof] | None:
    """Return who is proven; None where all credentials are right, and not enough. Raises FactorInvalid."""
    person = candidate.person
    if person is None:
        raise login.nobody_proven(credentials)
    proof = factors.prove(person, credentials, counted=True)
    shown = {*proof.methods, *([proofs.DEVICE] * (candidate.device is not None))}
    shown -= identity.unsettled(person.credentials)
    return (person, proof) if proofs.enough_without_phone(factors.has(person), shown) else None
