"""A lost password: another one for a code, and something that proves who has the phone to be the customer.

The authenticator where one is enrolled; else the verified id number, or a device that the customer has used
for a while. A code alone is enough for who has none of them, once none of their devices is in use any more:
they are told on the devices that they still have to do it there.
"""

from bank.access.principal import Principal
from bank.credentials import passwords
from bank.store import Transaction
from customers.domain import proofs
from customers.domain.notices import Notice
from customers.domain.purposes import Purpose
from customers.service import (
    codes,
    devices,
    factors,
    guard,
    guesses,
    identity,
    issuance,
    login,
    notices,
    people,
    presence,
)
from customers.service.codes import CodeInvalid, Target
from customers.service.factors import PresentedCredentials, Proof
from customers.service.guard import Reason
from customers.service.people import Person
from customers.service.registration import require_password
from customers.service.reproof import ReverificationNeeded
from customers.tables import CredentialsRow


def reset_password(
    *,
    channel: Principal,
    phone: str,
    code: str,
    reference: str | None,
    password: str,
    credentials: PresentedCredentials,
    device_token: str | None,
) -> None:
    """Replace a lost password; all sessions end, devices but a trusted one shown are forgotten, limits lower.

    Raises CodeInvalid, FactorInvalid, TotpNeeded, ReverificationNeeded, WeakPassword, Invalid.
    """
    normal = people.normal(phone)
    require_password(password, phone=normal)
    key = people.phone_key(channel, normal)
    person, device = login.read(normal, key, device_token)
    sent = codes.verify(Target(Purpose.RESET_PASSWORD, key), code, reference=reference)
    if person is None:
        raise CodeInvalid("the code is not right: ask for a new one")
    factors.require_totp(person, credentials)
    proof = factors.prove(person, credentials)
    trusted = device is not None and not device.is_new
    if not trusted or not devices.is_known(device, device_token, channel.client_id):
        device = None
    _require_enough(person, proof, by_device=device is not None)
    proven_by = device.device_id if device else None
    hashed = passwords.hashed(passwords.normalized(password))

    def attempt() -> None:
        transaction = Transaction()
        # Now: a device that came in while the password was hashed is forgotten too.
        others = devices.all_but(proven_by)
        guard.lower(transaction, person.customer, Reason.PASSWORD_RESET, *others)
        notices.add(transaction, person.customer, Notice.PASSWORD_RESET)
        codes.use(transaction, sent)
        proof.spend(transaction, CredentialsRow.password_hash.set(hashed))
        guesses.forgive(transaction, key, device_id=proven_by)
        transaction.commit()

    issuance.ending_sessions(attempt, customer_id=person.customer_id)


def _require_enough(person: Person, proof: Proof, *, by_device: bool) -> None:
    early = identity.unsettled(person.credentials)
    shown = {*proof.methods, *([proofs.DEVICE] * by_device)} - early
    has = factors.has(person) - early
    lacking = proofs.lacking_to_reset(has, shown, quiet=lambda: presence.is_quiet(person))
    if lacking:
        raise ReverificationNeeded("a code alone is not enough here", any_of=lacking)
