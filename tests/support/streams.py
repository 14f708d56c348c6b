"""The tables' streams, delivered to their real handlers in this process, when and in the way a test says."""

import importlib
from collections.abc import Callable
from typing import Any

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from bank.config import config
from tests.support import cloudformation, embedded
from tests.support.http import context

CONSUMERS = cloudformation.stream_consumers()


def handler(name: str) -> Callable[[Any, Any], Any]:
    """A room's handler by its dotted name, as in template.yaml."""
    module, _, attribute = name.rpartition(".")
    found: Callable[[Any, Any], Any] = getattr(importlib.import_module(module), attribute)
    return found


class Cloud:
    """Reads the tables' streams, each from where it was read last; the bus takes what consumers publish."""

    def __init__(self) -> None:
        self._read: dict[str, int] = {}
        get_backend("events")[DEFAULT_ACCOUNT_ID][config.region].create_event_bus(name=config.event_bus)

    def records(self, table: str) -> list[dict[str, Any]]:
        """The table's changes since the last call, as the event source gives them to a function."""
        start = self._read.get(table, 0)
        records = embedded.change_records(config.table_prefix + table, start)
        self._read[table] = start + len(records)
        return records

    def settle(self) -> None:
        """Deliver every change to its consumers until nothing new comes of it."""
        while any([self._deliver(table, names) for table, names in CONSUMERS.items()]):
            pass

    def _deliver(self, table: str, names: tuple[str, ...]) -> bool:
        records = self.records(table)
        if records:
            for name in names:
                handler(name)({"Records": records}, context(name))
        return bool(records)
