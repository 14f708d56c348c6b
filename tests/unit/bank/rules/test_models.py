"""Decision models: what is taken, what is refused, and that a version is compiled once."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank import rules
from bank.risk import facts, rule_sets
from bank.risk.verdict import MODEL
from bank.rules import RulesBroken
from tests.support.risk import model

SOUND = model(("amount > 100 and not device.new", "challenge", "large"))


@pytest.fixture(autouse=True)
def nothing_compiled() -> None:
    rules.forget()


def _nested(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=8), parts, max_size=3)


def with_condition(text: str) -> dict[str, Any]:
    return model((text, "challenge", "any"))


def test_a_sound_model_has_no_faults_and_is_evaluated() -> None:
    assert rule_sets.faults(SOUND) == []

    judged = rules.compiled("rls_1", SOUND, MODEL)

    assert rules.evaluate(judged, facts.nested({"amount": 101})) == [
        {"outcome": "challenge", "reason": "large"}
    ]
    assert rules.evaluate(judged, facts.nested({"amount": 100})) == []


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        ("amuont > 100", "no fact amuont"),
        ("customer.count_2h > 1", "no fact customer.count_2h"),
        ("customer > 1", "no fact customer"),
        ("amount >", "expected at 'the end'"),
        ("rand(10) > 5", "function rand"),
        ("d() > d('2026-01-01')", "function d"),
        ("date('now') > 1", "function date"),
        ("dateString ('now') == 'x'", "function dateString"),
        ("some([1, 2], # == amount)", "'# == amount)' is not taken"),
        ("`${amount}` == '1'", "is not taken"),
        ("amount > 1" + " and amount > 1" * 100, "at most 1000"),
        ("+".join(["amount"] * 102) + " > 5", "at most 100 operators"),
        ("amount > 5 > 3", "stand in no row"),
        ("amount + 5", "true or false is wanted, and this is a number"),
        ("currency", "true or false is wanted, and this is a word"),
        ("amount in [1, 2..5]", "']' is expected"),
        ("amount in (1, 2)", "a list stands in [ and ]"),
        ("amount in [5..1]", "nothing lies between 5 and 1"),
        ("max(amount, 5) > 1", "'[' is expected"),
        ("null == amount", "'null' is not expected"),
        ('currency == "' + "x" * 65 + '"', "a word has at most 64"),
        ("5 apples > 3", "'apples' is not expected"),
        ("amount > 5and night", "'5and night' is not taken"),
    ],
)
def test_a_condition_with_a_slip_chance_time_or_code_in_it_is_a_fault(condition: str, named: str) -> None:
    assert named in "; ".join(rule_sets.faults(with_condition(condition)))


def test_words_are_no_names_and_are_those_that_a_fact_can_be() -> None:
    assert rule_sets.faults(with_condition("currency in ['USD', \"EUR\"]")) == []

    for condition in (
        'lists.payee == "blocked"',
        "currency == 'rand(nobody.knows)'",
        'product in ["payments"]',
    ):
        assert "this is never" in rule_sets.faults(with_condition(condition))[0]


def test_a_column_of_its_own_is_checked_as_a_test_of_its_field() -> None:
    content = with_condition("> 100")
    content["nodes"][1]["content"]["inputs"][0]["field"] = "amount"
    assert rule_sets.faults(content) == []

    content["nodes"][1]["content"]["inputs"][0]["field"] = "amuont"
    assert "no fact amuont" in rule_sets.faults(content)[0]


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        "text",
        {"nodes": []},
        {"nodes": [], "edges": []},
        {"nodes": [{"id": "x"}], "edges": []},
        {"nodes": [1], "edges": []},
        {"nodes": [], "edges": [], "schema": {}},
        {"nodes": float("nan"), "edges": object()},
    ],
)
def test_what_is_no_model_is_said_to_be_none(content: Any) -> None:
    assert rule_sets.faults(content)
    with pytest.raises(RulesBroken):
        rules.compiled("rls_1", content, MODEL)


def test_nodes_that_run_code_call_other_models_or_branch_are_not_taken() -> None:
    for kind in ("functionNode", "decisionNode", "customNode", "httpNode", "switchNode"):
        content = copy.deepcopy(SOUND)
        content["nodes"].append({"id": "extra", "name": "extra", "type": kind, "content": "while(true){}"})
        assert any(f"a {kind} is not taken" in fault for fault in rule_sets.faults(content))


def test_a_model_that_is_too_large_is_refused() -> None:
    assert "at most 400" in rule_sets.faults(model(*[("amount > 1", "review", "r")] * 401))[0]
    assert "at most 200000" in rule_sets.faults(model(*[("amount > 1" + " " * 900, "review", "r")] * 300))[0]


def test_a_model_makes_only_so_many_names() -> None:
    def making(names: int) -> list[str]:
        content = copy.deepcopy(SOUND)
        ways = []
        for start in range(0, names, 400):
            keys = range(start, min(start + 400, names))
            lines = {"expressions": [{"key": f"n{key}", "value": "1"} for key in keys], "passThrough": True}
            node = {"id": f"lines{start}", "type": "expressionNode", "content": lines}
            content["nodes"].append(node)
            ways += [edge("request", node["id"]), edge(node["id"], "rules")]
        content["edges"] += ways
        return rule_sets.faults(content)

    assert making(500) == []
    assert making(501) == ["node lines400: expression n500: a model makes at most 500 names"]


def edge(source: str, target: str) -> dict[str, str]:
    return {"sourceId": source, "targetId": target}


Change = Callable[[dict[str, Any]], Any]


def changed(change: Change) -> dict[str, Any]:
    """Two nodes, points and the verdict on them, with one change."""
    points = {
        "hitPolicy": "first",
        "passThrough": True,
        "inputs": [{"id": "if", "field": ""}, {"id": "currency", "field": "currency"}],
        "outputs": [{"id": "points", "field": "points"}],
        "rules": [
            {"_id": "1", "if": "amount > 5", "currency": '"CNY", "USD"', "points": "60"},
            {"_id": "2", "points": "0"},
        ],
    }
    content = model(("points >= 50", "review", "many_points"))
    node = {"id": "points", "type": "decisionTableNode", "content": points}
    content["nodes"].append(node)
    content["edges"][0]["targetId"] = "points"
    content["edges"].append({"id": "e", "type": "edge", "sourceId": "points", "targetId": "rules"})
    change({"nodes": content["nodes"], "edges": content["edges"], "points": points, "node": node})
    return content


def test_what_one_node_makes_the_next_one_sees() -> None:
    judged = rules.compiled("rls_points", changed(lambda parts: None), MODEL)

    assert rules.evaluate(judged, facts.nested({"amount": 6, "currency": "USD"})) == [
        {"outcome": "review", "reason": "many_points"}
    ]
    assert rules.evaluate(judged, facts.nested({"amount": 6, "currency": "EUR"})) == []
    assert rules.evaluate(judged, facts.nested({"amount": 5, "currency": "CNY"})) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda parts: parts["points"]["rules"].pop(), "the last row of a first table holds always"),
        (lambda parts: parts["points"]["rules"].clear(), "the last row of a first table holds always"),
        (lambda parts: parts["points"].update(passThrough=False), ""),
        (lambda parts: parts["points"].update(hitPolicy="collect"), "leads to the answer alone"),
        (lambda parts: parts["points"].update(outputPath="deep"), "only a table that collects"),
        (lambda parts: parts["points"].update(inputField="customer"), "inputField"),
        (lambda parts: parts["points"].update(executionMode="loop"), "executionMode"),
        (lambda parts: parts["points"]["rules"][0].update(fi="true"), "there is no column fi"),
        (lambda parts: parts["points"]["rules"][0].update(points=""), "expected at 'the end'"),
        (lambda parts: parts["points"]["rules"][0].update(points='"60"'), "this is a word here and a number"),
        (lambda parts: parts["points"]["rules"][0].update(currency='"cny"'), "this is never 'cny'"),
        (lambda parts: parts["points"]["rules"][0].update(currency="> 5"), "never compared"),
        (lambda parts: parts["points"]["inputs"][1].update(field="amount + 1"), "the name of one fact"),
        (lambda parts: parts["points"]["inputs"][1].update(id="if"), "two columns have one id"),
        (lambda parts: parts["points"]["outputs"][0].update(field="amount"), "the name amount is taken"),
        (lambda parts: parts["points"]["outputs"][0].update(field="customer"), "the name customer is taken"),
        (lambda parts: parts["points"]["outputs"][0].update(field="not"), "the name not is taken"),
        (lambda parts: parts["node"].update(content=None), "content"),
        (lambda parts: parts["nodes"][0].update(content={"schema": '{"type": "string"}'}), "schema"),
        (lambda parts: parts["nodes"].append(dict(parts["node"])), "two nodes have one id"),
        (lambda parts: parts["nodes"].append({**parts["node"], "id": "n"}), "stands on no way"),
        (
            lambda parts: parts["nodes"].append({"id": "n", "type": "outputNode"}),
            "and one outputNode",
        ),
        (lambda parts: parts["edges"][0].update(targetId="gone"), "there is no node gone"),
        (
            lambda parts: parts["edges"].append(edge("rules", "points")),
            "round in no circle",
        ),
        (lambda parts: parts["edges"].append(edge("points", "answer")), "collects hits"),
        (lambda parts: parts["edges"][0].update(sourceHandle="s1"), "sourceHandle"),
    ],
)
def test_what_would_be_passed_over_or_read_in_another_way_is_a_fault(change: Change, named: str) -> None:
    assert named in "; ".join(rule_sets.faults(changed(change)))


def test_a_name_is_made_once() -> None:
    again = {
        "id": "again",
        "type": "expressionNode",
        "content": {"expressions": [{"key": "points", "value": "1"}], "passThrough": True},
    }

    def twice(parts: dict[str, Any]) -> None:
        parts["nodes"].append(again)
        parts["edges"][-1]["targetId"] = "again"
        parts["edges"].append(edge("again", "rules"))

    assert "the name points is taken" in rule_sets.faults(changed(twice))[0]


def test_an_expression_sees_those_above_it_in_its_node_and_no_others() -> None:
    def summed(*lines: tuple[str, str]) -> list[str]:
        expressions = [{"key": key, "value": value} for key, value in lines]
        content = changed(lambda parts: None)
        node = {
            "id": "sum",
            "type": "expressionNode",
            "content": {"expressions": expressions, "passThrough": True},
        }
        content["nodes"].append(node)
        content["edges"][-1]["targetId"] = "sum"
        content["edges"].append(edge("sum", "rules"))
        return rule_sets.faults(content)

    assert summed(("twice", "points * 2"), ("thrice", "$.twice + points")) == []
    assert "no fact twice" in summed(("twice", "points * 2"), ("thrice", "twice + points"))[0]
    assert "no fact $.twice" in summed(("thrice", "$.twice + 1"), ("twice", "points * 2"))[0]


@pytest.mark.parametrize(
    "hit", [("decline!", "r"), ("forbid", "r"), ("review", "Not A Code"), ("review", "x" * 49)]
)
def test_a_hit_is_an_outcome_and_a_code(hit: tuple[str, str]) -> None:
    assert "is a word like" in rule_sets.faults(model(("amount > 1", *hit)))[0]


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(), _nested), st.data())
def test_a_hostile_model_is_refused_in_sentences_and_never_in_another_way(
    part: Any, data: st.DataObject
) -> None:
    content = changed(lambda parts: None)
    places = list(_places(content))
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = part

    found = rule_sets.faults(content)

    assert all(isinstance(fault, str) and len(fault) < 1_000 for fault in found)
    if not found:
        rules.forget()
        rules.evaluate(rules.compiled("rls_hostile", content, MODEL), facts.nested({"amount": 9}))


def _places(part: Any) -> Iterator[tuple[Any, Any]]:
    inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in list(inside):
        yield part, key
        yield from _places(value)


def test_a_version_is_compiled_once() -> None:
    first = rules.compiled("rls_1", SOUND, MODEL)

    assert rules.compiled("rls_1", SOUND, MODEL) is first


def test_only_so_many_versions_are_kept() -> None:
    first = rules.compiled("rls_0", SOUND, MODEL)
    for number in range(1, rules.KEPT):
        rules.compiled(f"rls_{number}", SOUND, MODEL)
    assert rules.compiled("rls_0", SOUND, MODEL) is first

    rules.compiled("rls_more", SOUND, MODEL)

    assert rules.compiled("rls_0", SOUND, MODEL) is not first
