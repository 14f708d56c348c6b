"""Findings: what today's code breaks of a release, a sentence each; and the declarations that allow some."""

import functools
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from tests.compatibility import events, http_contract, items, release, replay, tables
from tests.compatibility.release import Release

DECLARED = Path(__file__).parent / "breaking.yaml"


class Declaration(BaseModel):
    """A finding against the release `since` that was decided on: by which `version`, when and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    since: str
    version: str
    date: date
    breaks: str
    why: str


def declared(path: Path = DECLARED) -> list[Declaration]:
    """Every declaration. Raises ValidationError where one does not say all that it must."""
    return [Declaration.model_validate(each) for each in yaml.safe_load(path.read_text()) or ()]


def undeclared(version: str, found: Iterable[str], declarations: Iterable[Declaration]) -> list[str]:
    """The findings against a release that nobody has declared."""
    known = {each.breaks for each in declarations if each.since == version}
    return [each for each in found if each not in known]


def stale(found: dict[str, list[str]], declarations: Iterable[Declaration]) -> list[Declaration]:
    """The declarations of what is not broken, or of a release that is not recorded; `found` is by release."""
    return [each for each in declarations if each.breaks not in found.get(each.since, ())]


@functools.cache
def of(version: str) -> dict[str, list[str]]:
    """Every finding against a release, by kind. Each sentence opens with its kind."""
    then = release.read(version)
    with replay.bank(then) as bank:
        found = {kind: check(then) for kind, check in STATIC.items()}
        found["exchanges"] = _exchanges(bank, then)
        found["deliveries"] = _deliveries(bank, then)
    return {kind: [f"{kind}: {each}" for each in dict.fromkeys(some)] for kind, some in found.items()}


def all_of(version: str) -> list[str]:
    """The same in one list."""
    return [each for some in of(version).values() for each in some]


def _items(then: Release) -> list[str]:
    known = items.models()
    return [f"{table}: {each}" for table, item in then.items for each in items.unread(table, item, known)]


def _exchanges(bank: replay.Bank, then: Release) -> list[str]:
    return [
        f"{exchange.name} at {exchange.at}: {each}"
        for exchange in then.exchanges
        for each in replay.findings(bank, exchange)
    ]


def _deliveries(bank: replay.Bank, then: Release) -> list[str]:
    """Each event's sample; where it has sealed fields, with what some call took: those can be opened."""
    latest = {line["type"]: line["sample"] for line in then.events}
    for event in (each for exchange in then.exchanges for each in events.taken(exchange)):
        sample = latest[event["type"]]
        if any(name.endswith("_sealed") for name in sample["data"]):
            latest[event["type"]] = {**sample, **event, "data": {**sample["data"], **event["data"]}}
    return [each for event in latest.values() for each in events.not_taken(bank, event, at=_noon(then))]


def _noon(then: Release) -> str:
    return f"{then.about['recorded']}T12:00:00.000000Z"


STATIC: dict[str, Callable[[Release], Any]] = {
    "items": _items,
    "models": lambda then: items.differences(then.models, items.described()),
    "tables": lambda then: tables.differences(then.tables, tables.described()),
    "events": lambda then: events.differences(then.events, events.described()),
    "http": lambda then: http_contract.differences(then.http, http_contract.described()),
}
