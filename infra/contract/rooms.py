"""The rooms as code: their HTTP functions, what they declared there, and the events they publish."""

import importlib
import importlib.util
import pkgutil
import re

import bank
from bank import errors
from bank.events import DomainEvent
from bank.http import Api, Operation
from infra.contract import ROOT

FUNCTIONS = ROOT / "functions"


def names() -> list[str]:
    """Every folder of functions/ that has an `app`."""
    return sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py"))


def apis() -> dict[str, Api]:
    """The HTTP function of each room that has one."""
    found = {room: getattr(importlib.import_module(f"{room}.app"), "app", None) for room in names()}
    return {room: app for room, app in found.items() if isinstance(app, Api)}


def operations() -> list[tuple[str, Operation]]:
    """Every route with its room, by path and method. The view's name is the operationId, so it is unique."""
    found = [(room, operation) for room, api in apis().items() for operation in api.operations]
    taken: dict[str, str] = {}
    for room, operation in found:
        if operation.name in taken:
            raise ValueError(f"{room} and {taken[operation.name]} both have a view {operation.name}")
        taken[operation.name] = room
    return sorted(found, key=lambda pair: (pair[1].path, pair[1].method))


def published() -> dict[str, tuple[type[DomainEvent], ...]]:
    """The events of each room that publishes any."""
    found: dict[str, tuple[type[DomainEvent], ...]] = {}
    for room in names():
        if importlib.util.find_spec(f"{room}.events"):
            found[room] = getattr(importlib.import_module(f"{room}.events"), "PUBLISHED", ())
    return {room: events for room, events in found.items() if events}


def about(room: str) -> str:
    """The first sentence of the room's README."""
    readme = FUNCTIONS / room / "README.md"
    text = readme.read_text() if readme.exists() else ""
    paragraphs = [part for part in re.split(r"\n\s*\n", text) if part.strip() and not part.startswith("#")]
    return " ".join(paragraphs[0].split()).split(". ")[0].rstrip(".") if paragraphs else room


def problem_classes() -> list[type[errors.BankError]]:
    """Every error that a caller may see, once all rooms and the whole kernel are imported."""
    apis()
    for module in pkgutil.walk_packages(bank.__path__, "bank."):
        importlib.import_module(module.name)
    found: set[type[errors.BankError]] = set()
    waiting: list[type[errors.BankError]] = [errors.BankError]
    while waiting:
        kind = waiting.pop()
        if kind not in found:
            found.add(kind)
            waiting.extend(kind.__subclasses__())
    return sorted(found, key=lambda kind: (kind.status, kind.code, kind.__module__, kind.__name__))
