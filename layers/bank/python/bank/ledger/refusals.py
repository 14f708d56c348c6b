"""Refusals to debit, spend and credit, known before the write, whose own conditions decide. Pure."""

from typing import Protocol

from bank import errors
from bank.ledger import parts
from bank.ledger.domain import Account, Kind, Status


class InsufficientFunds(errors.Refusal):
    """409: less is available than this takes."""

    code, title = "insufficient_funds", "Insufficient funds"


class CreditLimitExceeded(errors.Refusal):
    """409: the client owes as much as it may, until it settles."""

    code, title = "credit_limit_exceeded", "Credit limit exceeded"


class AccountFrozen(errors.Refusal):
    """409: the account refuses debits."""

    code, title = "account_frozen", "Account frozen"


class AccountClosed(errors.Refusal):
    """409: the account takes part in nothing any more."""

    code, title = "account_closed", "Account closed"


class LimitExceeded(errors.Refusal):
    """409: more than the account's limit per payment, day, month or year."""

    code, title = "limit_exceeded", "Limit exceeded"


class CurrencyMismatch(errors.Unprocessable):
    """422: the account is in another currency."""

    code, title = "currency_mismatch", "Currency mismatch"


class AccountKind(errors.Unprocessable):
    """422: an account of this kind is no caller's to name for this."""

    code, title = "account_kind", "Account kind"


class Named(Protocol):
    """An account, or its row, as far as naming it goes."""

    @property
    def account_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def currency(self) -> str: ...


def naming_mistake(
    account: Named, currency: str | None = None, *, settlement: bool = False
) -> errors.Unprocessable | None:
    """Return the mistake of naming `account` in a request (a movement in `currency`, if given), or None.

    Every room asks it of every account that a caller names: internal ones are posted without conditions, and
    from a clearing account money would be spent that nobody has. A settlement account is good only where the
    request says so (`settlement`): what moved its money by another way than refunds, splits and payouts would
    pass by its merchant's suspension and settlement cycle, and what paid into it by another way than payments
    by the merchant's fee.
    """
    if parts.is_further(account.account_id):
        return AccountKind(f"{account.account_id} is a part of an account")
    if account.kind == Kind.INTERNAL:
        return AccountKind(f"account {account.account_id} is the bank's own")
    if account.kind == Kind.CLEARING:
        return AccountKind(f"account {account.account_id} is for what its client deposits and pays out")
    if account.kind == Kind.POINTS:
        return AccountKind(f"account {account.account_id} is of points, which move by their own rules alone")
    if account.kind == Kind.SETTLEMENT and not settlement:
        return AccountKind(
            f"account {account.account_id} takes payments and deposits, and pays refunds, splits and payouts"
        )
    if currency not in (None, account.currency):
        return CurrencyMismatch(f"account {account.account_id} is in {account.currency}")
    return None


def debit_refusal(account: Account, amount: int, *, available: int | None = None) -> errors.Refusal | None:
    """Return the refusal to debit `account` by `amount`, or None: status first, then money."""
    if account.status is Status.CLOSED:
        return AccountClosed(f"account {account.account_id} is closed")
    if account.status is Status.FROZEN:
        return AccountFrozen(f"account {account.account_id} is frozen")
    short = account.guarded and (account.available if available is None else available) < amount
    if short and account.kind is Kind.CLEARING:
        return CreditLimitExceeded(f"account {account.account_id} owes too much for {amount} more")
    if short:
        return InsufficientFunds(f"account {account.account_id} has less available than {amount}")
    return None


def limit_refusal(account: Account, amount: int, today: str) -> errors.Refusal | None:
    """Return the refusal to spend `amount` on business date `today`, or None: as a debit, then limits."""
    day, month, year = account.remaining_limits(today)
    over = [
        name
        for name, left in (
            ("per_payment", account.limits.per_payment),
            ("per_day", day),
            ("per_month", month),
            ("per_year", year),
        )
        if amount > left
    ]
    refusal = debit_refusal(account, amount)
    if refusal is None and over:
        return LimitExceeded(f"account {account.account_id}: {amount} is over its limit {over[0]}")
    return refusal


def credit_refusal(account: Account) -> errors.Refusal | None:
    """Return the refusal to credit `account`, or None."""
    if account.status is Status.CLOSED:
        return AccountClosed(f"account {account.account_id} is closed")
    return None
