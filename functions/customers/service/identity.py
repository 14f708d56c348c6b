"""The id number that kyc has verified, as a keyed hash, which a customer proves themselves by.

kyc tells the hash with the level that it gives (`LevelChanged`); the number itself is never here.
"""

import hmac

from bank import clock, vault
from bank.control import audit
from bank.store import Item, Transaction
from customers import tables
from customers.domain import proofs
from customers.service import people
from customers.settings import settings
from customers.tables import CLOSED, CredentialsRow, CustomerRow


def learn(*, customer_id: str, identity: str) -> bool:
    """Keep the hash of a customer's verified id number: the first one, which kyc lets no other follow.

    False where it is known, or the customer is gone.
    """
    transaction = Transaction()
    audit.record(
        transaction,
        actor=audit.system("customers-on-kyc"),
        action="customers.identity_learned",
        subject_id=customer_id,
        ownership=people.ownership_of(customer_id),
        after={"fields": ["identity"]},
    )
    transaction.check(tables.profile_key(customer_id), CustomerRow.status != CLOSED, _passed_over)
    transaction.update(
        tables.credentials_key(customer_id),
        [CredentialsRow.identity.set(identity), CredentialsRow.identity_at.set(clock.instant())],
        CredentialsRow.customer_id.exists() & CredentialsRow.identity.does_not_exist(),
        _passed_over,
    )
    try:
        transaction.commit()
    except PassedOver:
        return False
    return True


def is_of(credentials: CredentialsRow | None, id_number: str) -> bool:
    """Return whether this is the customer's id number. One call of KMS, also where none is known."""
    given = vault.fingerprint("id_number", id_number.strip().upper())
    known = credentials.identity if credentials else None
    return hmac.compare_digest(given, known or "")


def unsettled(credentials: CredentialsRow) -> frozenset[str]:
    """Return the id number's name in `proofs` where it was verified just now: maybe by a session's thief."""
    if credentials.identity_at and clock.now() - clock.parse(credentials.identity_at) >= settings.lowered:
        return frozenset()
    return frozenset({proofs.ID_NUMBER})


class PassedOver(Exception):
    """The number is known already, or the customer is gone."""


def _passed_over(_: Item | None) -> Exception:
    return PassedOver()
