"""A record that cannot be taken stops no other: it is put aside whole, and taken once it can be."""

import json
from datetime import timedelta
from typing import Any

import pytest

from accounts.app import app, on_balances, on_journals
from bank import clock, ledger
from bank.events import queues
from bank.ledger import JournalRow
from tests.support.http import call, context
from tests.support.streams import Cloud
from tests.unit.accounts.test_app import balance, deposit, open_wallet, withdraw


@pytest.fixture
def aside(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was put aside."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(queues, "send", lambda url, bodies: found.extend(map(json.loads, bodies)))
    return found


def deliver(records: list[dict[str, Any]], consumer: Any) -> None:
    """What the event source does an hour later."""
    later = clock.now() + timedelta(hours=1)
    with clock.source(lambda: later):
        consumer({"Records": records}, context(consumer.__name__))


def lame() -> JournalRow:
    """A journal of which one leg is on an account that is not there."""
    amounts = {"stl_nobody": 5, ledger.internal("funding", "USD"): -5}
    facts = {"kind": "payment", "reference": "pay_1", "currency": "USD", "booked_at": clock.instant()}
    return JournalRow.of(ledger.journal("jrn_lame", amounts=amounts, **facts))


def test_a_journal_that_cannot_be_booked_is_put_aside_and_the_others_are_booked(
    cloud: Cloud, aside: list[dict[str, Any]]
) -> None:
    wallet = open_wallet()
    deposit(wallet, 500)
    lame().save()
    withdraw(wallet, 100)
    records = cloud.records("ledger-journals")

    deliver(records, on_journals)

    (message,) = aside
    (kept,) = message["records"]
    assert kept["dynamodb"]["NewImage"]["journal_id"]["S"] == "jrn_lame"
    whole = [row for row in JournalRow.scan() if row.journal_id != "jrn_lame" and row.to_domain().deferred]
    applied = ledger.applier.applied([row.to_domain() for row in whole])
    assert applied == {row.journal_id for row in whole}
    assert whole

    aside.clear()
    ledger.accounts.open_account(
        ledger.accounts.new_row(
            account_id="stl_nobody", owner_id="mer_1", kind=ledger.Kind.SETTLEMENT, currency="USD"
        )
    )
    deliver(message["records"], on_journals)
    assert (aside, balance("stl_nobody")) == ([], 5)


def test_a_change_that_cannot_be_stated_is_put_aside_and_the_others_are(
    cloud: Cloud, aside: list[dict[str, Any]]
) -> None:
    first, second = open_wallet(), open_wallet(owner_id="own_2")
    cloud.settle()
    deposit(first, 500, key="d1")
    deposit(second, 600, key="d2")
    records = cloud.records("ledger-accounts")
    (bad,) = [each for each in records if each["dynamodb"]["Keys"]["account_id"]["S"] == first]
    last = bad["dynamodb"]["NewImage"]["last"]
    bad["dynamodb"]["NewImage"]["last"] = {"S": '{"what": 1}'}

    deliver(records, on_balances)

    (message,) = aside
    assert message["records"] == [bad]
    assert call(app, "GET", f"/accounts/{first}/entries").json["items"] == []
    assert len(call(app, "GET", f"/accounts/{second}/entries").json["items"]) == 1

    aside.clear()
    bad["dynamodb"]["NewImage"]["last"] = last
    deliver([bad], on_balances)
    assert aside == []
    assert len(call(app, "GET", f"/accounts/{first}/entries").json["items"]) == 1
