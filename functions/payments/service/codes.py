"""Customer-presented payment codes: 18 digits, good once, for a minute."""

import hashlib
import secrets
from datetime import timedelta

from bank import clock, errors, ledger, store
from bank.access.principal import Principal
from bank.ledger import AccountRow
from bank.store import Item, Stale, Transaction
from payments.domain import PaymentCodeSpent
from payments.tables import PaymentCodeRow

# WeChat Pay's begin with 10 to 15, Alipay's with 25 to 30, UnionPay's with 62: scanners go by that.
PREFIX = "88"
DIGITS = 18
GOOD_FOR = timedelta(seconds=60)
KEPT = timedelta(days=1)


class UnknownCode(errors.Unprocessable):
    """422: this code was never given out, or is long forgotten."""

    code, title = "payment_code_unknown", "Unknown payment code"


def create(*, account_id: str, principal: Principal) -> tuple[str, PaymentCodeRow]:
    """A fresh code for the account, and its record.

    Raises AccountNotFound, AccountKind, AccountFrozen, AccountClosed.
    """
    row = store.get(AccountRow, account_id)
    account = ledger.accounts.named(account_id, row, principal=principal).to_domain()
    refusal = ledger.debit_refusal(account, 0)
    if refusal:
        raise refusal

    def attempt() -> tuple[str, PaymentCodeRow]:
        number = secrets.randbelow(10 ** (DIGITS - len(PREFIX)))
        code = f"{PREFIX}{number:0{DIGITS - len(PREFIX)}d}"
        now = clock.now()
        row = PaymentCodeRow(
            code_digest=_digest(code),
            account_id=account_id,
            device_id=principal.device or None,
            expires_at=clock.instant(now + GOOD_FOR),
            purge_at=int((now + KEPT).timestamp()),
        )
        transaction = Transaction()
        transaction.create(row, store.stale)
        transaction.commit()
        return code, row

    return store.retry_on_conflict(attempt)


def find(code: str) -> PaymentCodeRow | None:
    """The code's record, or None where it was never given out or is forgotten."""
    return store.get(PaymentCodeRow, _digest(code))


def use(transaction: Transaction, code: PaymentCodeRow, payment_id: str, now: str) -> None:
    """Use it up with the payment. Refused (PaymentCodeSpent) when it was used or its time is over."""
    unused = PaymentCodeRow.used_by.does_not_exist()
    transaction.update(
        (PaymentCodeRow, code.code_digest),
        [PaymentCodeRow.used_by.set(payment_id)],
        unused & (PaymentCodeRow.expires_at > now),
        _refused,
    )


def _refused(item: Item | None) -> Exception:
    if item is None:
        return Stale()
    was_used = "used_by" in item
    return PaymentCodeSpent("this payment code was used" if was_used else "this payment code has expired")


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def qr_svg(code: str) -> str:
    """The code as a QR symbol, an SVG document."""
    # Imported here: no other route of this function draws, and a cold start pays for every import.
    import segno

    return str(segno.make(code, error="m").svg_inline(scale=4, border=4))
