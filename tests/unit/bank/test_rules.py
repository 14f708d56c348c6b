"""Decision models: what is taken, what is refused, and that a version is compiled once."""

import copy
from typing import Any

import pytest

from bank import rules
from bank.risk import facts
from bank.rules import RulesBroken
from tests.support.risk import model

SOUND = model(("amount > 100 and not device.new", "challenge", "large"))


@pytest.fixture(autouse=True)
def nothing_compiled() -> None:
    rules.forget()


def with_condition(text: str) -> dict[str, Any]:
    return model((text, "challenge", "any"))


def test_a_sound_model_has_no_faults_and_is_evaluated() -> None:
    assert rules.faults(SOUND, facts.PATHS) == []

    decision = rules.compiled("rls_1", SOUND)

    assert rules.evaluate(decision, facts.nested({"amount": 101})) == [
        {"outcome": "challenge", "reason": "large"}
    ]
    assert rules.evaluate(decision, facts.nested({"amount": 100})) == []


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        ("amuont > 100", "no fact amuont"),
        ("customer.count_2h > 1", "no fact customer.count_2h"),
        ("amount >", "Unexpected end"),
        ("rand(10) > 5", "function rand"),
        ("d() > d('2026-01-01')", "function d"),
        ("date('now') > 1", "function date"),
        ("dateString ('now') == 'x'", "function dateString"),
        ("some([1, 2], # == amount)", "function some|closures"),
        ("`${amount}` == '1'", "templates"),
        ("amount > 1" + " and amount > 1" * 100, "at most 1000"),
    ],
)
def test_a_condition_with_a_slip_chance_time_or_code_in_it_is_a_fault(condition: str, named: str) -> None:
    found = "; ".join(rules.faults(with_condition(condition), facts.PATHS))

    assert any(name in found for name in named.split("|")), found


def test_words_in_strings_are_no_names() -> None:
    assert rules.faults(with_condition('currency == "rand(nobody.knows)"'), facts.PATHS) == []


def test_a_column_of_its_own_is_checked_as_a_test_of_its_field() -> None:
    content = with_condition("> 100")
    content["nodes"][1]["content"]["inputs"][0]["field"] = "amount"
    assert rules.faults(content, facts.PATHS) == []

    content["nodes"][1]["content"]["inputs"][0]["field"] = "amuont"
    assert "no fact amuont" in rules.faults(content, facts.PATHS)[0]


@pytest.mark.parametrize(
    "content",
    [None, [], {}, "text", {"nodes": []}, {"nodes": [{"id": "x"}], "edges": []}, {"nodes": [1], "edges": []}],
)
def test_what_is_no_model_is_said_to_be_none(content: Any) -> None:
    assert rules.faults(content)
    with pytest.raises(RulesBroken):
        rules.compiled("rls_1", content)


def test_nodes_that_run_code_or_call_other_models_are_not_taken() -> None:
    for kind in ("functionNode", "decisionNode", "customNode", "httpNode"):
        content = copy.deepcopy(SOUND)
        content["nodes"].append({"id": "extra", "name": "extra", "type": kind, "content": "while(true){}"})
        assert any(f"a {kind} is not taken" in fault for fault in rules.faults(content))


def test_a_model_that_is_too_large_is_refused() -> None:
    assert "at most" in rules.faults(model(*[("amount > 1", "review", "r")] * 401))[0]
    assert "at most" in rules.faults(model(*[("amount > 1" + " " * 900, "review", "r")] * 300))[0]


def test_a_version_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = rules.compiled("rls_1", SOUND)
    monkeypatch.setattr(rules, "_decision", lambda content: pytest.fail("compiled again"))

    assert rules.compiled("rls_1", SOUND) is first
    assert rules.known_version("rls_1") is first
    assert rules.known_version("rls_2") is None


def test_only_so_many_versions_are_kept() -> None:
    for number in range(rules.KEPT + 1):
        rules.compiled(f"rls_{number}", SOUND)

    assert rules.known_version("rls_0") is None
    assert rules.known_version(f"rls_{rules.KEPT}") is not None
