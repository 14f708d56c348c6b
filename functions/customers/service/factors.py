"""Second factors: an authenticator's codes, each step taken once, and recovery codes in its place.

Tries are counted before anything is compared (bank.credentials.lockout), in a session those of the session
alone: the fifth wrong one in a row ends it. So a stolen one is no way to guess six digits, nor to lock its
owner's other sessions.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import errors, vault
from bank.access.sessions import SessionEnded
from bank.control import trail
from bank.credentials import lockout, passwords, totp
from bank.credentials.lockout import Locked
from bank.store import Item, Transaction
from customers import tables
from customers.domain import proofs
from customers.service import identity
from customers.service.people import SESSION_ENDED, Person, sealed_as
from customers.tables import CredentialsRow, FailuresRow


class FactorInvalid(errors.Forbidden):
    """403: a password, an authenticator's or recovery code or an id number is wrong, or tried too often."""

    code, title = "factor_invalid", "Factor invalid"
    # Names of what was given, for counting, never for an answer.
    right: Collection[str] = ()
    wrong: Collection[str] = ()

    @classmethod
    def of(cls, *, right: Collection[str], wrong: Collection[str]) -> "FactorInvalid":
        """A refusal that knows what was wrong, for who counts the try."""
        refusal = cls("not right, or tried too often")
        refusal.right, refusal.wrong = right, wrong
        return refusal


class TotpNeeded(errors.Forbidden):
    """403: the customer has an authenticator: send its code too."""

    code, title = "totp_needed", "TOTP needed"


@dataclass(frozen=True)
class PresentedCredentials:
    """Credentials as presented, not verified."""

    password: str | None = None
    totp: str | None = None
    recovery_code: str | None = None
    id_number: str | None = None

    @property
    def given(self) -> frozenset[str]:
        """Their names in `proofs`."""
        return frozenset(name for name, value in vars(self).items() if value is not None)

    def of_a_stranger(self) -> "PresentedCredentials":
        """Return them as they are looked at outside a session: beside a password no id number is."""
        return self if self.password is None else replace(self, id_number=None)


class Proof:
    """Verified credentials: their writes, for the transaction that they serve.

    `counted`: whether the try was counted elsewhere, where its failures are forgiven too.
    """

    def __init__(self, person: Person, *, counted: bool = False) -> None:
        self._person, self._counted = person, counted
        # What showing it uses up: a step of the authenticator, a recovery code.
        self.actions: list[Action] = []
        # Whoever changed the password or the authenticator meanwhile has ended what was proven with the old.
        self.conditions: Condition = CredentialsRow.customer_id.exists()
        self.methods: list[str] = []

    def add(self, method: str, action: Action | None, condition: Condition) -> None:
        """One more thing is proven, and stays so while `condition` holds."""
        self.methods.append(method)
        self.add_condition(condition)
        if action is not None:
            self.actions.append(action)

    def add_condition(self, condition: Condition) -> None:
        """It stays proven only while this holds too."""
        self.conditions &= condition

    def spend(self, transaction: Transaction, *more: Action) -> None:
        """Add it to the transaction, with `more` changes of the credentials, and forgive the failures."""
        self._write(transaction, [*self.actions, *more])

    def replace(self, transaction: Transaction, changes: Sequence[Action]) -> None:
        """As `spend`, where `changes` take away what showing it would use up."""
        self._write(transaction, changes)

    def _write(self, transaction: Transaction, actions: Sequence[Action]) -> None:
        key = tables.credentials_key(self._person.customer_id)
        if actions:
            transaction.update(key, actions, self.conditions, changed)
        else:
            transaction.check(key, self.conditions, changed)
        if self.methods and not self._counted:
            forgive(transaction, self._person)


def prove(person: Person, credentials: PresentedCredentials, *, counted: bool = False) -> Proof:
    """Verify all that is given. Raises FactorInvalid, which does not say what was wrong.

    `counted`: whether the try was counted already.
    """
    proof = Proof(person, counted=counted)
    if credentials == PresentedCredentials():
        return proof
    failures = 0 if counted else count(person)
    # Each is looked at, whatever came of the one before.
    for check, value in (
        (_password, credentials.password),
        (_totp, credentials.totp),
        (_recovery, credentials.recovery_code),
        (_identity, credentials.id_number),
    ):
        if value is not None:
            check(person, proof, value)
    wrong = credentials.given - set(proof.methods)
    if counted and wrong:
        raise FactorInvalid.of(right=proof.methods, wrong=wrong)
    if wrong:
        raise refused(person, failures)
    return proof


def has(person: Person) -> frozenset[str]:
    """Names of what the customer has to prove themselves with, besides the phone and devices."""
    credentials = person.credentials
    kept = {
        proofs.PASSWORD: credentials.password_hash,
        proofs.ID_NUMBER: credentials.identity,
        proofs.TOTP: credentials.totp_sealed,
        proofs.PAYMENT_PASSWORD: credentials.payment_hash,
    }
    return frozenset(name for name, value in kept.items() if value is not None)


def require_totp(person: Person, credentials: PresentedCredentials) -> None:
    """Require the authenticator's code of a customer who has one. Raises TotpNeeded."""
    if (
        person.credentials.totp_sealed is not None
        and credentials.totp is None
        and credentials.recovery_code is None
    ):
        raise TotpNeeded("this customer's authenticator is needed: send totp, or a recovery_code")


def _password(person: Person, proof: Proof, password: str) -> None:
    stored = person.credentials.password_hash
    if passwords.matches(passwords.normalized(password), [stored] if stored else []):
        proof.add(proofs.PASSWORD, None, CredentialsRow.password_hash == stored)


def _totp(person: Person, proof: Proof, given: str) -> None:
    sealed = person.credentials.totp_sealed
    secret = vault.unseal_evenly(sealed, context=sealed_as(person.customer_id, "totp"))
    step = totp.step(secret, given, after=int(person.credentials.totp_step)) if secret is not None else None
    if step is None:
        return
    action, condition = totp.take(CredentialsRow, step)
    proof.add(proofs.TOTP, action, condition & (CredentialsRow.totp_sealed == sealed))


def _recovery(person: Person, proof: Proof, given: str) -> None:
    digest = recovery_digest(given)
    if digest in (person.credentials.recovery or ()):
        unused = CredentialsRow.recovery.contains(digest)
        proof.add(proofs.RECOVERY_CODE, CredentialsRow.recovery.delete({digest}), unused)


def _identity(person: Person, proof: Proof, given: str) -> None:
    if identity.is_of(person.credentials, given):
        proof.add(proofs.ID_NUMBER, None, CredentialsRow.identity == person.credentials.identity)


def recovery_digest(code: str) -> str:
    """As a recovery code is kept; blanks, dashes and case do not matter."""
    plain = "".join(each for each in code.lower() if each.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


# Guessing ---------------------------------------------------------------------------------------


def count(person: Person) -> int:
    """Count a try before anything is compared; failures in a row, if it is one.

    Raises FactorInvalid while guessing is slowed down, SessionEnded where it has ended the session.
    """
    try:
        return lockout.take(FailuresRow, _guessing_of(person))
    except Locked as locked:
        raise refused(person, lockout.FREE, retry_after=locked.retry_after) from None


def refused(person: Person, failures: int, *, retry_after: int = 0) -> errors.BankError:
    """Refusal of a wrong try; the fifth in a row of a session ends that."""
    if person.session and failures >= lockout.FREE:
        trail.end_session(
            subject=person.customer_id,
            session_id=person.session,
            reason="factor_guessed",
            action=SESSION_ENDED,
            ownership=person.customer.ownership,
        )
        return SessionEnded("it was wrong five times: log in again")
    retry_after = retry_after or int(lockout.wait(failures).total_seconds())
    return FactorInvalid("not right, or tried too often", retry_after=retry_after)


def forgive(transaction: Transaction, person: Person) -> None:
    """No failures in a row any more."""
    lockout.forgive(transaction, FailuresRow, _guessing_of(person))


def _guessing_of(person: Person) -> str:
    return f"guessing#{person.customer_id}" + (f"#{person.session}" if person.session else "")


def changed(_: Item | None) -> Exception:
    """For conditions on what was proven: it was used meanwhile, or replaced."""
    return FactorInvalid("used already, or changed meanwhile")
