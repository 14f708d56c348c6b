"""Reads, plain writes, pages and deciding again, on moto."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank import errors, store
from bank.store import retries
from tests.support import embedded
from tests.support.embedded import AwsAnswer, AwsCall, Serve, json_answer
from tests.support.streams import Cloud
from tests.unit.bank.models import Job, Order, Remark


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The attempts after which the store would have paused."""
    taken: list[int] = []
    monkeypatch.setattr(retries, "pause", taken.append)
    return taken


def order(number: int) -> Order:
    return Order(payment_id=f"pay_{number}", record="order", amount=number)


def remark(number: int, text: str) -> Remark:
    return Remark(payment_id=f"pay_{number}", record="remark", text=text)


# Batch reads and writes


def test_items_of_several_tables_and_models_come_in_the_order_asked(cloud: Cloud) -> None:
    store.put_many([order(1), order(2), remark(1, "first"), Job(movement_id="job_1", left=7)])

    found = store.get_many(
        [
            (Job, "job_1"),
            (Remark, "pay_1", "remark"),
            (Order, "pay_9", "order"),
            (Order, "pay_2", "order"),
            (Remark, "pay_2", "remark"),
            (Order, "pay_1", "order"),
            (Job, "job_2"),
            (Order, "pay_2", "order"),
        ]
    )

    assert [type(row) for row in found] == [
        Job,
        Remark,
        type(None),
        Order,
        type(None),
        Order,
        type(None),
        Order,
    ]
    assert (found[0].left, found[1].text, found[3].amount, found[5].amount) == (7, "first", 2, 1)
    assert found[7] is found[3]


def test_more_keys_than_one_call_takes_are_written_and_read(cloud: Cloud) -> None:
    store.put_many([order(number) for number in range(230)])

    found = store.get_many([(Order, f"pay_{number}", "order") for number in reversed(range(231))])

    assert found[0] is None
    assert [row.amount for row in found[1:]] == list(reversed(range(230)))


def test_no_keys_cost_no_call() -> None:
    assert store.get_many([]) == []


def test_one_item_is_read_as_it_is_now_or_is_none(cloud: Cloud) -> None:
    store.put_many([order(1)])

    found = store.get(Order, "pay_1", "order")

    assert found
    assert found.amount == 1
    assert store.get(Order, "pay_1", "remark") is None


def test_a_row_put_twice_at_once_is_there_as_it_was_last(cloud: Cloud) -> None:
    store.put_many([remark(1, "old"), order(1), remark(1, "new")])

    assert store.get_many([(Remark, "pay_1", "remark")])[0].text == "new"


def test_a_partition_is_read_in_key_order_or_from_its_end(cloud: Cloud) -> None:
    rows = [Order(payment_id="pay_1", record=f"r{number}", amount=number) for number in range(5)]
    store.put_many([*rows, order(2)])

    upwards = store.query(Order, "pay_1", Order.record > "r1")
    downwards = store.query(Order, "pay_1", newest_first=True, limit=2)

    assert [int(row.amount) for row in upwards] == [2, 3, 4]
    assert [int(row.amount) for row in downwards] == [4, 3]


class Leaving:
    """A store that leaves unprocessed whatever it is asked in its first `times` batch calls."""

    def __init__(self, times: int) -> None:
        self.times = times

    def around(self, call: AwsCall, serve: Serve) -> AwsAnswer:
        if not call.operation.startswith("Batch") or self.times == 0:
            return serve(call)
        self.times -= 1
        left = call.document["RequestItems"]
        return json_answer({"Responses": {}, "UnprocessedKeys": left, "UnprocessedItems": left})


@pytest.fixture
def leaving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Leaving]:
    """DynamoDB in this process, which leaves nothing unprocessed until it is asked to."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    leaving = Leaving(0)
    with embedded.cloud(leaving.around):
        yield leaving


def test_what_was_left_unprocessed_is_asked_again(leaving: Leaving, pauses: list[int]) -> None:
    leaving.times = 2
    store.put_many([order(1), order(2)])
    leaving.times = 3

    found = store.get_many([(Order, "pay_2", "order"), (Order, "pay_1", "order")])

    assert [row.amount for row in found] == [2, 1]
    assert pauses == [0, 1, 0, 1, 2]


def test_what_stays_unprocessed_is_unavailable_and_not_absent(leaving: Leaving) -> None:
    leaving.times = 10**6

    with pytest.raises(errors.Unavailable):
        store.get_many([(Order, "pay_1", "order")])
    with pytest.raises(errors.Unavailable):
        store.put_many([order(1)])


# Pages


@given(st.integers(0, 12), st.integers(1, 5))
def test_pages_of_a_list_hold_each_thing_once_and_the_last_page_says_so(size: int, limit: int) -> None:
    everything = [f"{number:02d}" for number in range(size)]
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        items, after = store.page([each for each in everything if each > after][: limit + 1], limit, str)
        assert len(items) == limit or after is None
        seen += items

    assert seen == everything


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 5), st.integers(1, 9))
def test_what_others_wrote_between_hides_nothing_and_a_page_looks_at_so_much_and_no_more(
    mine: list[bool], limit: int, most: int
) -> None:
    places = [f"{number:02d}" for number in range(len(mine))]
    own = [place for place, its in zip(places, mine, strict=True) if its]
    seen: list[str] = []
    after: str | None = ""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("bank.store.pages.MOST_SIFTED", most)
        while after is not None:
            looked_at: list[str] = []

            def shown(batch: list[str], looked_at: list[str] = looked_at) -> list[str | None]:
                looked_at += batch
                return [place if place in own else None for place in batch]

            rest = (place for place in places if place > str(after))
            items, after = store.sift(rest, shown, limit=limit, place=str)
            assert len(items) <= limit
            assert len(looked_at) < most + store.BATCH_GET_LIMIT
            # Where nothing more is to be shown, only a page that has met so many leads on.
            assert after is None or own[-1:] > [after] or len(looked_at) >= most
            seen += items

    assert seen == own


# Deciding again


def test_a_use_case_decides_again_while_it_meets_changes(pauses: list[int]) -> None:
    outcomes = iter([store.Stale(), store.stale(None), "done"])

    def decide() -> Any:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert store.retry_on_conflict(decide) == "done"
    assert pauses == [0, 1]


def test_a_use_case_that_never_meets_a_still_moment_is_unavailable() -> None:
    runs: list[int] = []

    def decide() -> None:
        runs.append(1)
        raise store.Stale

    with pytest.raises(errors.Unavailable):
        store.retry_on_conflict(decide)
    assert len(runs) == store.DECISIONS


def test_any_other_error_of_a_use_case_is_raised_at_once(pauses: list[int]) -> None:
    def decide() -> None:
        raise errors.Refusal("no")

    with pytest.raises(errors.Refusal):
        store.retry_on_conflict(decide)
    assert pauses == []
