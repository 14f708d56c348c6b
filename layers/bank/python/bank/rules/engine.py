"""zen-engine: models compiled once in a process, and evaluated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bank.rules.kinds import Kind, Schema

# Versions kept compiled: the live one of each product, their shadows, and those before them.
KEPT = 32


class RulesBroken(Exception):
    """A model that cannot be taken, or that cannot answer on these facts; the sentence says why."""


class Program(Protocol):
    """An expression of zen's that was compiled."""

    def evaluate(self, context: Any) -> Any:
        """Return what it gives on this context."""


@dataclass(frozen=True)
class Model:
    """A model that was checked for facts of these kinds, by path."""

    program: Program
    kinds: tuple[tuple[tuple[str, ...], Kind], ...]


_compiled: dict[str, Model] = {}


def faults(content: Any, schema: Schema) -> list[str]:
    """Return a model's faults as sentences; none where it can be taken."""
    return _checked(content, schema)[1]


def compiled(version: str, content: Any, schema: Schema) -> Model:
    """Return the model, checked as by `faults` and compiled once in this process. Raises RulesBroken."""
    if version not in _compiled:
        program, found = _checked(content, schema)
        if program is None:
            raise RulesBroken("; ".join(found[:5]))
        if len(_compiled) >= KEPT:
            _compiled.pop(next(iter(_compiled)))
        _compiled[version] = Model(program, _paths(schema.facts))
    return _compiled[version]


def forget() -> None:
    """Drop every compiled model (tests)."""
    _compiled.clear()


def evaluate(model: Model, facts: dict[str, Any]) -> Any:
    """Return the model's hits on the facts. Raises RulesBroken, also for facts of other kinds."""
    try:
        for path, kind in model.kinds:
            value: Any = facts
            for name in path:
                value = value[name]
            if not kind.holds(value):
                raise RulesBroken(f"the fact {'.'.join(path)} is none that rules are made for")
        return model.program.evaluate(facts)
    except (RuntimeError, TypeError, ValueError, KeyError) as error:
        raise RulesBroken(_first_line(error)) from None


def _checked(content: Any, schema: Schema) -> tuple[Program | None, list[str]]:
    # Imported here: they cost a cold start what only judging needs.
    import zen

    from bank.rules.flow import Flow
    from bank.rules.models import parsed

    model, found = parsed(content)
    if model is None:
        return None, found
    flow = Flow(model, schema)
    if flow.faults:
        return None, flow.faults
    try:
        made: Program = zen.compile_expression(flow.expression())
    except RuntimeError as error:
        return None, [f"zen does not take it: {_first_line(error)}"]
    return made, []


def _paths(facts: Mapping[str, Kind]) -> tuple[tuple[tuple[str, ...], Kind], ...]:
    return tuple((tuple(path.split(".")), kind) for path, kind in facts.items())


def _first_line(error: Exception) -> str:
    return str(error).partition("\n\nStack")[0][:300]
