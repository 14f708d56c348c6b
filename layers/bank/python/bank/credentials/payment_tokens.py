"""Strong customer authentication of one movement of money: one-time tokens that are bound to it.

Who has shown the payment password or a second factor gets a token for one amount, one currency and one payee,
and the movement that is made with it takes exactly these ("dynamic linking", article 5 of the regulatory
technical standards under PSD2, Commission Delegated Regulation (EU) 2018/389). The customers room issues
tokens; payments, transfers and withdrawals use them up in the transaction that moves the money.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from bank import clock, errors, store
from bank.store import Item, Key, Table, Transaction, table_name

GOOD_FOR = timedelta(minutes=5)
KEPT = timedelta(days=1)
# The payee of a withdrawal, which goes to nobody within the bank.
WITHDRAWAL = "withdrawal"

# As a field of a request: `payment_token: sca.Token | None = None`.
Token = Annotated[
    str,
    Field(
        pattern=r"^ptk_[A-Za-z0-9_-]{43}$",
        description="From POST /me/payment-tokens: good once, for this amount, currency and payee",
        examples=["ptk_q0jTlWZ2aZt3bXy5uJ1v9R8mWc7nKf4eHs6gDp2oLxA"],
    ),
]


class PaymentTokenRow(Table):
    """A token that was issued. The token itself is kept nowhere."""

    class Meta:
        table_name = table_name("payment-tokens")

    token_digest = UnicodeAttribute(hash_key=True)
    customer_id = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute()
    # A merchant's id, the receiving account's id, or `WITHDRAWAL`.
    payee = UnicodeAttribute()
    # What the customer showed: payment_password or totp.
    method = UnicodeAttribute()
    issued_at = UnicodeAttribute()
    expires_at = UnicodeAttribute()
    used_by = UnicodeAttribute(null=True)
    purge_at = NumberAttribute()


def issue(
    transaction: Transaction, *, customer_id: str, amount: int, currency: str, payee: str, method: str
) -> tuple[str, PaymentTokenRow]:
    """A fresh token (256 random bits), and its row, which `transaction` creates."""
    token = "ptk_" + secrets.token_urlsafe(32)
    now = clock.now()
    row = PaymentTokenRow(
        token_digest=_digest(token),
        customer_id=customer_id,
        amount=amount,
        currency=currency,
        payee=payee,
        method=method,
        issued_at=clock.instant(now),
        expires_at=clock.instant(now + GOOD_FOR),
        purge_at=int((now + KEPT).timestamp()),
    )
    transaction.create(row, store.stale)
    return token, row


def key(token: str) -> Key:
    """Key of the token's row, for the one batch read of the use case that takes it."""
    return PaymentTokenRow, _digest(token)


def require(
    row: PaymentTokenRow | None, *, customer_id: str, amount: int, currency: str, payee: str, now: str
) -> PaymentTokenRow:
    """The row, when its token is good at the instant `now` for this and nothing else.

    Whether it was used is judged by `spend`, so that the same request may come again. Raises Forbidden with
    the code `payment_token_invalid`, which does not say what is wrong with it.
    """
    if row is None or row.expires_at <= now:
        raise _invalid()
    bound = (row.customer_id, int(row.amount), row.currency, row.payee)
    if bound != (customer_id, amount, currency, payee):
        raise _invalid()
    return row


def spend(transaction: Transaction, row: PaymentTokenRow, *, record_id: str) -> None:
    """Use the token up with the record that it is for. Refused (as `require` does) when another record has
    used it, or when its time is over by now; the same record may use it again."""
    unused = PaymentTokenRow.used_by.does_not_exist() | (PaymentTokenRow.used_by == record_id)
    transaction.update(
        (PaymentTokenRow, row.token_digest),
        [PaymentTokenRow.used_by.set(record_id)],
        unused & (PaymentTokenRow.expires_at > clock.instant()),
        _refused,
    )


def _refused(_: Item | None) -> Exception:
    return _invalid()


def _invalid() -> errors.Forbidden:
    return errors.Forbidden(
        "the payment token is not good for this: ask for a new one", code="payment_token_invalid"
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
