"""What a stream has lost, a sweep books and states: to the byte as its consumer would have."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import given as given_any
from hypothesis import strategies as st

from accounts.adapters.queue import Part
from accounts.app import on_balances, on_journals, on_sweep, on_sweep_parts
from accounts.service import sweeping
from accounts.tables import GapRow
from bank import clock, jobs, ledger, store
from bank.events import outbox, queues
from bank.jobs.tables import JobRunRow
from bank.ledger import AccountRow, JournalRow, applier, recovery, verification
from bank.ledger.domain import Journal
from bank.ledger.tables import EntryRow
from bank.store import table_name
from bank.store.tables import client
from tests.support.http import context
from tests.unit.bank.ledger.alterations import items
from tests.unit.bank.ledger.given import FEES, Books, a_ledger, post, postings, settlement, wallet
from tests.unit.bank.ledger.test_parts import grown, into_parts


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    """An empty ledger, small enough for two at once."""
    monkeypatch.setattr(sweeping, "SEGMENTS", 2)
    with a_ledger() as empty:
        yield empty


class Sweep:
    """A run and its queue: messages in any order, as often as `times`."""

    def __init__(self, times: int = 1, left_ms: int = 300_000) -> None:
        self._queue: list[str] = []
        self._times, self._left_ms = times, left_ms
        self._random = random.Random(1)
        self.taken = 0

    def run(self, **event: Any) -> dict[str, int]:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(queues, "send", lambda _, bodies: self._queue.extend(list(bodies) * self._times))
            on_sweep(event, context())
            while self._queue:
                self._take(self._queue.pop(self._random.randrange(len(self._queue))))
        (row,) = jobs.runs.attempts("accounts.sweep", clock.instant())
        return jobs.close(row).counts

    def _take(self, body: str) -> None:
        self.taken += 1
        lambda_context = context()
        lambda_context.get_remaining_time_in_millis = lambda: self._left_ms
        message = {"messageId": "1", "body": body, "eventSource": "aws:sqs", "attributes": {}}
        answer = on_sweep_parts({"Records": [message]}, lambda_context)
        assert answer == {"batchItemFailures": []}


def all_kinds(books: Books, post: Callable[..., Journal] = post) -> tuple[str, str]:
    """Some of everything that is booked, on accounts of one row and of several."""
    payer, shop, grown_shop = wallet(10_000), settlement(), grown([])
    for number in range(4):
        books.time.forward(seconds=1)
        post({payer: -100 - number, shop: 90 + number, FEES: 10})
        post({payer: -50, grown_shop: 50})
        if number % 2:
            books.apply()
    books.time.forward(seconds=1)
    books.apply()
    post({shop: -20, payer: 20}, "refund")
    books.time.forward(seconds=1)
    post({payer: -30, wallet(): 30}, "transfer")
    # More than any part of it has.
    post({grown_shop: -150, payer: 150}, "refund")
    post({grown_shop: -10, payer: 10}, "refund")
    post({payer: -40, shop: 30, FEES: 10})
    return payer, shop


def agrees(books: Books) -> None:
    """All that is stored agrees, and nothing is late."""
    report = verification.verify()
    assert (report["differences"], report["late"], report["zero_sum"]) == ([], [], True)


def late(records: list[dict[str, Any]], consumer: Any) -> None:
    """What was thought to be lost arrives after all."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(outbox, "publish", lambda _: None)
        patched.setattr("accounts.app.publish", list)
        consumer({"Records": records}, context())


def test_what_the_journals_stream_has_lost_is_booked_once(books: Books) -> None:
    all_kinds(books)
    lost = books.lose(JournalRow)
    books.time.forward(hours=1)

    counts = Sweep().run()

    assert counts["booked"] > 0
    assert counts.get("failed", 0) == 0
    books.state()
    agrees(books)
    entries = items("ledger-entries")
    late(lost, on_journals)
    assert items("ledger-entries") == entries
    books.time.forward(hours=1)
    assert Sweep().run().get("booked", 0) == 0


def test_what_the_balances_stream_has_lost_is_stated_to_the_byte(books: Books) -> None:
    all_kinds(books)
    books.apply()
    lost = books.lose(AccountRow)
    books.time.forward(hours=1)

    counts = Sweep().run()

    assert counts["stated"] > 0
    assert counts.get("failed", 0) == 0
    agrees(books)
    entries = items("ledger-entries")
    late(lost, on_balances)
    assert items("ledger-entries") == entries


def test_where_both_were_lost_the_next_sweep_states_what_the_first_one_booked(books: Books) -> None:
    all_kinds(books)
    books.lose(JournalRow)
    books.time.forward(hours=1)
    books.lose(AccountRow)
    Sweep().run()
    books.lose(AccountRow)
    books.time.forward(hours=12)

    counts = Sweep().run()

    assert (counts.get("booked", 0), counts.get("failed", 0)) == (0, 0)
    agrees(books)


def test_a_gap_between_what_arrived_is_filled(books: Books) -> None:
    payer, shop = all_kinds(books)
    books.settle()
    books.time.forward(seconds=1)
    post({payer: -1, shop: 1})
    post({shop: -2, payer: 2}, "refund")
    books.apply()
    books.lose(AccountRow)
    books.time.forward(seconds=1)
    post({payer: -3, shop: 3})
    books.settle()
    books.time.forward(hours=1)
    assert verification.verify()["difference_count"] > 0

    Sweep().run()

    agrees(books)


def test_on_parts_whatever_rows_paid_a_debit(books: Books) -> None:
    all_kinds(books)
    books.settle()
    shop = next(row.account_id for row in AccountRow.scan() if row.parts)
    shares = [len(row.shares) for row in JournalRow.scan() if row.shares]
    assert max(shares) > 1
    entries = items("ledger-entries")
    for row in postings(shop):
        row.delete()
    books.time.forward(hours=1)

    Sweep().run()

    agrees(books)
    assert items("ledger-entries") == entries


@pytest.mark.parametrize("left_ms", [300_000, 0])
def test_parts_may_come_twice_in_any_order_and_run_out_of_time(
    books: Books, monkeypatch: pytest.MonkeyPatch, left_ms: int
) -> None:
    all_kinds(books)
    books.lose(JournalRow)
    books.lose(AccountRow)
    books.time.forward(hours=1)
    sweep = Sweep(times=2, left_ms=left_ms)

    sweep.run()
    books.state()

    agrees(books)
    (row,) = JobRunRow.scan()
    assert row.status == "done"


def test_what_is_young_is_left_to_the_consumers(books: Books) -> None:
    all_kinds(books)
    books.time.forward(minutes=10)
    before = items("ledger-entries")

    counts = Sweep().run()

    assert (counts.get("booked", 0), counts.get("stated", 0), counts.get("gaps", 0)) == (0, 0, 0)
    assert items("ledger-entries") == before


def test_what_is_older_than_a_sweep_looks_back_is_found_by_hand(books: Books) -> None:
    all_kinds(books)
    books.lose(JournalRow)
    books.lose(AccountRow)
    books.time.forward(days=9)
    assert Sweep().run().get("booked", 0) == 0
    books.time.forward(hours=12)

    assert Sweep().run(since="2026-01-01T00:00:00Z")["booked"] > 0

    books.state()
    agrees(books)


def test_a_journal_that_cannot_be_booked_costs_no_other(books: Books) -> None:
    payer, shop = wallet(1_000), settlement()
    post({payer: -10, shop: 10})
    lame = ledger.journal(
        "jrn_lame",
        kind="payment",
        reference="pay_1",
        currency="CNY",
        amounts={"stl_nobody": 5, FEES: -5},
        booked_at=clock.instant(),
    )
    JournalRow.of(lame).save()
    altered = JournalRow.of(ledger.journal("jrn_altered", **{**facts(), "amounts": {shop: 7, FEES: -7}}))
    altered.reference = "another"
    altered.save()
    books.lose(JournalRow)
    books.time.forward(hours=1)

    counts = Sweep().run()

    assert (counts["failed"], counts["altered"]) == (1, 1)
    assert applier.applied([lame]) == set()
    assert ledger.accounts.find(shop).balance == 10


def facts() -> dict[str, Any]:
    return {"kind": "payment", "reference": "pay_1", "currency": "CNY", "booked_at": clock.instant()}


def test_a_step_that_no_journal_explains_is_made_up_by_nobody(books: Books) -> None:
    payer, _ = all_kinds(books)
    books.settle()
    row = store.get(AccountRow, payer)
    assert row is not None
    row.balance += 7
    row.available += 7
    row.version += 1
    row.save()
    books.time.forward(hours=1)
    before = items("ledger-entries")

    counts = Sweep().run()

    assert (counts["failed"], counts.get("stated", 0)) == (1, 0)
    assert items("ledger-entries") == before


def test_a_journal_whose_mark_was_removed_is_booked_again_and_named(books: Books) -> None:
    """Whoever may delete entries could have changed the balance as well: the verification says so."""
    payer, shop = wallet(1_000), settlement()
    made = post({payer: -10, shop: 9, FEES: 1})
    books.settle()
    for row in EntryRow.scan():
        if row.journal_id == made.journal_id and "#e" in row.account_shard:
            row.delete()
    books.time.forward(hours=1)
    Sweep().run()
    books.state()

    named = str(verification.verify()["differences"])

    assert made.journal_id in named


def test_a_sweep_of_a_sound_ledger_reads_and_writes_no_more_than_it_says(books: Books) -> None:
    all_kinds(books)
    books.settle()
    books.time.forward(hours=1)

    counts = Sweep().run()

    journals = sum(1 for _ in JournalRow.scan())
    assert counts["journals"] == journals
    assert {"booked", "stated", "failed", "gaps"} & {name for name, count in counts.items() if count} == set()
    assert list(GapRow.scan()) == []


def test_a_part_s_message_is_the_part() -> None:
    part = Part("accounts.sweep#x", sweeping.GAPS, 3, "a", "b", gaps=True, after="wal_1")

    assert Part.of_body(part.body()) == part
    assert part.is_further
    assert part.rest("wal_2").name == "gaps/3/wal_2"


def before_it_writes(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Have something happen between what a sweep has read of a gap and what it writes."""
    lost_changes = recovery.lost_changes

    def hindered(*read: Any) -> Any:
        made = lost_changes(*read)
        happens()
        return made

    monkeypatch.setattr(recovery, "lost_changes", hindered)


def test_what_the_consumer_writes_meanwhile_stays(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of one instant, whose order no journal tells: the consumer knows it, and comes before or after."""
    payer, shop = wallet(10_000), settlement()
    for amount in range(1, 9):
        # The ids of two are in the other order than their steps, for some.
        post({payer: -amount, shop: amount})
    books.apply()
    lost = books.lose(AccountRow)
    books.time.forward(hours=1)
    before_it_writes(monkeypatch, lambda: late(lost, on_balances))

    counts = Sweep().run()

    assert counts["gaps"] > 0
    assert counts.get("stated", 0) == 0
    agrees(books)


def test_who_comes_after_the_sweep_puts_two_of_one_instant_right(books: Books) -> None:
    payer, shop = wallet(10_000), settlement()
    for amount in range(1, 9):
        post({payer: -amount, shop: amount})
    books.apply()
    lost = books.lose(AccountRow)
    books.time.forward(hours=1)
    assert Sweep().run()["stated"] > 0
    agrees(books)

    late(lost, on_balances)

    agrees(books)
    assert [int(row.amount) for row in postings(payer)][1:] == [-amount for amount in range(1, 9)]


def test_an_account_that_cannot_be_taken_costs_no_other(
    books: Books, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    payer, shop = all_kinds(books)
    books.apply()
    books.lose(AccountRow)
    books.time.forward(hours=1)
    lost_changes, gaps = recovery.lost_changes, recovery.gaps

    def lame(row: AccountRow, *read: Any) -> Any:
        assert row.account_id != payer
        return lost_changes(row, *read)

    def broken(row: AccountRow, **period: str) -> Any:
        assert row.account_id != shop
        return gaps(row, **period)

    with monkeypatch.context() as patched:
        patched.setattr(recovery, "lost_changes", lame)
        patched.setattr(recovery, "gaps", broken)
        counts = Sweep().run()
    assert counts["failed"] == 2
    assert counts["stated"] > 0
    books.time.forward(hours=12)

    assert Sweep().run().get("failed", 0) == 0

    agrees(books)


@pytest.mark.parametrize("how", ["removed", "altered", "altered with its digest"])
def test_what_a_journal_that_was_touched_has_moved_is_stated_by_nobody(books: Books, how: str) -> None:
    payer, shop = wallet(1_000), settlement()
    books.settle()
    touched = post({payer: -10, shop: 10})
    books.time.forward(seconds=1)
    post({payer: -20, shop: 20})
    books.apply()
    books.lose(AccountRow)
    row = store.get(JournalRow, touched.journal_id)
    assert row is not None
    if how == "removed":
        row.delete()
    else:
        row.legs = [[payer, -11], [shop, 11]]
        row.digest = JournalRow.of(row.to_domain()).digest if "digest" in how else row.digest
        row.save()
    books.time.forward(hours=1)

    counts = Sweep().run()

    assert counts["failed"] == 2 if how != "altered with its digest" else counts["failed"] == 1
    assert list(postings(payer))[1:] == []
    assert verification.verify()["differences"] != []


def test_a_step_of_entries_that_do_not_say_when_it_was_booked_is_made_up_by_nobody(books: Books) -> None:
    """Those of before: its posting's key would be another than the stream's, and it stand there twice."""
    _, shop = all_kinds(books)
    books.settle()
    for row in EntryRow.scan():
        if row.applied_at and row.account_shard.startswith(shop):
            row.update(actions=[EntryRow.applied_at.remove()])
    for row in postings(shop):
        row.delete()
    books.time.forward(hours=1)
    before = items("ledger-entries")

    counts = Sweep().run()

    assert (counts["failed"], counts.get("stated", 0)) == (1, 0)
    assert items("ledger-entries") == before


def test_of_a_merchant_s_journals_only_what_is_missing_is_looked_at(books: Books) -> None:
    payer, shop = wallet(10_000), settlement()
    for _ in range(20):
        post({payer: -10, shop: 10})
    books.settle()
    books.time.forward(seconds=1)
    made = [post({payer: -10, shop: 10}).journal_id for _ in range(3)]
    books.apply()
    books.state()
    list(postings(shop))[-1].delete()
    books.time.forward(hours=1)

    assert Sweep().run()["stated"] == 1

    assert sorted(row.item for row in GapRow.scan() if row.place.endswith(f"#{shop}")) == sorted(made)
    agrees(books)


def test_a_part_looks_at_the_clock_after_few_accounts(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "ACCOUNTS_AT_ONCE", 2)
    for _ in range(8):
        wallet(5)
    books.apply()
    books.lose(AccountRow)
    books.time.forward(hours=1)
    sweep = Sweep(left_ms=0)

    assert sweep.run()["accounts"] == 8

    assert sweep.taken > 8
    agrees(books)


def test_a_journal_of_which_the_mark_alone_was_removed_is_named_and_costs_no_other(books: Books) -> None:
    """Its other entry stands: nothing of it is booked again, neither now nor by the stream."""
    payer, shops = wallet(1_000), [settlement(), settlement()]
    made = post({payer: -10, shops[0]: 4, shops[1]: 6})
    books.settle()
    for row in EntryRow.scan():
        if row.journal_id == made.journal_id and row.account_shard.startswith(
            f"{made.deferred[0].account_id}#e"
        ):
            row.delete()
    post({payer: -20, shops[0]: 20})
    books.lose(JournalRow)
    books.time.forward(hours=1)

    counts = Sweep().run()

    assert (counts["failed"], counts["booked"]) == (1, 1)
    assert [ledger.accounts.find(shop).balance for shop in shops] == [24, 6]
    with pytest.raises(applier.AlreadyApplied):
        applier.apply([made])


def test_by_hand_of_less_time_than_what_is_left_to_consumers_is_of_nothing(books: Books) -> None:
    all_kinds(books)
    books.lose(JournalRow)
    books.time.forward(minutes=5)

    counts = Sweep().run(since=clock.instant())

    assert (counts["journals"], counts.get("booked", 0)) == (0, 0)


def _later(row: JournalRow) -> None:
    row.booked_at = clock.instant()


def _wide(row: JournalRow) -> None:
    row.wide = True


def _more(row: JournalRow) -> None:
    (payer, _), (shop, _), _ = row.legs
    row.legs = [[payer, -10], [shop, 10]]


@pytest.mark.parametrize("alter", [_later, _wide, _more])
def test_a_booked_journal_that_was_altered_with_its_digest_is_named(
    books: Books, alter: Callable[[JournalRow], None]
) -> None:
    """One that has another place for its mark now is booked again: whoever may do so may write balances."""
    made = post({wallet(1_000): -10, settlement(): 9, FEES: 1})
    books.settle()
    books.time.forward(seconds=5)
    row = store.get(JournalRow, made.journal_id)
    assert row is not None
    alter(row)
    row.digest = JournalRow.of(row.to_domain()).digest
    row.save()
    books.time.forward(hours=1)

    Sweep().run()

    books.state()
    assert made.journal_id in str(verification.verify()["differences"])


def test_a_row_that_cannot_be_read_costs_no_other(books: Books) -> None:
    payer, shop = wallet(1_000), settlement()
    post({payer: -10, shop: 9, FEES: 1})
    books.lose(JournalRow)
    books.lose(AccountRow)
    odd = {"booked_at": {"S": clock.instant()}, "legs": {"N": "1"}, "balance": {"S": "x"}, "kind": {"N": "1"}}
    for table, key in (("ledger-journals", "journal_id"), ("ledger-accounts", "account_id")):
        client().put_item(TableName=table_name(table), Item={key: {"S": "wal_odd"}, **odd})
    books.time.forward(hours=1)

    counts = Sweep().run()

    assert (counts["booked"], counts["failed"]) == (2, 2)
    assert counts["stated"] > 0


def test_what_the_consumer_books_meanwhile_is_booked_once(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the sweep's look at the marks and its own booking."""
    all_kinds(books)
    lost = books.lose(JournalRow)
    books.time.forward(hours=1)
    unmarked = recovery.unmarked

    def hindered(rows: Sequence[JournalRow]) -> Any:
        found = unmarked(rows)
        late(lost, on_journals)
        return found

    monkeypatch.setattr(recovery, "unmarked", hindered)

    counts = Sweep().run()

    assert counts.get("booked", 0) == 0
    books.state()
    agrees(books)


def test_another_sweep_meanwhile_changes_nothing(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    all_kinds(books)
    books.apply()
    books.lose(AccountRow)
    books.time.forward(hours=1)
    runs = iter([True])

    def another() -> None:
        if next(runs, False):
            books.time.forward(hours=12)
            Sweep().run()

    before_it_writes(monkeypatch, another)

    Sweep().run()

    agrees(books)


def test_an_account_may_get_its_parts_while_it_is_swept(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer, shop = all_kinds(books)
    books.apply()
    books.lose(AccountRow)
    books.time.forward(hours=1)
    missing = recovery.missing

    def grows(*given: Any) -> Any:
        row = store.get(AccountRow, shop)
        if row and not row.parts:
            into_parts(shop)
            post({payer: -1, shop: 1})
            books.apply()
        return missing(*given)

    monkeypatch.setattr(recovery, "missing", grows)

    counts = Sweep().run()

    assert counts["stated"] > 0
    books.state()
    books.time.forward(hours=1)
    agrees(books)


def test_more_than_can_be_made_up_at_once_is_named_and_costs_no_other(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer, shop = wallet(10_000), settlement()
    for amount in (3, 4, 5):
        post({payer: -amount, shop: amount})
        books.time.forward(seconds=1)
    books.apply()
    books.lose(AccountRow)
    books.time.forward(hours=1)
    with monkeypatch.context() as patched:
        # The payer has four.
        patched.setattr(sweeping, "MOST_JOURNALS", 3)
        counts = Sweep().run()
    assert (counts["failed"], counts["stated"]) == (1, 1)
    books.time.forward(hours=12)

    Sweep().run()

    agrees(books)


def test_gaps_that_are_more_than_are_noted_at_once_are_filled_by_the_next_sweeps(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "MOST_GAPS", 2)
    payer, shop = wallet(10_000), settlement()
    for amount in range(1, 13):
        books.time.forward(seconds=1)
        post({payer: -amount, shop: amount})
    books.settle()
    for row in list(postings(payer))[::2]:
        row.delete()

    for _ in range(4):
        books.time.forward(hours=12)
        Sweep().run()

    agrees(books)


@given_any(chances=st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None, phases=[Phase.generate])
def test_whatever_postings_are_lost_come_out_to_the_byte(chances: random.Random) -> None:
    with pytest.MonkeyPatch.context() as patched, a_ledger() as books:
        patched.setattr(sweeping, "SEGMENTS", 2)

        def apart(*made: Any) -> Journal:
            """Of several of one instant nobody could say which is missing."""
            books.time.forward(seconds=1)
            return post(*made)

        all_kinds(books, apart)
        books.settle()
        before = items("ledger-entries")
        for row in list(EntryRow.scan()):
            lasts = row.account_shard.startswith("int_") or not row.account_shard.endswith("#p")
            if not lasts and chances.random() < 0.4:
                row.delete()
        books.time.forward(hours=1)

        counts = Sweep().run()

        assert counts.get("failed", 0) == 0
        assert items("ledger-entries") == before
