"""The payment password as a proof: a try is taken before it is compared, and the right one gives all back.

Whatever comes of what it was shown for: `verified` is the only way to it. Six digits are few: what is kept is
the argon2id hash of their HMAC under a key of KMS, so that who has the table has nothing to try them against.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import errors, store, vault
from bank.control import audit, trail
from bank.credentials import passwords
from bank.credentials.lockout import MOST
from bank.store import Item, Transaction
from customers import tables
from customers.service.factors import Proof
from customers.service.people import Person
from customers.tables import PAYMENT_TRIES, CredentialsRow


class PaymentPasswordInvalid(errors.Forbidden):
    """403: the payment password is wrong, or none is set."""

    code, title = "payment_password_invalid", "Payment password invalid"


class PaymentPasswordLocked(errors.Forbidden):
    """403: it was wrong five times: unlock it, or set another, with a code; after a hundred set another."""

    code, title = "payment_password_locked", "Payment password locked"


class PinProof:
    """Proof of the payment password; its tries are given back in the transaction that it serves.

    `joined`: whether some transaction has it.
    """

    def __init__(self, customer_id: str, stored: str) -> None:
        self._customer_id, self._stored = customer_id, stored
        self.joined = False

    def join(self, proof: Proof) -> None:
        """Add it to another proof, while the password is still the one that was shown."""
        self.joined = True
        proof.actions += begun_anew()
        proof.add_condition(CredentialsRow.payment_hash == self._stored)

    def spend(self, transaction: Transaction) -> None:
        """Add that to the transaction, while the password is still the one that was shown."""
        self.joined = True
        transaction.update(
            tables.credentials_key(self._customer_id),
            begun_anew(),
            CredentialsRow.payment_hash == self._stored,
            _invalid,
        )


@contextmanager
def verified(person: Person, pin: str) -> Iterator[PinProof]:
    """Take one of five tries, then compare; within, what it was shown for is done.

    The tries are given back with that, and where it needed none, or was refused, by themselves: the right one
    never counts as a failure. Raises PaymentPasswordInvalid, PaymentPasswordLocked.
    """
    stored = store.retry_on_conflict(lambda: _take_try(person))
    if not passwords.matches(keyed(person.customer_id, pin), [stored] if stored else []):
        raise _invalid(None)
    proof = PinProof(person.customer_id, str(stored))
    try:
        yield proof
    except Exception:
        _give_back(proof)
        raise
    if not proof.joined:
        _give_back(proof)


def _give_back(proof: PinProof) -> None:
    """Give the tries back by themselves, unless the password is another by now."""

    def attempt() -> None:
        transaction = Transaction()
        proof.spend(transaction)
        transaction.commit()

    with suppress(PaymentPasswordInvalid):
        store.retry_on_conflict(attempt)


def _take_try(person: Person) -> str | None:
    """Count a try; the hash to compare with. The entry tells how many are left: with 0, it is locked.

    Raises PaymentPasswordLocked, Stale.
    """
    credentials = store.get(CredentialsRow, person.customer_id, tables.CREDENTIALS) or person.credentials
    tries, transaction = int(credentials.payment_tries_left), Transaction()
    left, failures = CredentialsRow.payment_tries_left, CredentialsRow.payment_failures
    counted = [left.set(left - 1), failures.set((failures | 0) + 1)]
    as_read = (left > 0) & (left == tries) & failed_less_than(MOST)
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


def begun_anew() -> list[Action]:
    """For the write that follows the right one, or sets another: no failures any more."""
    return [CredentialsRow.payment_tries_left.set(PAYMENT_TRIES), CredentialsRow.payment_failures.remove()]


def failed_less_than(failures: int) -> Condition:
    """Condition on the credentials: fewer failures since the last right one."""
    counted = CredentialsRow.payment_failures
    condition: Condition = counted.does_not_exist() | (counted < failures)
    return condition


def keyed(customer_id: str, pin: str) -> str:
    """HMAC of a payment password, which is hashed."""
    return vault.fingerprint("payment_password", f"{customer_id} {pin}")


def _invalid(_: Item | None) -> Exception:
    return PaymentPasswordInvalid("the payment password is wrong, or none is set")


def _locked(item: Item | None) -> Exception:
    if item is None:
        return store.Stale()
    if int(item.get("payment_failures", {"N": 0})["N"]) >= MOST:
        return shut()
    if int(item["payment_tries_left"]["N"]) > 0:
        return store.Stale()
    return PaymentPasswordLocked("it was wrong five times: unlock it with a code from the phone")


def shut() -> PaymentPasswordLocked:
    """Refusal after a hundred failures."""
    return PaymentPasswordLocked("it was wrong a hundred times: set another one")
