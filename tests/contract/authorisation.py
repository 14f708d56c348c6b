"""Who may call what: every operation of the API, as its room classifies it. One left out fails a test."""

import importlib

from infra.contract import rooms
from tests.support.authorisation import Class, Rule

__all__ = ["RULES", "Class", "Rule"]


def _of(room: str) -> dict[str, Rule]:
    found: dict[str, Rule] = importlib.import_module(f"tests.unit.{room}.authorisation").RULES
    return found


RULES = {name: rule for room in rooms.names() for name, rule in _of(room).items()}
