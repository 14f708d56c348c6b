"""Processes that append to the audit trail: several at once, in lanes of their own, some of which die."""

from collections.abc import Sequence
from random import Random

from audit.domain import Entry
from audit.service.chaining import Appender

PROCESSES = 4
# Where a process may come to, as after others had met it there: some of these are the same.
LANES = (0, 0, 3, 7, 15)


class Appenders:
    """In the place of the one process that the module has: a call comes to any of them, or to a cold one."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._processes: list[Appender] = []

    def append(self, entries: Sequence[Entry]) -> int:
        """Chain the entries. A process in which that fails may be dead; Lambda begins another one."""
        process = self._any()
        try:
            return process.append(entries)
        except BaseException:
            if self._random.random() < 0.5 and process in self._processes:
                self._processes.remove(process)
            raise

    def forget(self) -> None:
        """End all of them."""
        self._processes.clear()

    def _any(self) -> Appender:
        if (len(self._processes) < PROCESSES and self._random.random() < 0.5) or not self._processes:
            self._processes.append(Appender(self._random.choice(LANES)))
        return self._random.choice(self._processes)
