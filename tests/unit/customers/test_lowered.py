"""Limits that are lowered for some days: of every wallet, and of one that is opened meanwhile."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.app import app as accounts
from bank import clock, ledger, store
from bank.ledger import AccountRow, lowering
from bank.ledger.velocity import LimitLowered, Lowered
from bank.ledger.wallets import wallet_id
from bank.store import Stale, Transaction
from customers import tables
from customers.service import wallets
from customers.settings import settings
from customers.tables import CustomerRow
from tests.support import http
from tests.support.http import call
from tests.unit.customers import desk
from tests.unit.customers.desk import In, Watch


@pytest.fixture
def customer(watch: Watch) -> In:
    """A customer of level II, who may have wallets of any currency."""
    found = desk.register(watch)
    assert wallets.apply_level(customer_id=found.customer_id, level=2, at=clock.instant())
    return found


def lower(customer: In, until: datetime | None = None) -> Transaction:
    """The transaction of whoever has just reset something."""
    row = store.get(CustomerRow, customer.customer_id, tables.PROFILE)
    assert row is not None
    transaction = Transaction()
    wallets.lower(transaction, row, until=until or clock.now() + settings.lowered)
    return transaction


def wallet(customer: In, currency: str = "CNY") -> AccountRow:
    return ledger.accounts.find(wallet_id(customer.customer_id, currency))


def test_every_wallet_is_lowered_and_says_so(customer: In, watch: Watch) -> None:
    customer.call("POST", "/me/wallets", {"currency": "USD"})
    assert {item["lowered_until"] for item in customer.get("/me/wallets")["items"]} == {None}

    lower(customer).commit()

    end = clock.instant(clock.now().replace(microsecond=0) + settings.lowered)
    shown = {item["currency"]: item for item in customer.get("/me/wallets")["items"]}
    assert {name: item["lowered_per_day"] for name, item in shown.items()} == {"CNY": 100_000, "USD": 12_000}
    told = call(accounts, "GET", f"/accounts/{shown['CNY']['account_id']}", principal=http.staff()).json
    for item in (*shown.values(), told):
        assert clock.instant(clock.parse(item["lowered_until"])) == end
    assert told["lowered_per_day"] == 100_000
    watch.pass_(hours=73)
    assert {item["lowered_until"] for item in customer.get("/me/wallets")["items"]} == {None}
    assert {item["lowered_per_day"] for item in customer.get("/me/wallets")["items"]} == {None}


def test_a_wallet_that_is_opened_meanwhile_is_lowered_too(customer: In) -> None:
    until = clock.now() + timedelta(hours=5)
    lower(customer, until=until).commit()

    customer.call("POST", "/me/wallets", {"currency": "JPY"})

    assert lowering.now(wallet(customer, "JPY").to_domain()) == Lowered(int(until.timestamp()), 14_000)


def test_a_wallet_opened_between_read_and_write_is_not_missed(customer: In) -> None:
    late = lower(customer)
    customer.call("POST", "/me/wallets", {"currency": "USD"})

    with pytest.raises(Stale):
        late.commit()

    lower(customer).commit()
    assert lowering.now(wallet(customer, "USD").to_domain())


def test_a_wallet_is_opened_as_low_as_the_others_are_by_then(
    customer: In, monkeypatch: pytest.MonkeyPatch
) -> None:
    inherit = wallets._inherit_lowered

    def beaten(*arguments: Any) -> None:
        monkeypatch.setattr(wallets, "_inherit_lowered", inherit)
        inherit(*arguments)
        lower(customer).commit()

    monkeypatch.setattr(wallets, "_inherit_lowered", beaten)

    assert customer.call("POST", "/me/wallets", {"currency": "USD"}).status == 201
    assert lowering.now(wallet(customer, "USD").to_domain())


def test_whatever_level_comes_meanwhile_nothing_lifts_it(customer: In) -> None:
    lower(customer).commit()

    assert wallets.apply_level(customer_id=customer.customer_id, level=3, at=clock.instant())
    customer.call("POST", "/me/wallets/CNY/freeze")
    account = f"/accounts/{wallet(customer).account_id}"
    call(accounts, "PATCH", f"{account}/limits", {"per_day": None}, principal=http.staff())

    found = wallet(customer).to_domain()
    now = int(clock.now().timestamp())
    assert lowering.now(found) == found.lowered
    assert found.lowered
    assert found.lowered.per_day == 100_000
    refusal = ledger.velocity.lowered_refusal("wal_1", found.velocity, found.lowered, 100_001, now)
    assert isinstance(refusal, LimitLowered)
