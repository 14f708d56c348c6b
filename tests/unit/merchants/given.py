"""What the tests of the merchants room start from: merchants, money on their accounts, and a clock."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from bank import clock, ledger, store
from bank.ledger import AccountRow
from bank.ledger.payees import settlement_id
from merchants import app
from tests.support.approvals import undelayed
from tests.support.http import Reply, call
from tests.support.streams import Cloud

NUMBER = "6222021234567890123"
BANK_ACCOUNT = {"bank_code": "102290000011", "account_number": NUMBER, "holder_name": "Lucky Records Ltd"}
TERMS = {
    "name": "Lucky Records",
    "category_code": "5735",
    "fee": {"basis_points": 60, "min": 1, "max": 5000},
    "settlement": "T+1",
    "bank_account": BANK_ACCOUNT,
}


class Clock:
    """A clock that stands where a test puts it, in Asia/Shanghai: `at("2026-11-20T09:00")`."""

    def __init__(self) -> None:
        self("2026-11-20T09:00")

    def __call__(self, moment: str) -> None:
        self.moment = datetime.fromisoformat(moment).replace(tzinfo=clock.SHANGHAI)

    def now(self) -> datetime:
        return self.moment


def register(*, key: str | None = None, **terms: Any) -> Reply:
    return call(app.app, "POST", "/merchants", TERMS | terms, key=key)


def merchant(**terms: Any) -> str:
    return str(register(**terms).json["merchant_id"])


def get(path: str, **query: str) -> Reply:
    return call(app.app, "GET", path, query=query or None)


def post(path: str, body: Any, **who: Any) -> Reply:
    return call(app.app, "POST", path, body, **who)


def patch(merchant_id: str, *, changes: bool = True, **terms: Any) -> Reply:
    with undelayed("merchants.change_merchant"):
        return call(app.app, "PATCH", f"/merchants/{merchant_id}", terms, changes=changes)


def suspend(merchant_id: str, **who: Any) -> Reply:
    return post(f"/merchants/{merchant_id}/suspend", {"reason": "complaints"}, **who)


def resume(merchant_id: str, **who: Any) -> Reply:
    return post(f"/merchants/{merchant_id}/resume", {"reason": "cleared"}, **who)


def account(merchant_id: str, currency: str = "CNY") -> AccountRow:
    return ledger.accounts.find(settlement_id(merchant_id, currency))


def earn(cloud: Cloud, merchant_id: str, amount: int, currency: str = "CNY", name: str = "") -> None:
    """A payment's effect: a deferred credit, booked by the applier."""
    _post(merchant_id, amount, currency, name or f"e{_count()}")
    cloud.settle()


def refund(cloud: Cloud, merchant_id: str, amount: int, currency: str = "CNY") -> None:
    """A refund's effect: an immediate debit."""
    refund_now(merchant_id, amount, currency)
    cloud.settle()


def refund_now(merchant_id: str, amount: int, currency: str = "CNY") -> None:
    """The same, with the streams still to come."""
    _post(merchant_id, -amount, currency, f"r{_count()}")


def open_account(merchant_id: str, currency: str) -> None:
    """What a first payment in a further currency does."""
    row = ledger.accounts.new_row(
        account_id=settlement_id(merchant_id, currency),
        owner_id=merchant_id,
        kind=ledger.Kind.SETTLEMENT,
        currency=currency,
    )
    ledger.accounts.open_account(row)


def _post(merchant_id: str, amount: int, currency: str, name: str) -> None:
    row = account(merchant_id, currency)
    amounts = {row.account_id: amount, ledger.internal("funding", currency): -amount}
    journal = ledger.journal(
        f"jrn_{name}",
        kind="payment" if amount > 0 else "refund",
        reference=name,
        currency=currency,
        amounts=amounts,
        booked_at=clock.instant(),
    )
    transaction = store.Transaction()
    ledger.post(transaction, journal, {row.account_id: row.to_domain()}, made_by="cli_1")
    transaction.commit()


_names = iter(range(10**9))


def _count() -> int:
    return next(_names)


def before_the_next_write(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let `happens` come between what the next transaction was decided on and the transaction itself."""
    commit = store.Transaction.commit

    def interrupted(transaction: store.Transaction) -> None:
        monkeypatch.setattr(store.Transaction, "commit", commit)
        happens()
        transaction.commit()

    monkeypatch.setattr(store.Transaction, "commit", interrupted)
