"""The end of being a customer: what goes at once, and what the law keeps."""

from collections.abc import Sequence

from pynamodb.expressions.update import Action

from bank import clock, retention, store
from bank.store import Item, Transaction
from customers import tables
from customers.domain.purposes import Purpose
from customers.service import authenticators, codes, devices, entering, factors, people, wallets
from customers.service.codes import Target
from customers.service.factors import Given
from customers.service.people import Person
from customers.tables import ACTIVE, CLOSED, Credentials, Customer


def close(*, person: Person, code: str, given: Given) -> None:
    """End being a customer: wallets closed, sessions ended, personal data erased but for what the law keeps.

    Raises CodeInvalid, FactorInvalid, TotpNeeded, WalletsNotEmpty.
    """
    factors.require_totp(person, given)
    target = Target(Purpose.CLOSURE, person.customer.phone_key, person.customer_id)
    sent = codes.verify(target, code)
    proof = factors.prove(person, given)

    def attempt() -> None:
        customer, transaction = people.load(person.customer_id).customer, Transaction()
        wallets.close_all(transaction, wallets.of(customer.customer_id))
        people.release_phone(transaction, customer)
        codes.use(transaction, sent)
        proof.replace(transaction, _erased_credentials())
        _erase(transaction, customer)
        for device in devices.known_to(customer.customer_id):
            devices.forget(transaction, customer.customer_id, device.device_id)
        transaction.commit()

    store.until_fresh(attempt)
    entering.log_out_everywhere(customer_id=person.customer_id)


def _erased_credentials() -> Sequence[Action]:
    return [
        *authenticators.removed(),
        Credentials.totp_offered.remove(),
        Credentials.password_hash.remove(),
        Credentials.payment_hash.remove(),
    ]


def _erase(transaction: Transaction, customer: Customer) -> None:
    now = clock.now()
    actions = [
        Customer.status.set(CLOSED),
        Customer.closed_at.set(clock.instant(now)),
        Customer.kept_until.set(retention.identity_until(now).isoformat()),
        Customer.phone_sealed.remove(),
        Customer.birthday_sealed.remove(),
        Customer.nickname.remove(),
    ]
    unchanged = (Customer.phone_key == customer.phone_key) & (
        Customer.wallet_count == int(customer.wallet_count)
    )
    transaction.update(
        tables.profile_key(customer.customer_id), actions, (Customer.status == ACTIVE) & unchanged, _meanwhile
    )


def _meanwhile(item: Item | None) -> Exception:
    if item is None or item["status"]["S"] != ACTIVE:
        return people.gone(item)
    return store.Stale()
