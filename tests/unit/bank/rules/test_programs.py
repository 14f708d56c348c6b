"""What a checked model says as one program is what zen says of the decision graph as its author wrote it."""

import json
from typing import Any

import pytest
import zen
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bank import rules
from bank.risk import facts
from bank.risk.verdict import MODEL
from bank.rules import RulesBroken
from tests.support.risk import graph, table

CONDITIONS = st.sampled_from(
    [
        "amount > 100",
        "amount in [50..100)",
        "not night",
        "night or customer.given and hour < 6",
        'currency in ["CNY", "USD"]',
        'lists.payee == "block"',
        "customer.mean_30d > 0 and amount / customer.mean_30d > 2",
        "customer.count_1h % 3 == 1",
        "max([amount, customer.mean_30d]) == amount",
    ]
)
# Tests of a column, of its own field.
CELLS = st.sampled_from(["", "> 100", "[50..100]", "50, 100, 101", "not in [0, 1]", "<= customer.mean_30d"])
NUMBERS = st.sampled_from(["0", "10", "-5", "hour", "amount * 2", "abs(hour - 12)", "night ? 7 : hour"])
MADE = st.sampled_from(["score > 10", "score <= 0", "total > 15 or score == 10", "total - score > 5"])
KNOWN = st.fixed_dictionaries(
    {
        "amount": st.sampled_from([0, 1, 49, 50, 99, 100, 101, 10**6]),
        "hour": st.integers(0, 23),
        "night": st.booleans(),
        "customer.given": st.booleans(),
        "customer.mean_30d": st.sampled_from([0, 1, 50, 10**6]),
        "customer.count_1h": st.integers(0, 9),
        "currency": st.sampled_from(["CNY", "USD", "JPY"]),
        "lists.payee": st.sampled_from(["", "block", "watch"]),
    }
)


@st.composite
def models(draw: st.DrawFn) -> dict[str, Any]:
    """A score of a first table, a total of expressions, and two tables of hits on them and on facts."""
    scored = [
        {"_id": str(number), "when": draw(CONDITIONS), "amount": draw(CELLS), "score": draw(NUMBERS)}
        for number in range(draw(st.integers(0, 4)))
    ]
    score = {
        "hitPolicy": "first",
        "passThrough": True,
        "inputs": [{"id": "when", "name": "when"}, {"id": "amount", "name": "amount", "field": "amount"}],
        "outputs": [{"id": "score", "name": "score", "field": "score"}],
        "rules": [*scored, {"_id": "last", "when": "", "amount": "", "score": draw(NUMBERS)}],
    }
    lines = [
        {"id": "more", "key": "more", "value": draw(NUMBERS)},
        {"id": "total", "key": "total", "value": "score + $.more"},
    ]
    outcomes = st.sampled_from(["challenge", "review", "decline"])
    rows = st.lists(st.tuples(CONDITIONS | MADE, outcomes, st.sampled_from("abc")), max_size=4)
    ends = [table(*draw(rows), node=name, output_path=name) for name in ("one", "two")]
    nodes = [
        {"id": "request", "name": "request", "type": "inputNode"},
        {"id": "score", "name": "score", "type": "decisionTableNode", "content": score},
        {
            "id": "total",
            "name": "total",
            "type": "expressionNode",
            "content": {"expressions": lines, "passThrough": True},
        },
        *ends,
        {"id": "answer", "name": "answer", "type": "outputNode"},
    ]
    ways = ["request score", "score total", "total one", "total two", "one answer", "two answer"]
    return {"nodes": nodes, "edges": edges(*ways)}


def edges(*ways: str) -> list[dict[str, str]]:
    """Edges, each written as the nodes that it joins."""
    joined = [way.partition(" ") for way in ways]
    return [{"id": source + target, "sourceId": source, "targetId": target} for source, _, target in joined]


def of_the_graph(content: dict[str, Any], known: dict[str, Any]) -> list[Any]:
    """What zen answers to the author's own graph, table by table."""
    answer: dict[str, list[Any]] = (
        zen.ZenEngine().create_decision(json.dumps(content)).evaluate(facts.nested(known))["result"]
    )
    return [*answer["one"], *answer["two"]]


@settings(max_examples=300)
@given(models(), KNOWN)
def test_a_program_says_what_the_graph_says(content: dict[str, Any], known: dict[str, Any]) -> None:
    # Some are refused: a test may never hold of what was drawn.
    if rules.faults(content, MODEL):
        event("refused")
        return
    rules.forget()

    found = rules.evaluate(rules.compiled("rls_drawn", content, MODEL), facts.nested(known))

    event(f"hits: {len(found)}")
    assert found == of_the_graph(content, known)


def with_line(key: str, value: str, condition: str) -> dict[str, Any]:
    """One expression, and one row that asks about it."""
    line = {"expressions": [{"key": key, "value": value}], "passThrough": True}
    nodes = [
        {"id": "request", "type": "inputNode"},
        {"id": "line", "type": "expressionNode", "content": line},
        table((condition, "review", "r")),
        {"id": "answer", "type": "outputNode"},
    ]
    return {"nodes": nodes, "edges": edges("request line", "line rules", "rules answer")}


def hits(content: dict[str, Any], known: dict[str, Any]) -> list[Any]:
    """What a model says that has no faults."""
    assert rules.faults(content, MODEL) == []
    rules.forget()
    found: list[Any] = rules.evaluate(rules.compiled("rls_one", content, MODEL), facts.nested(known))
    return found


def test_the_largest_tables_answer_in_the_order_of_their_rows() -> None:
    rows = [("amount > 100", "review", f"r{number}") for number in range(400)]

    content = graph(*(table(*rows, node=name, output_path=name) for name in ("one", "two")))

    assert [hit["reason"] for hit in hits(content, {"amount": 101})] == [f"r{n}" for n in range(400)] * 2
    assert hits(content, {"amount": 100}) == []


@pytest.mark.parametrize("name", ["len", "sum", "map", "filter", "d", "date", "row", "_row", "some", "env"])
def test_a_name_of_zens_own_is_a_name_here(name: str) -> None:
    content = with_line(name, "amount + 1", f"{name} == 102")

    assert hits(content, {"amount": 101}) == [{"outcome": "review", "reason": "r"}]


@pytest.mark.parametrize("word", ['"; amount = 0; \'"', "'}, null])[0]; \"'", '"$row // # x"'])
def test_a_word_ends_at_its_quote(word: str) -> None:
    content = with_line("word", word, f"word == {word} and amount == 5")

    assert len(hits(content, {"amount": 5})) == 1


def test_a_row_that_fails_fails_the_verdict() -> None:
    """No checked model has one; zen's graph would pass over it, and the rule would never fire."""
    program = zen.compile_expression('filter([(currency > 5 ? {"outcome": "review"} : null)], # != null)')

    with pytest.raises(RulesBroken):
        rules.evaluate(rules.Model(program, ()), facts.nested({"currency": "CNY"}))
