"""The bench's meter, on MiniStack's DynamoDB in this process."""

from collections.abc import Iterator

import pytest

from bank import ledger, store
from bank.ledger import AccountRow, Kind
from bench.meter import Meter, Usage
from tests.support import embedded
from tests.support.embedded import AwsAnswer, AwsCall, Serve, json_answer

ACCOUNTS = AccountRow.Meta.table_name


class Partly:
    """Leaves one key of the first batch read undone."""

    def __init__(self) -> None:
        self.left = 1

    def around(self, call: AwsCall, serve: Serve) -> AwsAnswer:
        if call.operation != "BatchGetItem" or not self.left:
            return serve(call)
        self.left -= 1
        undone = call.document["RequestItems"][ACCOUNTS]
        undone = {**undone, "Keys": undone["Keys"][:1]}
        return json_answer({"Responses": {ACCOUNTS: []}, "UnprocessedKeys": {ACCOUNTS: undone}})


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with embedded.cloud():
        yield


def account(account_id: str) -> AccountRow:
    return ledger.accounts.new_row(account_id=account_id, owner_id="cus_1", kind=Kind.WALLET, currency="CNY")


def open_account(account_id: str) -> None:
    transaction = store.Transaction()
    transaction.create(account(account_id))
    transaction.commit()


def test_a_write_in_a_transaction_costs_two_units_and_its_index_one(cloud: None) -> None:
    with Meter() as meter:
        open_account("wal_1")

    assert meter.usage.round_trips == 1
    assert meter.usage.write_units == {ACCOUNTS: 2.0, f"{ACCOUNTS}/by_owner": 1.0}
    assert (meter.usage.writes, meter.usage.index_writes, meter.usage.reads) == (3.0, 1.0, 0.0)


def test_consistent_reads_cost_a_unit_each_and_batched_ones_too(cloud: None) -> None:
    with Meter() as meter:
        store.get(AccountRow, "wal_1")
        store.get_many([(AccountRow, "wal_1"), (AccountRow, "wal_2")])

    assert meter.usage.calls == {"GetItem": 1, "BatchGetItem": 1}
    assert meter.usage.read_units == {ACCOUNTS: 3.0}


def test_what_a_batch_read_left_undone_is_counted_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with embedded.cloud(Partly().around), Meter() as meter:
        store.get_many([(AccountRow, "wal_1"), (AccountRow, "wal_2")])

    assert (meter.usage.round_trips, meter.usage.reads) == (2, 2.0)


def test_a_refused_transaction_is_a_round_trip_and_a_failure(cloud: None) -> None:
    open_account("wal_1")

    with Meter() as meter, pytest.raises(store.AlreadyExists):
        open_account("wal_1")

    assert meter.usage.round_trips == 1
    assert meter.usage.failures == {"ConditionalCheckFailed": 1}
    assert meter.usage.writes == 0


def test_a_closed_meter_counts_no_more(cloud: None) -> None:
    with Meter() as meter:
        store.get(AccountRow, "wal_1")
    store.get(AccountRow, "wal_1")

    assert meter.usage.round_trips == 1


def test_meters_may_stand_within_each_other(cloud: None) -> None:
    with Meter() as outer:
        open_account("wal_1")
        with Meter() as inner:
            store.get(AccountRow, "wal_1")

    assert (outer.usage.round_trips, inner.usage.round_trips) == (2, 1)


def test_usages_add_up(cloud: None) -> None:
    total = Usage()
    for account_id in ("wal_1", "wal_2"):
        with Meter() as meter:
            open_account(account_id)
        total.add(meter.usage)

    assert total.round_trips == 2
    assert total.write_units == {ACCOUNTS: 4.0, f"{ACCOUNTS}/by_owner": 2.0}
