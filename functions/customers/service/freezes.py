"""The owner's own freeze of a wallet, besides which others may have frozen it; each change with its entry."""

from bank import ledger, store
from bank.access import authority
from bank.access.authority import Authority, Standing, Stops
from bank.control import audit
from bank.control.audit import Actor
from bank.ledger import AccountRow
from bank.ledger.accounts import WrongStatus
from bank.store import Transaction
from customers.service import pins, wallets
from customers.service.people import Person
from customers.service.pins import PinProof

OWNER = Standing(Authority.OWNER)
REASON = "asked for by the owner"


def freeze(*, customer_id: str, currency: str, actor: Actor) -> AccountRow:
    """Refuse debits of the wallet from now on. Raises WalletNotFound, WrongStatus."""

    def attempt() -> AccountRow:
        row = wallets.find(customer_id, currency)
        freezes = authority.stopped(row.frozen_by, OWNER)
        if freezes is None:
            raise WrongStatus("you have frozen this wallet already")
        return _changed(Transaction(), row, freezes, actor, "customers.wallet_frozen")

    return store.retry_on_conflict(attempt)


def unfreeze(*, person: Person, currency: str, pin: str, actor: Actor) -> AccountRow:
    """Lift one's own freeze, with the payment password; those of others stay.

    Raises WalletNotFound, HigherAuthority, WrongStatus, and as `pins.verified`.
    """

    def attempt(proof: PinProof) -> AccountRow:
        row, transaction = wallets.find(person.customer_id, currency), Transaction()
        freezes = authority.resumed(row.frozen_by, OWNER)
        if freezes is None:
            raise WrongStatus("you have not frozen this wallet")
        proof.spend(transaction)
        return _changed(transaction, row, freezes, actor, "customers.wallet_unfrozen")

    with pins.verified(person, pin) as proof:
        return store.retry_on_conflict(lambda: attempt(proof))


def _changed(
    transaction: Transaction, row: AccountRow, freezes: Stops, actor: Actor, action: str
) -> AccountRow:
    before = authority.names(row.frozen_by)
    ledger.accounts.set_freezes(transaction, row, freezes, reason=REASON)
    audit.record(
        transaction,
        actor=actor,
        action=action,
        subject_id=row.account_id,
        ownership=row.ownership,
        before={"frozen_by": before},
        after={"frozen_by": authority.names(row.frozen_by)},
        reason=REASON,
    )
    transaction.commit()
    return row
