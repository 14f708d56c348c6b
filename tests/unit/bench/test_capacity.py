"""The capacity model: limits of keys, transactions on an item, and versions that have changed."""

import pytest

from bank import ledger, store
from bench.background import MANY
from bench.capacity import simulator
from bench.capacity.load import Batch, Load
from bench.capacity.simulator import READS_A_KEY, WRITES_A_KEY
from bench.capacity.trace import Call, Trace, Use, size

SECONDS = 4.0
JOURNALS = "accounts.app.on_journals"


def load(*calls: Call) -> Load:
    return Load("test", operations=[list(calls)])


def shared(*, reads: float = 0, writes: float = 0) -> Call:
    return Call((Use("table hot", "table hot", reads, writes),), transaction=bool(writes))


def test_a_key_carries_so_many_write_units_a_second() -> None:
    found = simulator.play(load(Call((Use("table hot", "table hot", writes=1),))), 2 * WRITES_A_KEY, SECONDS)

    assert 0.8 * WRITES_A_KEY < found.answers <= 1.1 * WRITES_A_KEY
    assert found.throttled["table hot"]


def test_a_key_carries_so_many_read_units_a_second() -> None:
    found = simulator.play(load(shared(reads=1)), 2 * READS_A_KEY, SECONDS)

    assert 0.8 * READS_A_KEY < found.answers <= 1.1 * READS_A_KEY


def test_keys_that_are_not_shared_carry_any_rate() -> None:
    own = Call((Use("accounts wal_1", "accounts wal_1", reads=1, writes=2),), transaction=True)

    found = simulator.play(load(own), 10_000, 1.0)

    assert found.answers > 0.97 * found.rate
    assert (found.conflicts, found.busy) == (0, 0)


def test_transactions_on_one_item_go_one_at_a_time() -> None:
    found = simulator.play(load(shared(writes=2)), 300, SECONDS)

    assert found.answers <= 1 / simulator.TRANSACT
    assert found.conflicts > found.answered


def test_a_record_that_each_creates_is_in_nobodys_way() -> None:
    entry = Call((Use("entries stl_1#e1", "entries stl_1#e1 k", writes=2, created=True),), transaction=True)

    found = simulator.play(load(entry), 300, SECONDS)

    assert (found.conflicts, found.stale) == (0, 0)


def test_what_is_written_as_it_was_read_is_decided_again_where_it_has_changed() -> None:
    read = Call((Use("table hot", "table hot", reads=1),))
    write = Call((Use("table hot", "table hot", writes=1, versioned=True),))

    assert simulator.play(load(read, write), 300, SECONDS).stale > 0
    assert simulator.play(load(read, write), 10, SECONDS).stale == 0


@pytest.mark.parametrize(("units", "keeps_up"), [(1, True), (30, False)])
def test_a_consumer_falls_behind_where_its_key_carries_less(units: int, keeps_up: bool) -> None:
    found = load(Call((Use("accounts wal_1", "accounts wal_1", writes=1),)))
    calls = [Call((Use("table hot", "table hot", writes=units),)) for _ in range(10)]
    found.batches[JOURNALS].append(Batch(MANY, calls))
    found.records[JOURNALS] = 1

    played = simulator.play(found, 1_000, SECONDS)

    assert (played.kept_up[JOURNALS] > 0.85) is keeps_up


def test_the_audit_trail_s_lanes_carry_what_one_does_not() -> None:
    found = load(Call((Use("accounts wal_1", "accounts wal_1", writes=1),)))
    key = "perkbank-test-audit-chain 2026-11-29~03"
    block = Call((Use(key, f"{key} block#000000007", writes=MANY),))
    found.batches[JOURNALS].append(Batch(MANY, [block]))
    found.records[JOURNALS] = 1

    played = simulator.play(found, 3_000, SECONDS)

    # One key would carry a third of it.
    assert played.kept_up[JOURNALS] > 0.85


def test_a_consumer_that_asks_dynamodb_nothing_keeps_up() -> None:
    found = load(Call((Use("accounts wal_1", "accounts wal_1", writes=1),)))
    found.batches[JOURNALS].append(Batch(MANY, []))
    found.records[JOURNALS] = 1

    assert simulator.play(found, 1_000, SECONDS).kept_up[JOURNALS] > 0.85


def test_the_trace_has_each_key_with_what_dynamodb_charges(cloud: object) -> None:
    row = ledger.accounts.new_row(
        account_id="wal_1", owner_id="own_1", kind=ledger.Kind.WALLET, currency="CNY"
    )
    with Trace() as trace:
        ledger.accounts.open_account(row)
        ledger.accounts.find("wal_1")
        list(ledger.accounts.all_of("own_1"))
    put, get, listed, many = trace.cut()

    accounts = ledger.AccountRow.Meta.table_name
    assert put.transaction
    assert [(use.key, use.writes) for use in put.uses] == [
        (f"{accounts} wal_1", 2.0),
        (f"{accounts}/by_owner own_1", 1.0),
    ]
    assert [(use.key, use.reads) for use in get.uses] == [(f"{accounts} wal_1", 1.0)]
    assert [(use.key, use.reads) for use in listed.uses] == [(f"{accounts}/by_owner own_1", 0.5)]
    assert [use.item for use in many.uses] == [f"{accounts} wal_1"]
    assert trace.cut() == []


def test_only_a_condition_on_the_version_makes_a_write_stale(cloud: object) -> None:
    with Trace() as trace:
        for condition in (ledger.AccountRow.version == 3, ledger.AccountRow.available >= 3):
            transaction = store.Transaction()
            update = [ledger.AccountRow.balance.set(1)]
            transaction.update((ledger.AccountRow, "wal_1"), update, condition, store.stale)
            with pytest.raises(store.Stale):
                transaction.commit()

    assert [call.uses[0].versioned for call in trace.cut()] == [True, False]


def test_units_are_added_up_by_table() -> None:
    both = Call(
        (Use("perkbank-test-payments pay_1", "", reads=1), Use("perkbank-test-payments pay_1", "", writes=2))
    )
    traced = load(both)
    traced.batches[JOURNALS].append(
        Batch(1, [Call((Use("perkbank-test-payments/index one", "", writes=1),))])
    )

    assert traced.units() == {"payments": (1, 3)}


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    assert size({"id": {"S": "abc"}, "n": {"N": "1234"}, "wide": {"S": "唱"}}) == 2 + 3 + 1 + 4 + 4 + 3
