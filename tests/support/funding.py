"""Clearing accounts for the clients of tests: without one a client deposits and pays out nothing."""

from typing import Any

from accounts.service import clearing
from bank.control import audit
from tests.support.http import Reply, call

OPERATOR = audit.Actor("operator:user:wei.li", audit.OPERATOR)
PLENTY = 10**12
CURRENCIES = ("CNY", "USD")


def allow(
    client_id: str = "cli_test", *, currencies: tuple[str, ...] = CURRENCIES, most: int = PLENTY
) -> None:
    """Let a client deposit `most` (minor units of each currency), as an operator does."""
    for currency in currencies:
        clearing.allow(
            actor=OPERATOR,
            client_id=client_id,
            currency=currency,
            credit_limit=most,
            per_day=most,
            per_deposit=most,
        )


def deposit(account_id: str, amount: int, currency: str = "CNY", *, key: str, **who: Any) -> Reply:
    """Money from outside, on the word of a client that may."""
    from accounts.app import app

    allow(who.get("client_id", "cli_test"), currencies=(currency,))
    body = {
        "account_id": account_id,
        "amount": amount,
        "currency": currency,
        "source": "cash",
        "reference": "r",
    }
    return call(app, "POST", "/deposits", body, key=key, **who)
