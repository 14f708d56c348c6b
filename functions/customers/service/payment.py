"""The payment password: six digits, five tries, exchanged for one-time tokens that are bound to a payment.

Five tries (`customers.service.pins`) are given again with a code from the phone, which whoever
has an unlocked phone has too; so failures add up until the right one is shown, whatever is unlocked between,
and after a hundred (NIST SP 800-63B-4, 3.2.2) another one has to be set.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from bank import errors, store, vault
from bank.access.principal import Principal
from bank.credentials import passwords
from bank.credentials.lockout import MOST
from bank.store import Transaction
from customers.domain import passwords as rules
from customers.domain.notices import Notice
from customers.domain.purposes import Purpose
from customers.service import guard, notices, pins, reproof
from customers.service.factors import PresentedCredentials
from customers.service.guard import Reason
from customers.service.people import Person, phone_of, require_active, sealed_as
from customers.service.reproof import Reproof
from customers.tables import PAYMENT_TRIES, CredentialsRow


class WeakPaymentPassword(errors.Unprocessable):
    """422: the payment password is a run, repeats itself, or is the birthday or part of the phone."""

    code, title = "weak_payment_password", "Weak payment password"


class PaymentPasswordNeeded(errors.Forbidden):
    """403: this needs the payment password."""

    code, title = "payment_password_needed", "Payment password needed"


def set_password(
    *,
    person: Person,
    principal: Principal,
    pin: str,
    code: str,
    current: str | None,
    credentials: PresentedCredentials,
) -> None:
    """Set or replace it, with a code from the phone and proof. Replaced without the one before, limits lower.

    Raises WeakPaymentPassword, and as `reproven`.
    """
    wrong = rules.pin_refusal(pin, phone=phone_of(person.customer), birthday=birthday_of(person))
    if wrong:
        raise WeakPaymentPassword(f"the payment password {wrong}")
    hashed = CredentialsRow.payment_hash.set(passwords.hashed(pins.keyed(person.customer_id, pin)))
    anew = [] if current is not None else pins.begun_anew()

    def attempt(shown: Reproof) -> None:
        transaction = Transaction()
        shown.spend(transaction, hashed, *anew)
        if current is None and person.credentials.payment_hash is not None:
            guard.lower(transaction, person.customer, Reason.PAYMENT_PASSWORD_RESET)
            notices.add(transaction, person.customer, Notice.PAYMENT_PASSWORD_RESET)
        else:
            require_active(transaction, person.customer_id)
            notices.add(transaction, person.customer, Notice.PAYMENT_PASSWORD_CHANGED)
        transaction.commit()

    with reproven(person, principal, code, credentials, pin=current) as shown:
        store.retry_on_conflict(lambda: attempt(shown))


def unlock(*, person: Person, principal: Principal, code: str, credentials: PresentedCredentials) -> None:
    """Give five tries again, with a code from the phone, and the authenticator's where there is one.

    Each time they are five more guesses at a million. From a new device it takes more than a code; so it does
    again while the right one was not shown, and the limits are lowered then. Raises PaymentPasswordLocked
    after a hundred failures, and as `reproof.to_unlock`.
    """
    failures = failures_of(person)
    if failures >= MOST:
        raise pins.shut()
    again = failures > PAYMENT_TRIES
    shown = reproof.to_unlock(person, principal, code, credentials, again=again)
    shown.proof.add_condition(pins.failed_less_than(MOST if again else PAYMENT_TRIES + 1))

    def attempt() -> None:
        transaction = Transaction()
        shown.spend(transaction, CredentialsRow.payment_tries_left.set(PAYMENT_TRIES))
        if again:
            guard.lower(transaction, person.customer, Reason.PAYMENT_PASSWORD_UNLOCKED_AGAIN)
            notices.add(transaction, person.customer, Notice.PAYMENT_PASSWORD_UNLOCKED_AGAIN)
        else:
            require_active(transaction, person.customer_id)
            notices.add(transaction, person.customer, Notice.PAYMENT_PASSWORD_UNLOCKED)
        transaction.commit()

    store.retry_on_conflict(attempt)


def failures_of(person: Person) -> int:
    """Wrong payment passwords since the last right one, or since it was set."""
    return int(person.credentials.payment_failures or 0)


def tries_left(person: Person) -> int:
    """Tries at the payment password that are left."""
    return min(int(person.credentials.payment_tries_left), max(0, MOST - failures_of(person)))


@contextmanager
def reproven(
    person: Person,
    principal: Principal,
    code: str,
    credentials: PresentedCredentials,
    *,
    pin: str | None,
    purpose: Purpose = Purpose.PAYMENT_PASSWORD,
) -> Iterator[Reproof]:
    """Verify what it takes to change what the customer pays with, which is done within: see `reproof.to_pay`.

    Raises ReverificationNeeded, TotpNeeded, CodeInvalid, FactorInvalid, PaymentPasswordInvalid,
    PaymentPasswordLocked.
    """
    shown = reproof.to_pay(person, principal, purpose, code, credentials, by_payment_password=pin is not None)
    if pin is None:
        yield shown
        return
    with pins.verified(person, pin) as proof:
        proof.join(shown.proof)
        yield shown


def birthday_of(person: Person) -> date | None:
    """The birthday, where the customer has told it."""
    sealed = person.customer.birthday_sealed
    if sealed is None:
        return None
    return date.fromisoformat(vault.unseal(sealed, context=sealed_as(person.customer_id, "birthday")))
