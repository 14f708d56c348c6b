"""Visibility of a payment: to whoever made it, keeps or owns the payer's account, or keeps the merchant's.

A payment's row says who made it. The rest stands on the two accounts, which are read only for a caller who
did not make it: a customer, a member of staff, the channel of the other side.
"""

from collections.abc import Sequence

from bank import errors, store
from bank.access.principal import Principal
from bank.ledger import AccountRow
from payments.tables import PaymentRow


class NotThePayee(errors.Forbidden):
    """403: only who made a payment and who keeps its merchant capture, cancel, refund or share it."""

    code, title = "not_the_payee", "Not the payee"


def require_visible(payment_id: str, row: PaymentRow | None, principal: Principal) -> PaymentRow:
    """The payment, if it is there and the caller may know of it. Raises NotFound."""
    missing = errors.NotFound(f"there is no payment {payment_id}", code="payment_not_found")
    if row is None or not visible([row], principal):
        raise missing
    return row


def visible(rows: Sequence[PaymentRow], principal: Principal) -> list[PaymentRow]:
    """Those of `rows` that the caller may know of. One round trip, unless they made them all."""
    others = [row for row in rows if not principal.sees(row.made_by)]
    keys = [(AccountRow, account) for row in others for account in _accounts(row)]
    found = store.get_many(keys) if keys else []
    known = {row.account_id for row in found if row is not None and principal.sees(row.ownership)}
    return [row for row in rows if principal.sees(row.made_by) or known.intersection(_accounts(row))]


def payee_of(payment_id: str, row: PaymentRow | None, principal: Principal) -> PaymentRow:
    """The payment, if the caller made it or keeps its merchant. Raises NotFound, NotThePayee."""
    row = require_visible(payment_id, row, principal)
    if not principal.sees(row.made_by):
        merchant = store.get(AccountRow, row.settlement_account_id)
        if merchant is None or not principal.sees(merchant.ownership):
            raise NotThePayee(f"payment {payment_id} is not yours to change")
    return row


def _accounts(row: PaymentRow) -> tuple[str, str]:
    return row.payer_account_id, row.settlement_account_id
