"""Business rules as data: JSON decision models (JDM, https://docs.gorules.io) on zen-engine.

A model is checked, compiled once in a process under its version, and evaluated on plain facts. The same model
and facts give the same result on any day: what knows the time or chance is refused, and so are nodes that run
code of their own. There is no loop in what is left, so that the model's size bounds what an evaluation takes.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Any, Protocol

MAX_BYTES = 200_000
MAX_NODES = 40
MAX_ROWS = 400
MAX_EXPRESSION = 1_000
# Versions kept compiled: the live one of each product, their shadows, and those before them.
KEPT = 32

NODES = {"inputNode", "outputNode", "decisionTableNode", "expressionNode", "switchNode"}
# Functions that give the same for the same. None of time (d, date, now...) and none of chance (rand).
FUNCTIONS = {
    "abs", "avg", "bool", "ceil", "contains", "endsWith", "floor", "isNumeric", "len", "lower", "matches",
    "max", "min", "not", "number", "round", "startsWith", "string", "sum", "trim", "trunc", "upper",
}  # fmt: skip
WORDS = {"and", "or", "not", "in", "true", "false", "null"}
_STRINGS = re.compile(r'"[^"]*"|\'[^\']*\'')
_NAMES = re.compile(r"(?<![\w.$])[A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*(?:\s*\()?")


class RulesBroken(Exception):
    """A model that cannot be taken, or that failed on these facts; the sentence says why."""


class Decision(Protocol):
    """A compiled model."""

    def evaluate(self, context: Any) -> Any:
        """zen's answer, of which `result` is the model's."""


_compiled: dict[str, Decision] = {}


def faults(content: Any, known: Set[str] | None = None, samples: Sequence[dict[str, Any]] = ()) -> list[str]:
    """Return a model's faults as sentences; none where it can be taken.

    zen passes over a cell that it cannot read and over facts that are not there, so that a rule with a slip
    of the pen never fires: here both are faults. `known` are the facts that there are, as dotted paths. For
    the same reason each expression is tried on the `samples`: facts keep their types, so that one which fails
    on none of these fails on none.
    """
    try:
        size = len(json.dumps(content, ensure_ascii=False).encode())
        nodes = content["nodes"]
        if size > MAX_BYTES or len(nodes) > MAX_NODES:
            return [f"a model has at most {MAX_BYTES} bytes and {MAX_NODES} nodes"]
        found = [f"node {node['id']}: {fault}" for node in nodes for fault in _node_faults(node)]
        if not found and known is not None:
            found = list(_unknown(nodes, set(known)))
        if not found:
            found = list(_failing(nodes, samples))
        return found or _refused_by_zen(content)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return [f"this is no decision model: {type(error).__name__} {error}"]


def compiled(
    version: str, content: Any, known: Set[str] | None = None, samples: Sequence[dict[str, Any]] = ()
) -> Decision:
    """The model, checked as by `faults` and compiled once in this process under `version`. RulesBroken."""
    if version not in _compiled:
        broken = faults(content, known, samples)
        if broken:
            raise RulesBroken("; ".join(broken[:5]))
        if len(_compiled) >= KEPT:
            _compiled.pop(next(iter(_compiled)))
        _compiled[version] = _decision(content)
    return _compiled[version]


def known_version(version: str) -> Decision | None:
    """The model that this process has compiled under `version`."""
    return _compiled.get(version)


def forget() -> None:
    """Drop every compiled model (tests)."""
    _compiled.clear()


def evaluate(decision: Decision, facts: dict[str, Any]) -> Any:
    """Evaluate the model on the facts. Raises RulesBroken."""
    try:
        return decision.evaluate(facts)["result"]
    except (RuntimeError, TypeError, ValueError, KeyError) as error:
        raise RulesBroken(_first_line(error)) from None


def _decision(content: Any) -> Decision:
    # Imported here: it costs a cold start what only judging needs.
    import zen

    try:
        made: Decision = zen.ZenEngine().create_decision(json.dumps(content))
    except (RuntimeError, TypeError, ValueError) as error:
        raise RulesBroken(_first_line(error)) from None
    return made


def _first_line(error: Exception) -> str:
    return str(error).partition("\n\nStack")[0][:300]


def _refused_by_zen(content: Any) -> list[str]:
    try:
        decision: Any = _decision(content)
        decision.validate()
    except RulesBroken as error:
        return [str(error)]
    except RuntimeError as error:
        return [_first_line(error)]
    return []


# What stands in a model ---------------------------------------------------------------------------


def _node_faults(node: dict[str, Any]) -> Iterator[str]:
    kind = node["type"]
    if kind not in NODES:
        yield f"a {kind} is not taken"
        return
    if kind == "decisionTableNode":
        if len(node["content"]["rules"]) > MAX_ROWS:
            yield f"a table has at most {MAX_ROWS} rows"
        if node["content"].get("hitPolicy") not in ("first", "collect"):
            yield "a table's hit policy is first or collect"
    for where, text, unary in _expressions(node):
        fault = _expression_fault(text, unary)
        if fault:
            yield f"{where}: {fault}"


def _expressions(node: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Each expression of a node: where it stands, its text, and whether it tests its column's field."""
    content = node.get("content") or {}
    if node["type"] == "decisionTableNode":
        yield from _of_table(content)
    for line in content.get("expressions", ()):
        yield f"expression {line['key']}", line["value"], False
    for statement in content.get("statements", ()):
        yield from _filled(f"statement {statement['id']}", statement.get("condition"), False)


def _of_table(content: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    for column in content["inputs"]:
        yield from _filled(f"column {column['id']}", column.get("field"), False)
    columns = [(column, bool(column.get("field"))) for column in content["inputs"]]
    columns += [(column, False) for column in content["outputs"]]
    for number, row in enumerate(content["rules"], 1):
        for column, unary in columns:
            yield from _filled(f"row {number}", row.get(column["id"]), unary)


def _filled(where: str, text: str | None, unary: bool) -> Iterator[tuple[str, str, bool]]:
    """An empty cell says nothing."""
    if text and text.strip():
        yield where, text, unary


def _expression_fault(text: str, unary: bool) -> str | None:
    import zen

    if len(text) > MAX_EXPRESSION:
        return f"an expression has at most {MAX_EXPRESSION} characters"
    if "`" in text or "#" in text:
        return "neither templates nor closures are taken"
    for name in _names(text):
        if name.endswith("(") and name.rstrip("( ") not in FUNCTIONS | WORDS:
            return f"the function {name.rstrip('( ')} is not taken"
    try:
        (zen.compile_unary_expression if unary else zen.compile_expression)(text)
    except RuntimeError as error:
        return f"{text[:60]!r}: {_first_line(error)}"
    return None


def _names(text: str) -> list[str]:
    return [re.sub(r"\s+", "", name) for name in _NAMES.findall(_STRINGS.sub('""', text))]


def _unknown(nodes: Iterable[dict[str, Any]], known: set[str]) -> Iterator[str]:
    nodes = list(nodes)
    for node in nodes:
        content = node.get("content") or {}
        if node["type"] == "expressionNode":
            known |= {line["key"] for line in content["expressions"]}
        if node["type"] == "decisionTableNode":
            known |= {column["field"] for column in content["outputs"]} | {content.get("outputPath") or ""}
    for node in nodes:
        for where, text, _ in _expressions(node):
            for name in _names(text):
                if not name.endswith("(") and name not in known | WORDS | {"$"}:
                    yield f"node {node['id']}: {where}: there is no fact {name}"


def _failing(nodes: Iterable[dict[str, Any]], samples: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Expressions that raise on facts as they are; those about what the model itself makes are left out."""
    import zen

    for node in nodes:
        for where, text, unary in _expressions(node):
            for sample in samples:
                names = [name.split(".")[0] for name in _names(text) if not name.endswith("(")]
                if unary or not set(names) <= sample.keys() | WORDS:
                    continue
                try:
                    zen.evaluate_expression(text, sample)
                except RuntimeError as error:
                    yield f"node {node['id']}: {where}: {text[:60]!r} fails: {_first_line(error)}"
                    break
