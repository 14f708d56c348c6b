"""The amount below which a payment needs no payment password: down freely, up with the password."""

from dataclasses import replace

from bank import store
from bank.control import audit
from bank.control.audit import Actor
from bank.ledger import AccountRow
from bank.store import Transaction
from customers.service import payment, pins, wallets
from customers.service.people import Person
from customers.service.pins import PinProof


def change(*, person: Person, currency: str, free_limit: int, pin: str | None, actor: Actor) -> AccountRow:
    """Change below which amount a payment needs no payment password: down freely, up with the password.

    Raises WalletNotFound, and as `pins.verified`.
    """

    def attempt(proof: PinProof | None = None) -> AccountRow:
        row = wallets.find(person.customer_id, currency)
        known, transaction = wallets.holder_of(row), Transaction()
        if free_limit > known.free_limit:
            if proof is None:
                raise payment.PaymentPasswordNeeded("raising the limit needs the payment_password")
            proof.spend(transaction)
        metadata = replace(known, free_limit=free_limit).on(row.metadata)
        wallets.replace_metadata(transaction, row, metadata)
        audit.record(
            transaction,
            actor=actor,
            action="customers.free_limit_changed",
            subject_id=row.account_id,
            ownership=row.ownership,
            before={"free_limit": known.free_limit},
            after={"free_limit": free_limit},
        )
        transaction.commit()
        row.metadata = metadata
        return row

    if pin is None:
        return store.retry_on_conflict(attempt)
    with pins.verified(person, pin) as proof:
        return store.retry_on_conflict(lambda: attempt(proof))
