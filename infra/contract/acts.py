"""docs/acts.md: the table of all acts, made from what the routes declare."""

import inspect

from bank.access.acts import Act, Effect, Persons, Trace
from bank.access.principal import Kind
from bank.http import Body, Operation
from infra.contract import ROOT, rooms

FILE = ROOT / "docs" / "acts.md"
HEAD = """# Acts

Every operation that writes, by what it does; generated from the routes' `act` (`bank.access.acts`).
*Persons*, of staff: two where another has to have approved it, three where staff act on privileged roles or
people (`bank.control.gate`), and of which requests, where not of all; why one will do where an act of weight
is done alone.
*Signed*: by clients that are registered as signed.
*Step-up*: staff prove a factor again where the last proof is more than ten minutes ago.
*Trace*: an entry of the audit trail in each transaction of the act, or the record that it makes.
"""
COLUMNS = ("operation", "route", "for", "persons", "step-up", "signed", "trace")


def text() -> str:
    """The document: a table for each effect, the weightiest first."""
    declared = [(room, operation, operation.act) for room, operation in rooms.operations() if operation.act]
    parts = [HEAD]
    for effect in (Effect.MONEY, Effect.DOOR, Effect.GUARD, Effect.RECORD):
        rows = [_row(room, operation, act) for room, operation, act in declared if act.effect is effect]
        parts.append(f"\n## {effect.capitalize()}\n\n" + _line(COLUMNS) + _line(["---"] * len(COLUMNS)))
        parts += [_line(row) for row in rows]
    return "".join(parts)


def _row(room: str, operation: Operation, act: Act) -> list[str]:
    return [
        f"{room}: `{operation.name}`",
        f"`{operation.method} {operation.path}`",
        ", ".join(operation.callers) if operation.scope else "anyone",
        _persons(operation, act),
        _step_up(operation, act),
        "yes" if act.signed else "",
        act.trace.value + (f": {act.why}" if act.why and not _is_alone(operation, act) else ""),
    ]


def _persons(operation: Operation, act: Act) -> str:
    if act.persons is Persons.TWO:
        return f"**two**{_where(operation)}{', for channels too' if act.channels else ''}"
    return f"one: {act.why}" if act.why and _is_alone(operation, act) else "one"


def _is_alone(operation: Operation, act: Act) -> bool:
    """Return whether its `why` says why one member of staff will do; else it says what tells of the act."""
    return act.trace is not Trace.NONE and Kind.STAFF in operation.callers


def _step_up(operation: Operation, act: Act) -> str:
    if Kind.STAFF not in operation.callers or not operation.scope or not act.ever_fresh:
        return ""
    return "yes" if act.fresh else "where it takes two"


def _where(operation: Operation) -> str:
    """Of which requests it holds, where the body says so: in the words of its `takes_approval`."""
    asked = getattr(operation.body, "takes_approval", Body.takes_approval)
    if asked is Body.takes_approval:
        return ""
    said = inspect.cleandoc(asked.__doc__ or "").removeprefix("Return whether ").rstrip(".")
    return f" where {said}"


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |\n"
