"""Passes over exports of the ledger (`infra.books`) during a history, each from what the last one kept."""

import json
import shutil
import tempfile
import weakref
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from bank import clock
from infra.books import exporting, verifying
from tests.support import embedded

Item = dict[str, Any]
Tables = dict[str, dict[str, Item]]
KEYS = {
    "ledger-accounts": ("account_id",),
    "ledger-journals": ("journal_id",),
    "ledger-entries": ("account_shard", "entry_key"),
    "ledger-holds": ("hold_id",),
}


class Passes:
    """Checkpoints of a history, and what its tables held when they were made."""

    def __init__(self, now: Callable[[], datetime], prefix: str) -> None:
        self._now, self._prefix = now, prefix
        self._folder = Path(tempfile.mkdtemp(prefix="passes-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._last: tuple[str, Tables] | None = None

    def go_on(self) -> dict[str, Any]:
        """A pass over what changed since the last that found nothing wrong; the first, over everything."""
        return self._pass(self._last)

    def full(self) -> dict[str, Any]:
        """A pass over everything, held to what was walked before."""
        return self._pass(None)

    def _pass(self, last: tuple[str, Tables] | None) -> dict[str, Any]:
        at, tables = clock.instant(self._now()), {name: self._items(name) for name in KEYS}
        with tempfile.TemporaryDirectory(dir=self._folder) as folder, clock.source(self._now):
            for name, items in tables.items():
                if last is None:
                    exporting.write(Path(folder), name, items.values(), at=at)
                    continue
                before = last[1][name]
                changes = ((before.get(key), items.get(key)) for key in sorted(before.keys() | items.keys()))
                moved = (change for change in changes if change[0] != change[1])
                exporting.write_changes(Path(folder), name, moved, since=last[0], until=at)
            report = verifying.verify(Path(folder), kept=self._folder / "kept")
        if not report["difference_count"]:
            self._last = at, tables
        return report

    def _items(self, name: str) -> dict[str, Item]:
        found = embedded.items(self._prefix + name)
        return {json.dumps([item[key]["S"] for key in KEYS[name]]): item for item in found}
