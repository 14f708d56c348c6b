"""The payment password: six digits, five tries, exchanged for one-time tokens that are bound to a payment.

Six digits are few: what is kept is the argon2id hash of their HMAC under a key of KMS, so that who has the
table has nothing to try them against. Five tries are given again with a code from the phone, which whoever
has an unlocked phone has too; so failures add up until the right one is shown, whatever is unlocked between,
and after a hundred (NIST SP 800-63B-4, 3.2.2) another one has to be set.
"""

from datetime import date

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import errors, store, vault
from bank.access.principal import Principal
from bank.control import audit, trail
from bank.credentials import passwords
from bank.credentials.lockout import MOST
from bank.store import Item, Transaction
from customers import tables
from customers.domain import passwords as rules
from customers.domain.notices import Notice
from customers.domain.purposes import Purpose
from customers.service import guard, notices, reproof
from customers.service.factors import PresentedCredentials, Proof
from customers.service.guard import Reason
from customers.service.people import Person, phone_of, require_active, sealed_as
from customers.service.reproof import Reproof
from customers.tables import PAYMENT_TRIES, CredentialsRow


class WeakPaymentPassword(errors.Unprocessable):
    """422: the payment password is a run, repeats itself, or is the birthday or part of the phone."""

    code, title = "weak_payment_password", "Weak payment password"


class PaymentPasswordInvalid(errors.Forbidden):
    """403: the payment password is wrong, or none is set."""

    code, title = "payment_password_invalid", "Payment password invalid"


class PaymentPasswordLocked(errors.Forbidden):
    """403: it was wrong five times: unlock it, or set another, with a code; after a hundred set another."""

    code, title = "payment_password_locked", "Payment password locked"


class PaymentPasswordNeeded(errors.Forbidden):
    """403: this needs the payment password."""

    code, title = "payment_password_needed", "Payment password needed"


class PinProof:
    """Proof of the payment password; its tries are given back in the transaction that it serves."""

    def __init__(self, customer_id: str, stored: str) -> None:
        self._customer_id, self._stored = customer_id, stored

    def join(self, proof: Proof) -> None:
        """Add it to another proof, while the password is still the one that was shown."""
        proof.add_condition(CredentialsRow.payment_hash == self._stored)

    def spend(self, transaction: Transaction) -> None:
        """Add that to the transaction, while the password is still the one that was shown."""
        transaction.update(
            tables.credentials_key(self._customer_id),
            begun_anew(),
            CredentialsRow.payment_hash == self._stored,
            _invalid,
        )


def verify(person: Person, pin: str) -> PinProof:
    """Take one of five tries, then compare. Raises PaymentPasswordInvalid, PaymentPasswordLocked."""
    stored = store.retry_on_conflict(lambda: _take_try(person))
    if not passwords.matches(_keyed(person.customer_id, pin), [stored] if stored else []):
        raise _invalid(None)
    return PinProof(person.customer_id, str(stored))


def _take_try(person: Person) -> str | None:
    """Count a try; the hash to compare with. The entry tells how many are left: with 0, it is locked.

    Raises PaymentPasswordLocked, Stale.
    """
    credentials = store.get(CredentialsRow, person.customer_id, tables.CREDENTIALS) or person.credentials
    tries, transaction = int(credentials.payment_tries_left), Transaction()
    left, failures = CredentialsRow.payment_tries_left, CredentialsRow.payment_failures
    counted = [left.set(left - 1), failures.set((failures | 0) + 1)]
    as_read = (left > 0) & (left == tries) & _failed_less_than(MOST)
    transaction.update(tables.credentials_key(person.customer_id), counted, as_read, _locked)
    audit.record(
        transaction,
        actor=trail.actor("payment-password"),
        action="customers.payment_password_tried",
        subject_id=person.customer_id,
        ownership=person.customer.ownership,
        after={"tries_left": tries - 1},
    )
    transaction.commit()
    stored: str | None = credentials.payment_hash
    return stored


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
    shown = reproven(person, principal, code, credentials, pin=current)
    hashed = CredentialsRow.payment_hash.set(passwords.hashed(_keyed(person.customer_id, pin)))

    def attempt() -> None:
        transaction = Transaction()
        shown.spend(transaction, hashed, *begun_anew())
        if current is None and person.credentials.payment_hash is not None:
            guard.lower(transaction, person.customer, Reason.PAYMENT_PASSWORD_RESET)
            notices.add(transaction, person.customer, Notice.PAYMENT_PASSWORD_RESET)
        else:
            require_active(transaction, person.customer_id)
            notices.add(transaction, person.customer, Notice.PAYMENT_PASSWORD_CHANGED)
        transaction.commit()

    store.retry_on_conflict(attempt)


def unlock(*, person: Person, principal: Principal, code: str, credentials: PresentedCredentials) -> None:
    """Give five tries again, with a code from the phone, and the authenticator's where there is one.

    Each time they are five more guesses at a million. From a new device it takes more than a code; so it does
    again while the right one was not shown, and the limits are lowered then. Raises PaymentPasswordLocked
    after a hundred failures, and as `reproof.to_unlock`.
    """
    failures = failures_of(person)
    if failures >= MOST:
        raise _shut()
    again = failures > PAYMENT_TRIES
    shown = reproof.to_unlock(person, principal, code, credentials, again=again)
    shown.proof.add_condition(_failed_less_than(MOST if again else PAYMENT_TRIES + 1))

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


def begun_anew() -> list[Action]:
    """For the write that follows the right one, or sets another: no failures any more."""
    return [CredentialsRow.payment_tries_left.set(PAYMENT_TRIES), CredentialsRow.payment_failures.remove()]


def _failed_less_than(failures: int) -> Condition:
    counted = CredentialsRow.payment_failures
    condition: Condition = counted.does_not_exist() | (counted < failures)
    return condition


def reproven(
    person: Person,
    principal: Principal,
    code: str,
    credentials: PresentedCredentials,
    *,
    pin: str | None,
    purpose: Purpose = Purpose.PAYMENT_PASSWORD,
) -> Reproof:
    """Verify what it takes to change what the customer pays with: see `reproof.to_pay`.

    Raises ReverificationNeeded, TotpNeeded, CodeInvalid, FactorInvalid, PaymentPasswordInvalid,
    PaymentPasswordLocked.
    """
    shown = reproof.to_pay(person, principal, purpose, code, credentials, by_payment_password=pin is not None)
    if pin is not None:
        verify(person, pin).join(shown.proof)
    return shown


def birthday_of(person: Person) -> date | None:
    """The birthday, where the customer has told it."""
    sealed = person.customer.birthday_sealed
    if sealed is None:
        return None
    return date.fromisoformat(vault.unseal(sealed, context=sealed_as(person.customer_id, "birthday")))


def _keyed(customer_id: str, pin: str) -> str:
    return vault.fingerprint("payment_password", f"{customer_id} {pin}")


def _invalid(_: Item | None) -> Exception:
    return PaymentPasswordInvalid("the payment password is wrong, or none is set")


def _locked(item: Item | None) -> Exception:
    if item is None:
        return store.Stale()
    if int(item.get("payment_failures", {"N": 0})["N"]) >= MOST:
        return _shut()
    if int(item["payment_tries_left"]["N"]) > 0:
        return store.Stale()
    return PaymentPasswordLocked("it was wrong five times: unlock it with a code from the phone")


def _shut() -> PaymentPasswordLocked:
    return PaymentPasswordLocked("it was wrong a hundred times: set another one")
