"""Proof besides the session, for what changes what a customer is known by, or pays with."""

from collections.abc import Sequence
from dataclasses import dataclass

from pynamodb.expressions.update import Action

from bank import errors, store
from bank.access.principal import Principal
from bank.store import Transaction
from customers import tables
from customers.domain import proofs
from customers.domain.purposes import Purpose
from customers.service import codes, devices, factors, identity
from customers.service.codes import Target
from customers.service.factors import PresentedCredentials, Proof
from customers.service.people import Person
from customers.tables import CodeRow, DeviceRow


class ReverificationNeeded(errors.Forbidden):
    """403: this needs more than a session and a code from the phone: one of what `any_of` names."""

    code, title = "reverification_needed", "Reverification needed"


@dataclass(frozen=True)
class Reproof:
    """Proof besides the session: the code that was sent, if one was, and the proof of the rest."""

    sent: CodeRow | None
    proof: Proof

    def spend(self, transaction: Transaction, *changes: Action) -> None:
        """Use it up in the transaction that it serves, with `changes` of the credentials."""
        self._use_code(transaction)
        self.proof.spend(transaction, *changes)

    def replace(self, transaction: Transaction, changes: Sequence[Action]) -> None:
        """As `spend`, where `changes` take away what showing it would use up."""
        self._use_code(transaction)
        self.proof.replace(transaction, changes)

    def _use_code(self, transaction: Transaction) -> None:
        if self.sent is not None:
            codes.use(transaction, self.sent)


def to_change(
    person: Person,
    principal: Principal,
    purpose: Purpose,
    code: str | None,
    credentials: PresentedCredentials,
) -> Reproof:
    """Verify what it takes to change what the customer is known by.

    Raises ReverificationNeeded, TotpNeeded, CodeInvalid, FactorInvalid.
    """
    factors.require_totp(person, credentials)
    has, given = _counting(person, credentials)
    given |= {proofs.CODE} if code is not None else set()
    lacking = proofs.lacking_to_move if purpose is Purpose.CHANGE_PHONE else proofs.lacking_to_change
    _require(lacking(has, given, new_device=lambda: _is_new(principal)))
    return _verified(person, purpose, code, credentials)


def to_pay(
    person: Person,
    principal: Principal,
    purpose: Purpose,
    code: str,
    credentials: PresentedCredentials,
    *,
    by_payment_password: bool = False,
) -> Reproof:
    """Verify what it takes to change what the customer pays with; the payment password is for the caller to.

    Raises ReverificationNeeded, TotpNeeded, CodeInvalid, FactorInvalid.
    """
    factors.require_totp(person, credentials)
    has, given = _counting(person, credentials)
    given |= {proofs.PAYMENT_PASSWORD} if by_payment_password else set()
    lacking = proofs.lacking_to_enrol if purpose is Purpose.TOTP else proofs.lacking_to_pay
    _require(lacking(has, given, new_device=lambda: _is_new(principal)))
    return _verified(person, purpose, code, credentials)


def to_unlock(
    person: Person, principal: Principal, code: str, credentials: PresentedCredentials, *, again: bool
) -> Reproof:
    """Verify what it takes to have more tries at the payment password; `again`: without a right one since.

    Raises ReverificationNeeded, TotpNeeded, CodeInvalid, FactorInvalid.
    """
    factors.require_totp(person, credentials)
    has, given = _counting(person, credentials)
    _require(proofs.lacking_to_unlock(has, given, again=again, new_device=lambda: _is_new(principal)))
    return _verified(person, Purpose.PAYMENT_PASSWORD, code, credentials)


def _counting(person: Person, credentials: PresentedCredentials) -> tuple[set[str], set[str]]:
    """Factors of the customer, and those presented, right or wrong: being counted, that is seen last.

    An identity that was verified just now may be that of a thief who has the session.
    """
    early = identity.unsettled(person.credentials)
    given = {name for name, value in vars(credentials).items() if value is not None}
    return set(factors.has(person)) - early, given - early


def _verified(
    person: Person, purpose: Purpose, code: str | None, credentials: PresentedCredentials
) -> Reproof:
    target = Target(purpose, person.customer.phone_key, person.customer_id)
    sent = codes.verify(target, code) if code is not None else None
    return Reproof(sent, factors.prove(person, credentials))


def _require(lacking: list[str]) -> None:
    if lacking:
        raise ReverificationNeeded("a session and a code are not enough for this", any_of=lacking)


def _is_new(principal: Principal) -> bool:
    """Return whether the session is of a device that is new; one of no device proves as little."""
    device_id = devices.of_session(principal)
    if device_id is None:
        return True
    device = store.get_many([tables.device_key(principal.subject, device_id)])[0]
    return not isinstance(device, DeviceRow) or device.is_new
