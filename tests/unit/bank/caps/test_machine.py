"""Any history of takers, days and changes is that of one number for each bound, whatever the shards.

Takers remember what they read for two seconds, as processes do; some decide and write later, as in a race.
"""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bank import caps, clock, store
from bank.caps import Bounds, Cap, CapTooLow, Counts, SoldOut, Taken
from bank.caps.tables import day_of
from bank.store import Transaction
from tests.unit.bank.caps import given

# Small, so that bounds meet each other often.
bound = st.none() | st.integers(0, 30)
some_bounds = st.builds(Bounds, bound, bound, bound, bound).filter(lambda each: each != Bounds())
some = st.integers(0, 4)
takers = st.integers(0, 9).map("cus_{}".format)
CODES = ("sold_out", "budget_used_up", "sold_out_today", "budget_used_up_today")


class Model:
    """What is left: one number for each bound, those of days by day."""

    def __init__(self, cap: Cap) -> None:
        self.cap = cap
        self.total = cap.bounds[:2]
        self.days: dict[str, tuple[int | None, ...]] = {}

    def left(self, day: str) -> Bounds:
        """On a day."""
        return Bounds(*self.total, *self.days.get(day, self.cap.bounds[2:]))

    def set(self, left: Bounds, day: str) -> None:
        self.total, self.days[day] = left[:2], left[2:]

    def move(self, by: list[int], day: str) -> None:
        """Take so much, or give it back."""
        pairs = zip(self.left(day), by, strict=True)
        self.set(Bounds(*(has if has is None else has + each for has, each in pairs)), day)

    def refusal(self, wanted: Counts, day: str) -> str | None:
        """The code of the first bound that leaves too little."""
        pairs = zip(CODES, self.left(day), wanted, strict=True)
        return next((code for code, left, each in pairs if left is not None and left < each), None)


class CapMachine(RuleBasedStateMachine):
    """One cap. Whoever takes is another process, or one that remembers."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self.time = self._stack.enter_context(given.a_bank())
        self.held: list[Taken] = []
        # What was decided to be given back and may not be yet: whoever was overtaken decides again.
        self.returning: list[Taken] = []
        # Decided and not written yet, each with what follows once it is.
        self.pending: list[tuple[Transaction, Callable[[], None]]] = []

    @initialize(bounds=some_bounds, shards=st.integers(1, 7))
    def begin(self, bounds: Bounds, shards: int) -> None:
        self.cap = self.first = Cap("ben_1", bounds, shards)
        self.model = Model(self.cap)

    @property
    def day(self) -> str:
        return day_of(given.rows(self.cap), clock.now())

    @rule(seconds=st.sampled_from([1, 2, 3, 7 * 3600, 24 * 3600]))
    def wait(self, seconds: int) -> None:
        self.time.forward(seconds=seconds)

    @rule()
    def another_process(self) -> None:
        given.another_process()

    @rule(units=some, amount=some, by=takers)
    def take_as_it_is_now(self, units: int, amount: int, by: str) -> None:
        """Refused exactly where the one number of a bound is too small."""
        given.another_process()
        wanted = self.cap.counted(units, amount)
        expected = self.model.refusal(wanted, self.day)
        if expected:
            with pytest.raises(SoldOut) as refused:
                given.take(self.cap, units, amount, by=by)
            assert refused.value.code == expected
            return
        taken = given.take(self.cap, units, amount, by=by)
        assert taken.counts == wanted
        self.was_taken(taken)

    @rule(units=some, amount=some, by=takers, old=st.booleans())
    def take_by_what_is_remembered(self, units: int, amount: int, by: str, old: bool) -> None:
        """May be refused for what was used up within two seconds, or by who knows lower bounds."""
        with suppress(SoldOut):
            self.was_taken(given.take(self.first if old else self.cap, units, amount, by=by))

    @rule(units=some, amount=some, by=takers)
    def decide_to_take(self, units: int, amount: int, by: str) -> None:
        try:
            transaction, taken = given.ready(self.cap, units, amount, by=by)
        except SoldOut:
            return
        self.pending.append((transaction, lambda: self.was_taken(taken)))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), later=st.booleans())
    def give_back(self, data: st.DataObject, later: bool) -> None:
        """All or some of it, at once or a while after it was decided."""
        taken = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        had = taken.counts
        units = data.draw(st.integers(0, max(had.units, had.day_units)))
        amount = data.draw(st.integers(0, max(had.budget, had.day_budget)))
        back, kept = taken.split(units=units, amount=amount)
        self.held.append(kept)
        if not later:
            given.give_back(back)
            self.was_given_back(back)
            return
        transaction = Transaction()
        caps.give_back(transaction, back, store.get_many(caps.keys(back)))
        self.returning.append(back)
        self.pending.append((transaction, lambda: self.was_given_back(back)))

    @precondition(lambda self: self.pending)
    @rule(data=st.data())
    def write_what_was_decided(self, data: st.DataObject) -> None:
        transaction, follows = self.pending.pop(data.draw(st.integers(0, len(self.pending) - 1)))
        if given.committed(transaction):
            follows()

    @rule(more=st.integers(0, 6), of_day=st.integers(0, 6))
    def raise_bounds(self, more: int, of_day: int) -> None:
        by = Counts(more, 5 * more, of_day, 5 * of_day)
        raised = [
            None if each is None else each + more for each, more in zip(self.cap.bounds, by, strict=True)
        ]
        left = self.model.left(self.day)
        self.cap = self.model.cap = replace(self.cap, bounds=Bounds(*raised))
        self.model.set(Bounds(*left.less(Counts(*(-each for each in by)))), self.day)

    @rule(units=some, amount=some, remembered=st.booleans())
    def lower(self, units: int, amount: int, remembered: bool) -> None:
        """What is kept is taken of all, and of no day."""
        if not remembered:
            given.another_process()
        wanted = self.cap.counted(units, amount).in_all()
        too_low = self.model.refusal(wanted, self.day)
        try:
            taken = given.lower(self.cap, units, amount)
        except CapTooLow:
            assert too_low or remembered
            return
        assert not too_low
        assert taken.counts == wanted
        self.was_taken(taken)

    def was_taken(self, taken: Taken) -> None:
        self.held.append(taken)
        self.was_moved(taken, -1)

    def was_given_back(self, taken: Taken) -> None:
        self.returning = [each for each in self.returning if each is not taken]
        self.was_moved(taken, 1)

    def was_moved(self, taken: Taken, sign: int) -> None:
        """Of days that are over, nothing is known but that no shard had too little."""
        for part in taken.parts:
            of_day = part.counts[2:] if part.day == self.day else (0, 0)
            self.model.move([sign * each for each in (*part.counts[:2], *of_day)], self.day)

    @invariant()
    def what_is_left_is_what_one_number_for_each_bound_would_be(self) -> None:
        assert given.left(self.cap) == self.model.left(self.day)

    @invariant()
    def no_shard_has_less_than_nothing(self) -> None:
        for shard, row in enumerate(given.rows(self.cap)):
            left = self.cap.share(shard).less(row.taken(row.day) if row else Counts())
            assert min(each for each in left if each is not None) >= 0
            assert min(row.taken(row.day) if row else Counts()) >= 0

    @invariant()
    def what_is_left_and_what_is_out_are_all_there_is(self) -> None:
        out = [each.counts for each in (*self.held, *self.returning)]
        for number, (all_of_it, left) in enumerate(
            zip(self.cap.bounds[:2], given.left(self.cap), strict=False)
        ):
            assert all_of_it is None or all_of_it == (left or 0) + sum(each[number] for each in out)

    def teardown(self) -> None:
        self._stack.close()


CapMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestAnyHistory = CapMachine.TestCase
