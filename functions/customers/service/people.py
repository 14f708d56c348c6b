"""Reading customers: by id, by phone, and as a caller may see them."""

from dataclasses import dataclass

from pynamodb.expressions.condition import Condition

from bank import errors, phones, store, vault
from bank.access.principal import Ownership, Principal
from bank.control import trail
from bank.observability import logger
from bank.store import Item, Transaction
from customers import tables
from customers.tables import ACTIVE, CredentialsRow, CustomerRow, PhoneRow

# The customers of all the bank's own channels are one: who registered in the app logs in on the H5 page.
BANK = "bank"
# Of a session that is not ended by another act's transaction, whoever ended it.
SESSION_ENDED = "customers.session_ended"


class CustomerNotFound(errors.NotFound):
    """404: no such customer, or not the caller's to see."""

    code = "customer_not_found"


@dataclass(frozen=True)
class Person:
    """A customer with what they prove things with, and the session in which they do, if it is one."""

    customer: CustomerRow
    credentials: CredentialsRow
    session: str = ""

    @property
    def customer_id(self) -> str:
        """Their id."""
        return str(self.customer.customer_id)


def normal(phone: str) -> str:
    """The phone in E.164. Raises Invalid."""
    try:
        return phones.normal(phone)
    except phones.NotAMobile as wrong:
        raise errors.Invalid(
            "the phone is not one that is served", errors=[{"field": "phone", "message": str(wrong)}]
        ) from None


def phone_key(channel: Principal, phone: str) -> str:
    """Return the lookup key of a phone (E.164) among this channel's customers. One call of KMS."""
    realm = BANK if channel.bank_wide else channel.client_id
    return f"{realm}#{vault.fingerprint('phone', phone)}"


def same_realm(key: str, phone: str) -> str:
    """The key of another phone where that of `key` is."""
    return f"{key.rsplit('#', 1)[0]}#{vault.fingerprint('phone', phone)}"


def load(customer_id: str, *, session: str = "") -> Person:
    """A customer who is active. One round trip. Raises CustomerNotFound."""
    keys = [tables.profile_key(customer_id), tables.credentials_key(customer_id)]
    customer, credentials = store.get_many(keys)
    if customer is None or credentials is None or not is_active(customer):
        raise CustomerNotFound("there is no such customer")
    return Person(customer, credentials, session)


def ownership_of(customer_id: str) -> Ownership:
    """Ownership of what is a customer's, in whatever state they are. One round trip."""
    customer = store.get(CustomerRow, customer_id, tables.PROFILE)
    return customer.ownership if customer else Ownership(customer_id=customer_id)


def tell_who_is_tried(phone: str, customer: CustomerRow | None = None) -> None:
    """Say in the audit trail whom a request is about: the customer of a phone (E.164), else its mask."""
    if customer is None:
        trail.about(trail.nobody(vault.mask_phone(phone)))
    else:
        trail.about(customer.customer_id, customer.ownership)


def is_active(customer: CustomerRow) -> bool:
    """Return whether they may log in: neither suspended nor closed, and with a phone that is theirs."""
    return customer.status == ACTIVE and customer.phone_sealed is not None


def phone_of(customer: CustomerRow) -> str:
    """Their phone in E.164, opened."""
    assert customer.phone_sealed is not None, "who is active has one"
    return opened_phone(customer.customer_id, customer.phone_sealed)


def opened_phone(customer_id: str, sealed: bytes) -> str:
    """A customer's phone, sealed for them."""
    return vault.unseal(sealed, context=sealed_as(customer_id, "phone"))


def sealed_as(customer_id: str, field: str) -> dict[str, str]:
    """The context that a customer's field is sealed for."""
    return {"record": customer_id, "field": field}


def claim_phone(transaction: Transaction, key: str, customer_id: str, refused: Exception) -> None:
    """Make a phone a customer's, while it is nobody's. Refused with `refused`."""
    transaction.update(
        (PhoneRow, key),
        [PhoneRow.customer_id.set(customer_id)],
        PhoneRow.customer_id.does_not_exist(),
        lambda _: refused,
    )


def release_phone(transaction: Transaction, customer: CustomerRow) -> None:
    """Let go of a customer's phone: it may be registered again."""
    transaction.update(
        (PhoneRow, customer.phone_key),
        [PhoneRow.customer_id.remove()],
        PhoneRow.customer_id == customer.customer_id,
        store.stale,
    )


def has_number(customer: CustomerRow | None, key: str) -> bool:
    """Return whether a phone's row names its customer truly: the two tables have to agree.

    Who can write to the phones' alone makes no number somebody else's.
    """
    if customer is None or customer.phone_key == key:
        return customer is not None
    logger.warning("a phone's row names who has another number", customer_id=customer.customer_id)
    return False


def require_active(transaction: Transaction, customer_id: str, besides: Condition | None = None) -> None:
    """Let nothing happen unless the customer is active by then, and `besides` holds for their profile."""
    condition = active() & besides if besides is not None else active()
    transaction.check(tables.profile_key(customer_id), condition, gone)


def active() -> Condition:
    """The condition of `is_active`, on the profile."""
    condition: Condition = (CustomerRow.status == ACTIVE) & CustomerRow.phone_sealed.exists()
    return condition


def gone(_: Item | None) -> Exception:
    """For conditions on an active customer."""
    return CustomerNotFound("there is no such customer")
