"""Lowered limits after what a thief would do first: a new device, another phone, secrets that are replaced.

In the transaction of what they follow: on each wallet, where they are a condition of what leaves it
(`bank.ledger.lowering`), and on the profile, from where the stream tells the customer
(customers.service.notices).
"""

from enum import StrEnum

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import clock
from bank.store import Transaction
from customers import tables
from customers.service import people, wallets
from customers.settings import settings
from customers.tables import ACTIVE, CustomerRow


class Reason(StrEnum):
    """Reasons for lowered limits."""

    NEW_DEVICE = "new_device"
    PASSWORD_RESET = "password_reset"
    PAYMENT_PASSWORD_RESET = "payment_password_reset"
    PAYMENT_PASSWORD_UNLOCKED_AGAIN = "payment_password_unlocked_again"
    PHONE_CHANGED = "phone_changed"
    TOTP_REMOVED = "totp_removed"


def lower(transaction: Transaction, customer: CustomerRow, reason: Reason, *more: Action) -> None:
    """Lower the limits of an active customer and of all their wallets, with `more` changes of the profile.

    Nothing happens unless they are active by then, with the phone that was read. Refused as Stale where a
    wallet is another by then.
    """
    until = clock.now() + settings.lowered
    marks = [CustomerRow.lowered_until.set(clock.instant(until)), CustomerRow.lowered_for.set(reason.value)]
    transaction.update(
        tables.profile_key(customer.customer_id),
        [*marks, *more],
        (CustomerRow.status == ACTIVE) & (CustomerRow.phone_key == customer.phone_key) & _as_read(customer),
        people.gone,
    )
    wallets.lower(transaction, customer, until=until)


def _as_read(customer: CustomerRow) -> Condition:
    """The number is still theirs, or still was given to another person."""
    sealed = CustomerRow.phone_sealed
    condition: Condition = sealed.exists() if customer.phone_sealed is not None else sealed.does_not_exist()
    return condition


def lowered_until(customer: CustomerRow) -> str | None:
    """End of the customer's lowered limits; None where they are not lowered (any more)."""
    until = customer.lowered_until
    return until if until and clock.instant() < until else None
