"""From hits to a verdict: the worst outcome counts, lists have their say, and a replay says the same."""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bank import rules
from bank.risk import Outcome, facts, replay
from bank.risk.verdict import MODEL, SEVERITY, conclude, posture
from bank.rules import RulesBroken
from tests.support.risk import graph, model, table
from tests.unit.bank.risk.test_facts import every

NOBODY_LISTED = facts.nested({})
outcomes = st.sampled_from(list(Outcome))
hits = st.lists(
    st.builds(
        lambda outcome, reason: {"outcome": outcome.value, "reason": reason}, outcomes, st.sampled_from("abc")
    )
)
RULES = model(
    ("amount > 50000", "challenge", "large"),
    ("customer.count_1h >= 10", "review", "many"),
    ("device.new and night", "challenge", "new_device_at_night"),
    ("travel.kmh > 900", "decline", "impossible_travel"),
    ('lists.customer == "watch"', "review", "watched"),
)


def on_lists(**lists: str) -> facts.Facts:
    return facts.nested({f"lists.{who}": on for who, on in lists.items()})


@given(hits)
def test_the_worst_outcome_counts_and_only_its_reasons_are_given(found: list[dict[str, str]]) -> None:
    outcome, reasons = conclude(found, NOBODY_LISTED)

    assert SEVERITY[outcome] == max((SEVERITY[Outcome(hit["outcome"])] for hit in found), default=0)
    assert set(reasons) == {hit["reason"] for hit in found if hit["outcome"] == outcome}


@given(hits, st.permutations(range(8)))
def test_the_order_of_hits_changes_no_outcome_and_loses_no_reason(found: list[Any], order: list[int]) -> None:
    shuffled = [found[place] for place in order if place < len(found)] + found[8:]

    first, second = conclude(found, NOBODY_LISTED), conclude(shuffled, NOBODY_LISTED)

    assert (first[0], set(first[1])) == (second[0], set(second[1]))


@given(hits, st.sampled_from(["customer", "device", "payee", "merchant"]))
def test_a_block_declines_whatever_else_holds(found: list[Any], who: str) -> None:
    listed = {"customer": "allow", "device": "allow", "payee": "allow", "merchant": "allow", who: "block"}

    outcome, reasons = conclude(found, on_lists(**listed))

    assert outcome is Outcome.DECLINE
    assert f"blocked_{who}" in reasons


@pytest.mark.parametrize(
    ("hit", "expected"),
    [("approve", "approve"), ("challenge", "approve"), ("review", "review"), ("decline", "decline")],
)
def test_an_allow_list_spares_the_challenge_and_nothing_worse(hit: str, expected: str) -> None:
    found = [{"outcome": hit, "reason": "r"}, {"outcome": "challenge", "reason": "c"}]

    assert conclude(found, on_lists(customer="allow"))[0] == expected


@given(every)
def test_the_recorded_input_and_the_version_give_the_verdict_again(made: facts.Facts) -> None:
    judged = conclude(rules.evaluate(rules.compiled("rls_replay", RULES, MODEL), made), made)

    stored = facts.encode(facts.pack(made))
    rules.forget()

    assert replay(RULES, facts.decode(stored), version="rls_replay") == judged
    assert replay(RULES, facts.decode(stored)) == judged


def test_tables_side_by_side_are_all_heard() -> None:
    content = graph(
        table(("amount > 10", "challenge", "large"), node="one", output_path="one"),
        table(("amount > 20", "review", "larger"), node="two", output_path="two"),
    )

    assert replay(content, facts.pack(facts.nested({"amount": 15}))) == (Outcome.CHALLENGE, ("large",))
    assert replay(content, facts.pack(facts.nested({"amount": 25}))) == (Outcome.REVIEW, ("larger",))


@pytest.mark.parametrize(
    "result",
    ["approve", 1, {"outcome": "approve"}, [{"outcome": "maybe"}], [1], [{"outcome": "review", "reason": 1}]],
)
def test_a_model_that_ends_in_anything_else_is_broken(result: Any) -> None:
    with pytest.raises(RulesBroken):
        conclude(result, NOBODY_LISTED)


@pytest.mark.parametrize("stated", list(Outcome))
def test_a_posture_holds_with_its_reason_unless_a_block_is_worse(stated: Outcome) -> None:
    plain = posture(stated, facts.pack(on_lists(customer="allow")))
    blocked = posture(stated, facts.pack(on_lists(device="block")))

    assert plain == (stated, () if stated is Outcome.APPROVE else ("posture",))
    assert blocked[0] is Outcome.DECLINE
    assert "blocked_device" in blocked[1]


@pytest.mark.parametrize(
    ("currency", "amount", "home", "above"),
    [("CNY", 100, 100, 100_000), ("JPY", 140, 1_000, 14_000), ("KWD", 38, 100, 38_000)],
)
def test_a_rule_can_bound_a_sum_of_any_currency_by_the_home_currency(
    currency: str, amount: int, home: int, above: int
) -> None:
    """As docs/risk.md says it."""
    content = model(("customer.sum_24h > 100000 * amount / max([amount_home, 1])", "review", "much"))
    flat = {"currency": currency, "amount": amount, "amount_home": home}

    within, beyond = (
        replay(content, facts.pack(facts.nested(flat | {"customer.sum_24h": total})))[0]
        for total in (above, above + 1)
    )

    assert (within, beyond) == (Outcome.APPROVE, Outcome.REVIEW)
