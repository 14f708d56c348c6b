"""Any history of an entitlement: uses and what they gave add up, ends are final, reversals return just that.

Those who change it are processes whose clocks are a little apart; a change that is refused changes nothing.
"""

import itertools
from collections import Counter
from collections.abc import Callable

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bank.benefits.domain import ENDED, Entitlement, Status
from bank.benefits.reasons import EntitlementNotUsable

REFUSED = (EntitlementNotUsable, ValueError)
OPEN = {Status.ISSUED, Status.RESERVED}
FINAL = {Status.EXPIRED, Status.REVOKED, Status.GIVEN_AWAY}
amounts = st.integers(0, 9)
references = st.sampled_from(["order_1", "order_2", "pay_1", "pay_2"])
BEGINS, ENDS = 2, 12


def at(minute: int) -> str:
    """An instant, as text that sorts."""
    return f"{minute:06}"


def issued(uses: int = 1, *, valid_from: int = 0, valid_to: int = ENDS) -> Entitlement:
    return Entitlement("ent_1", "cus_1", Status.ISSUED, uses, at(valid_from), at(valid_to))


class History(RuleBasedStateMachine):
    """One entitlement, and beside it what its changes should have made of it."""

    def __init__(self) -> None:
        super().__init__()
        self.minute = 0

    @initialize(uses=st.integers(1, 3))
    def issue(self, uses: int) -> None:
        self.uses, self.entitlement = uses, issued(uses, valid_from=BEGINS)
        # By payment: what is left of what its use gave, until all of that is returned.
        self.given: dict[str, int] = {}
        self.number = 0

    @rule(minutes=st.sampled_from([0, 1, 1, 3, 9]))
    def wait(self, minutes: int) -> None:
        self.minute += minutes

    def now(self, skew: int) -> str:
        return at(max(0, self.minute + skew))

    skews = st.integers(-1, 1)

    def changed(self, change: Callable[[Entitlement], Entitlement], *, allowed: bool | None = None) -> bool:
        """Make a change, which must be allowed or refused where that is known; whether it was made."""
        before = self.entitlement
        try:
            after = change(before)
        except REFUSED:
            assert allowed is not True
            return False
        assert allowed is not False
        assert before.status not in FINAL or after.status is before.status
        self.entitlement = after
        return True

    def is_free(self, now: str, reference: str) -> bool:
        """Whether it can be used, told from its fields alone."""
        it = self.entitlement
        others = it.status is Status.RESERVED and it.reserved_for != reference
        lasts = not it.reserved_until or now < it.reserved_until
        return it.status in OPEN and it.valid_from <= now < it.valid_to and not (others and lasts)

    @rule(reference=references, skew=skews, lasts=st.sampled_from([None, 2, 15]))
    def reserve(self, reference: str, skew: int, lasts: int | None) -> None:
        now, until = self.now(skew), "" if lasts is None else at(self.minute + lasts)
        self.changed(lambda it: it.reserved(now, reference, until), allowed=self.is_free(now, reference))

    @rule(order=references, payment=references, skew=skews)
    def take_over_an_orders_reservation(self, order: str, payment: str, skew: int) -> None:
        now, until = self.now(skew), at(self.minute + 5)
        allowed = self.is_free(now, order)
        self.changed(lambda it: it.reserved(now, payment, until, before=order), allowed=allowed)

    @rule(reference=references, skew=skews)
    def release(self, reference: str, skew: int) -> None:
        it, now = self.entitlement, self.now(skew)
        theirs = it.status is Status.RESERVED and it.reserved_for == reference
        if self.changed(lambda it: it.released(now, reference), allowed=theirs):
            over = now >= it.valid_to
            assert self.entitlement.status is (Status.EXPIRED if over else Status.ISSUED)

    @rule(reference=references, amount=amounts, skew=skews)
    def redeem(self, reference: str, amount: int, skew: int) -> None:
        now = self.now(skew)
        if self.changed(lambda it: it.redeemed(now, reference, amount), allowed=self.is_free(now, reference)):
            self.was_used(amount)

    @rule(reference=references, amount=amounts)
    def capture(self, reference: str, amount: int) -> None:
        """A payment that has reserved it uses it, whenever that is."""
        it = self.entitlement
        theirs = it.status is Status.RESERVED and it.reserved_for == reference
        if self.changed(lambda it: it.captured(reference, amount), allowed=theirs):
            self.was_used(amount)

    def was_used(self, amount: int) -> None:
        self.number += 1
        self.given[f"use_{self.number}"] = amount

    @precondition(lambda self: self.given)
    @rule(data=st.data(), skew=skews)
    def refund(self, data: st.DataObject, skew: int) -> None:
        """A part of what a use gave, or all that is left of it, which returns the use."""
        use = data.draw(st.sampled_from(sorted(self.given)))
        amount = data.draw(st.integers(0, self.given[use]))
        whole = amount == self.given[use]
        now = self.now(skew)
        self.changed(lambda it: it.refunded(now, amount, whole=whole), allowed=True)
        self.given[use] -= amount
        if whole:
            del self.given[use]

    @rule(skew=skews, more=st.integers(1, 3))
    def refund_too_much(self, skew: int, more: int) -> None:
        now, amount = self.now(skew), sum(self.given.values()) + more
        self.changed(lambda it: it.refunded(now, amount, whole=True), allowed=False)

    @rule(skew=skews)
    def expire(self, skew: int) -> None:
        it, now = self.entitlement, self.now(skew)
        lasts = it.status is Status.RESERVED and (not it.reserved_until or now < it.reserved_until)
        allowed = it.status in OPEN and now >= it.valid_to and not lasts
        self.changed(lambda it: it.expired(now), allowed=allowed)

    @rule(skew=skews, give=st.booleans())
    def take_away(self, skew: int, give: bool) -> None:
        """Before it can be used, too; not while it is reserved."""
        it, now = self.entitlement, self.now(skew)
        lasts = it.status is Status.RESERVED and (not it.reserved_until or now < it.reserved_until)
        early = it.status in OPEN and now < it.valid_from
        allowed = early or (it.status in OPEN and now < it.valid_to and not lasts)
        self.changed(lambda it: it.given_away(now) if give else it.revoked(now), allowed=allowed)

    @invariant()
    def uses_left_and_uses_made_are_all_there_are(self) -> None:
        assert self.entitlement.uses_left + len(self.given) == self.uses

    @invariant()
    def it_has_given_what_its_uses_gave(self) -> None:
        assert self.entitlement.spent == sum(self.given.values())

    @invariant()
    def its_status_fits_the_rest(self) -> None:
        it = self.entitlement
        assert (it.status in OPEN) <= (it.uses_left > 0)
        assert (it.status is Status.REDEEMED) <= (it.uses_left == 0)
        assert bool(it.reserved_for or it.reserved_until) <= (it.status is Status.RESERVED)
        assert (it.status in ENDED) <= (it.unusable(self.now(0)) is not None)


class TestHistories(History.TestCase):  # type: ignore[misc]
    settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


@given(
    amount=st.integers(1, 1_000),
    cuts=st.lists(st.integers(0, 1_000), max_size=4),
    uses=st.integers(1, 3),
    captured=st.booleans(),
)
def test_a_reversal_in_any_parts_returns_exactly_what_was_given(
    amount: int, cuts: list[int], uses: int, captured: bool
) -> None:
    before = issued(uses)
    if captured:
        used = before.reserved(at(1), "pay_1", at(9)).captured("pay_1", amount)
    else:
        used = before.redeemed(at(1), "order_1", amount)
    places = [0, *sorted(min(cut, amount) for cut in cuts), amount]
    parts = [after - start for start, after in itertools.pairwise(places)]

    it = used
    for part in parts[:-1]:
        it = it.refunded(at(2), part, whole=False)
        assert it.uses_left == used.uses_left
        assert it.status is used.status
    it = it.refunded(at(3), parts[-1], whole=True)

    assert it == before


@pytest.mark.parametrize("clock", [ENDS - 1, ENDS, ENDS + 1])
def test_what_has_expired_stays_so_whatever_comes_back(clock: int) -> None:
    """By a clock that is behind, its time is not over: nothing would end it a second time."""
    used = issued(2).redeemed(at(1), "order_1", 5).expired(at(ENDS))

    back = used.refunded(at(clock), 5, whole=True)

    assert (back.status, back.uses_left, back.spent) == (Status.EXPIRED, 2, 0)


def test_a_reservation_that_is_over_is_anybodys() -> None:
    reserved = issued().reserved(at(1), "order_1", at(5))

    assert reserved.redeemed(at(5), "order_2", 3).status is Status.REDEEMED
    with pytest.raises(EntitlementNotUsable) as refused:
        reserved.redeemed(at(4), "order_2", 3)
    assert refused.value.code == "entitlement_reserved"


def test_every_status_that_ends_it_has_its_own_reason() -> None:
    reasons = Counter(ENDED.values())

    assert ENDED.keys() == set(Status) - OPEN
    assert set(reasons.values()) == {1}
