"""Phone numbers as customers have them: claimed by a newcomer, let go of by who has not been seen for long.

Carriers give numbers that nobody uses to other people. Whoever has such a number now becomes a customer of
their own; whoever had it keeps everything but the number, and is let in by none until they take another one
(customers.service.recovery).
"""

from bank import clock, errors, store, vault
from bank.control import audit, trail
from bank.store import Transaction
from customers import tables
from customers.domain.notices import Notice
from customers.service import devices, guard, notices, people, presence
from customers.service.guard import Reason
from customers.service.people import Person
from customers.tables import CLOSED, CustomerRow, PhoneRow


class CustomerExists(errors.Conflict):
    """409: who has this phone is a customer already. Only who has shown its code hears it."""

    code, title = "customer_exists", "Customer exists"


def claim(transaction: Transaction, key: str, customer_id: str, *, another_person: bool) -> None:
    """Make a phone a newcomer's, while it is nobody's, or has not been in use and they are `another_person`.

    Raises CustomerExists, whose `number_in_use` says whether it could be.
    """
    row = store.get(PhoneRow, key)
    if row is None or row.customer_id is None:
        people.claim_phone(transaction, key, customer_id, _exists(in_use=True))
        return
    former = _had_by(row.customer_id, key)
    in_use = former is None or presence.number_in_use(former)
    if in_use or not another_person:
        raise _exists(in_use=in_use)
    assert former is not None
    _take_from(transaction, former, customer_id)


def move(
    transaction: Transaction, customer: CustomerRow, key: str, phone: str, *, device: str | None
) -> None:
    """Let a customer have another phone (E.164), which has shown its code, and lower their limits.

    All devices are forgotten but `device`, which proved them. Refused: CustomerExists.
    """
    people.claim_phone(transaction, key, customer.customer_id, _exists(in_use=True))
    _let_go(transaction, customer)
    sealed = vault.seal(phone, context=people.sealed_as(customer.customer_id, "phone"))
    guard.lower(
        transaction,
        customer,
        Reason.PHONE_CHANGED,
        CustomerRow.phone_key.set(key),
        CustomerRow.phone_sealed.set(sealed),
        CustomerRow.number_since.set(clock.instant()),
        *devices.all_but(device),
    )
    notices.add(transaction, customer, Notice.PHONE_CHANGED, phone_masked=vault.mask_phone(phone))


def _let_go(transaction: Transaction, customer: CustomerRow) -> None:
    """The number is nobody's, unless it was given to another person already."""
    if customer.phone_sealed is not None:
        people.release_phone(transaction, customer)
        return
    transaction.update(
        (PhoneRow, customer.phone_key),
        [PhoneRow.former_ids.delete({customer.customer_id})],
        PhoneRow.former_ids.contains(customer.customer_id),
        store.stale,
    )


def _had_by(customer_id: str, key: str) -> Person | None:
    keys = [tables.profile_key(customer_id), tables.credentials_key(customer_id)]
    customer, credentials = store.get_many(keys)
    return Person(customer, credentials) if credentials and people.has_number(customer, key) else None


def _take_from(transaction: Transaction, former: Person, customer_id: str) -> None:
    key = former.customer.phone_key
    transaction.update(
        (PhoneRow, key),
        [PhoneRow.customer_id.set(customer_id), PhoneRow.former_ids.add({former.customer_id})],
        PhoneRow.customer_id == former.customer_id,
        lambda _: _exists(in_use=True),
    )
    audit.record(
        transaction,
        actor=trail.actor("numbers"),
        action="customers.phone_released",
        subject_id=former.customer_id,
        ownership=former.customer.ownership,
        after={"phone": None},
        reason="another person has the number",
    )
    # What was sealed is no longer theirs, so that nothing about them is sent to it.
    transaction.update(
        tables.profile_key(former.customer_id),
        [CustomerRow.phone_sealed.remove()],
        (CustomerRow.phone_key == key) & (CustomerRow.status != CLOSED),
        lambda _: _exists(in_use=True),
    )
    notices.add(transaction, former.customer, Notice.PHONE_RELEASED, by_message=False)


def _exists(*, in_use: bool) -> CustomerExists:
    detail = "who has this phone is a customer already: log in"
    return CustomerExists(detail, number_in_use=in_use)
