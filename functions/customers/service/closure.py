"""The end of being a customer: what goes at once, and what the law keeps."""

from collections.abc import Sequence

from pynamodb.expressions.update import Action

from bank import clock, retention, store
from bank.store import Item, Transaction
from customers import tables
from customers.domain.purposes import Purpose
from customers.service import authenticators, codes, devices, factors, issuance, people, wallets
from customers.service.codes import Target
from customers.service.factors import PresentedCredentials
from customers.service.people import Person
from customers.tables import ACTIVE, CLOSED, CredentialsRow, CustomerRow


def close(*, person: Person, code: str, credentials: PresentedCredentials) -> None:
    """End being a customer: wallets closed, sessions ended, personal data erased but for what the law keeps.

    Raises CodeInvalid, FactorInvalid, TotpNeeded, WalletsNotEmpty.
    """
    factors.require_totp(person, credentials)
    target = Target(Purpose.CLOSURE, person.customer.phone_key, person.customer_id)
    sent = codes.verify(target, code)
    proof = factors.prove(person, credentials)

    def attempt() -> None:
        customer, transaction = people.load(person.customer_id).customer, Transaction()
        wallets.close_all(transaction, wallets.list_wallets(customer.customer_id))
        people.release_phone(transaction, customer)
        codes.use(transaction, sent)
        proof.replace(transaction, _erased_credentials())
        _erase(transaction, customer)
        for device in devices.list_devices(customer.customer_id)[: devices.MOST_AT_ONCE]:
            devices.forget(transaction, customer.customer_id, device.device_id)
        transaction.commit()

    store.retry_on_conflict(attempt)
    issuance.log_out_everywhere(customer_id=person.customer_id)


def _erased_credentials() -> Sequence[Action]:
    return [
        *authenticators.removed(),
        CredentialsRow.totp_offered.remove(),
        CredentialsRow.password_hash.remove(),
        CredentialsRow.payment_hash.remove(),
        CredentialsRow.identity.remove(),
    ]


def _erase(transaction: Transaction, customer: CustomerRow) -> None:
    now = clock.now()
    until = retention.identity_until(now)
    actions = [
        CustomerRow.status.set(CLOSED),
        CustomerRow.closed_at.set(clock.instant(now)),
        CustomerRow.kept_until.set(until.isoformat()),
        CustomerRow.purge_at.set(retention.purge_at(until)),
        CustomerRow.phone_sealed.remove(),
        CustomerRow.birthday_sealed.remove(),
        CustomerRow.nickname.remove(),
        CustomerRow.devices_since.remove(),
        CustomerRow.device_kept.remove(),
    ]
    unchanged = (CustomerRow.phone_key == customer.phone_key) & (
        CustomerRow.wallet_count == int(customer.wallet_count)
    )
    transaction.update(
        tables.profile_key(customer.customer_id),
        actions,
        (CustomerRow.status == ACTIVE) & unchanged,
        _conflict,
    )


def _conflict(item: Item | None) -> Exception:
    if item is None or item["status"]["S"] != ACTIVE:
        return people.gone(item)
    return store.Stale()
