"""Holdings of all rooms, as its `holdings` say it, and docs/privacy.md's table of it."""

import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import bank
from bank.privacy import laws
from bank.privacy.holdings import SHARED, Fate, Holding, Whose
from bank.store import Table
from infra.contract import ROOT, rooms

DOCUMENT = ROOT / "docs" / "privacy.md"
GENERATED = re.compile(r"(?<=<!-- generated: holdings -->\n).*?(?=<!-- end of generated -->)", re.S)
LAWS = re.compile(r"(?<=<!-- generated: laws -->\n).*?(?=<!-- end of generated -->)", re.S)


def by_room() -> dict[str, tuple[Holding, ...]]:
    """The holdings of each room that declares any."""
    return {
        room: importlib.import_module(f"{room}.holdings").HOLDINGS
        for room in rooms.names()
        if importlib.util.find_spec(f"{room}.holdings")
    }


def everything() -> list[tuple[str, Holding]]:
    """Each holding with its room; the kernel's, that no room owns, under `bank`."""
    found = {"bank": SHARED, **by_room()}
    return [(room, holding) for room, holdings in found.items() for holding in holdings]


def tables() -> set[type[Table]]:
    """Every model of the kernel and of all rooms whose rows are stored."""
    for package in (bank, *map(importlib.import_module, rooms.names())):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    deployed = ("bank", *rooms.names())
    stored = {model for model in _below(Table) if getattr(getattr(model, "Meta", None), "table_name", None)}
    leaves = {model for model in stored if not model.__subclasses__()}
    return {model for model in leaves if model.__module__.partition(".")[0] in deployed}


def sections() -> dict[str, list[str]]:
    """Sections of each room's part of an export."""
    found = {room: [each.given for each in holdings if each.given] for room, holdings in by_room().items()}
    return {room: given for room, given in found.items() if given}


def wanted() -> dict[Path, str]:
    """docs/privacy.md with its tables as they should be."""
    text = GENERATED.sub(lambda _: _holdings(), DOCUMENT.read_text(encoding="utf-8"), count=1)
    return {DOCUMENT: LAWS.sub(lambda _: _laws(), text, count=1)}


def _below(model: type[Table]) -> Iterator[type[Table]]:
    for each in model.__subclasses__():
        yield each
        yield from _below(each)


def _holdings() -> str:
    lines = ["| room: rows | of | what | in an export | when the customer leaves |", "|---|---|---|---|---|"]
    for room, holding in everything():
        if holding.whose is not Whose.NOBODY:
            cells = [
                f"{room}: `{holding.model.__name__}`",
                holding.whose.value,
                holding.holds,
                _given(holding),
                _end(holding),
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _given(holding: Holding) -> str:
    if holding.given:
        return f"`{holding.given}`"
    return f"no: {holding.withheld.name.lower().replace('_', ' ')}" if holding.withheld else "no"


def _end(holding: Holding) -> str:
    end = holding.end
    said = f"{end.fate.value}: {end.law.name}" if end.law else end.fate.value
    if end.fate is Fate.STAYS and not end.detail:
        return "stays"
    return f"{said}; {end.detail}" if end.detail else said


def _laws() -> str:
    lines = ["| law | keeps | source | until |", "|---|---|---|---|"]
    lines += [f"| {each.name} | {each.keeps} | {each.source} | {each.until} |" for each in laws.ALL]
    return "\n".join([*lines, ""])
