"""Maker-checker's rules, for any approval and any sequence of people who try to decide."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.control.approval import domain
from bank.control.approval.domain import Approval, Bracket, Checker, Level, Rule, Status

NOW, LATER = "2026-01-15T04:00:00.000000Z", "2026-01-16T04:00:00.000000Z"
PERMISSION = "approvals:decide"
LEVELS = st.lists(st.sampled_from(list(Level)), min_size=1, max_size=4)
PEOPLE = st.builds(
    Checker,
    staff_id=st.sampled_from(["stf_maker", "stf_1", "stf_2", "stf_3", "stf_4"]),
    head_office=st.booleans(),
    permissions=st.sampled_from([frozenset(), frozenset({PERMISSION}), frozenset({"risk:approve"})]),
    sees=st.booleans(),
)


def approval(levels: list[Level], **given: object) -> Approval:
    facts = {"status": Status.SUBMITTED, "step": 0, "checkers": (), "expires_at": LATER, **given}
    return Approval("apr_1", "limits", "stf_maker", levels=tuple(levels), permission=PERMISSION, **facts)  # type: ignore[arg-type]


@given(LEVELS, st.lists(PEOPLE, max_size=12))
def test_whoever_tries_it_takes_as_many_different_checkers_as_there_are_steps(
    levels: list[Level], people: list[Checker]
) -> None:
    one, passed = approval(levels), []
    for person in people:
        if domain.decision_refusal(one, person, NOW) is None:
            passed.append((one.level, person))
            one = replace(one, checkers=(*one.checkers, person.staff_id), step=one.step + 1)
            if one.step == len(levels):
                one = replace(one, status=Status.APPROVED, step=one.step - 1)

    assert [level for level, _ in passed] == levels[: len(passed)]
    assert len({person.staff_id for _, person in passed}) == len(passed)
    assert all(person.staff_id != "stf_maker" for _, person in passed)
    assert all(person.sees and PERMISSION in person.permissions for _, person in passed)
    assert all(person.head_office for level, person in passed if level is Level.HEAD_OFFICE)
    assert (one.status is Status.APPROVED) == (len(passed) == len(levels))


@given(LEVELS, PEOPLE, st.sampled_from([status for status in Status if status is not Status.SUBMITTED]))
def test_what_has_ended_is_decided_by_nobody(levels: list[Level], person: Checker, status: Status) -> None:
    ended = approval(levels, status=status)

    assert isinstance(domain.decision_refusal(ended, person, NOW), domain.NotSubmitted)
    assert domain.withdrawal_refusal(ended, "stf_maker", NOW) is not None


@given(LEVELS, PEOPLE)
def test_at_its_very_time_it_has_expired(levels: list[Level], person: Checker) -> None:
    one = approval(levels)

    assert one.status_at(NOW) is Status.SUBMITTED
    assert one.status_at(LATER) is Status.EXPIRED
    assert isinstance(domain.decision_refusal(one, person, LATER), domain.NotSubmitted)


AMOUNTS = st.lists(st.integers(1, 10**9), max_size=5, unique=True).map(lambda found: [0, *sorted(found)])


@given(AMOUNTS, st.data())
def test_an_amount_is_checked_by_the_levels_of_its_bracket(starts: list[int], data: st.DataObject) -> None:
    levels = [tuple(data.draw(LEVELS)) for _ in starts]
    rule = Rule(PERMISSION, tuple(Bracket(*pair) for pair in zip(starts, levels, strict=True)))
    amount = data.draw(st.integers(0, 2 * 10**9))

    expected = [own for start, own in zip(starts, levels, strict=True) if start <= amount][-1]

    assert rule.levels(amount, in_home_currency=True) == expected
    assert rule.levels(amount, in_home_currency=False) == levels[-1]
    assert rule.levels(None, in_home_currency=True) == levels[0]
    assert domain.rule(rule.content(), rule.version) == rule


@pytest.mark.parametrize(
    "brackets",
    [
        [],
        [{"from_amount": 1, "levels": ["branch"]}],
        [{"from_amount": 0, "levels": []}],
        [{"from_amount": 0, "levels": ["branch"]}, {"from_amount": 0, "levels": ["branch"]}],
        [{"from_amount": 0, "levels": ["nobody"]}],
    ],
)
def test_a_rule_leaves_no_amount_unchecked(brackets: list[object]) -> None:
    content = {"permission": PERMISSION, "decide_hours": 1, "use_hours": 1, "brackets": brackets}

    with pytest.raises(ValueError, match=r"brackets|checks|Level"):
        domain.rule(content, "arv_1")
