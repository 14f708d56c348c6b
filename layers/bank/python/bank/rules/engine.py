"""zen-engine: models compiled once in a process, and evaluated."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bank.rules.kinds import Kind, Schema

if TYPE_CHECKING:
    from bank.rules.flow import Flow

# Versions kept compiled: the live one of each product, their shadows, and those before them.
KEPT = 32


class RulesBroken(Exception):
    """A model that cannot be taken, or that cannot answer on these facts; the sentence says why."""


class Decision(Protocol):
    """A compiled model."""

    def evaluate(self, context: Any) -> Any:
        """zen's answer, of which `result` is the model's."""


@dataclass(frozen=True)
class Model:
    """A model that was checked for facts of these kinds, by path."""

    decision: Decision
    kinds: tuple[tuple[tuple[str, ...], Kind], ...]


_compiled: dict[str, Model] = {}


def faults(content: Any, schema: Schema) -> list[str]:
    """Return a model's faults as sentences; none where it can be taken."""
    return _checked(content, schema)[1]


def document(content: Any, schema: Schema) -> dict[str, Any]:
    """Return the model as zen is given it. Raises RulesBroken where it has faults."""
    flow, found = _checked(content, schema)
    if flow is None or found:
        raise RulesBroken("; ".join(found[:5]))
    return flow.document()


def compiled(version: str, content: Any, schema: Schema) -> Model:
    """Return the model, checked as by `faults` and compiled once in this process. Raises RulesBroken."""
    if version not in _compiled:
        made = Model(decision(document(content, schema)), _paths(schema.facts))
        if len(_compiled) >= KEPT:
            _compiled.pop(next(iter(_compiled)))
        _compiled[version] = made
    return _compiled[version]


def forget() -> None:
    """Drop every compiled model (tests)."""
    _compiled.clear()


def evaluate(model: Model, facts: dict[str, Any]) -> Any:
    """Evaluate the model on the facts. Raises RulesBroken, also for facts of other kinds."""
    try:
        for path, kind in model.kinds:
            value: Any = facts
            for name in path:
                value = value[name]
            if not kind.holds(value):
                raise RulesBroken(f"the fact {'.'.join(path)} is none that rules are made for")
        return model.decision.evaluate(facts)["result"]
    except (RuntimeError, TypeError, ValueError, KeyError) as error:
        raise RulesBroken(_first_line(error)) from None


def decision(written: dict[str, Any]) -> Decision:
    """Compile a model that was written by `document`. Raises RulesBroken."""
    # Imported here: it costs a cold start what only judging needs.
    import zen

    try:
        made: Any = zen.ZenEngine().create_decision(json.dumps(written))
        made.validate()
    except (RuntimeError, TypeError, ValueError) as error:
        raise RulesBroken(_first_line(error)) from None
    compiled_model: Decision = made
    return compiled_model


def _checked(content: Any, schema: Schema) -> "tuple[Flow | None, list[str]]":
    # Imported here for the same reason.
    from bank.rules.flow import Flow
    from bank.rules.models import parsed

    model, found = parsed(content)
    if model is None:
        return None, found
    flow = Flow(model, schema)
    return flow, flow.faults or list(_refused_by_zen(flow))


def _refused_by_zen(flow: "Flow") -> list[str]:
    import zen

    refused = []
    for text in flow.expressions():
        try:
            zen.compile_expression(text)
        except RuntimeError as error:
            refused.append(f"{text[:60]!r}: {_first_line(error)}")
    return refused


def _paths(facts: Mapping[str, Kind]) -> tuple[tuple[tuple[str, ...], Kind], ...]:
    return tuple((tuple(path.split(".")), kind) for path, kind in facts.items())


def _first_line(error: Exception) -> str:
    return str(error).partition("\n\nStack")[0][:300]
