"""Requests that did something, sent again with the same key: each must be answered as it was at first.

What was refused did nothing, and may well do something now: it is not sent again.
"""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.soak.sent import Sent

# While the load goes on, so many wait: what is sent again then was asked a minute ago, or long before.
WAITING = 500
AT_ONCE = 8


class Again:
    """Requests that wait to be sent again. `count` have been, and `otherwise` were answered otherwise."""

    def __init__(self, send: Callable[[Sent], bool]) -> None:
        self.count = 0
        self.otherwise: list[str] = []
        self._send = send
        self._waiting: list[Sent] = []
        self._changing = threading.Lock()

    def take(self, sent: Sent) -> None:
        """Have it wait."""
        with self._changing:
            self._waiting.append(sent)

    def send_one(self, chance: random.Random) -> None:
        """Send one of those that wait, if they are many. It waits on where it is not answered."""
        with self._changing:
            if len(self._waiting) < WAITING:
                return
            at = chance.randrange(len(self._waiting))
            self._waiting[at], self._waiting[-1] = self._waiting[-1], self._waiting[at]
            sent = self._waiting.pop()
        again = sent.unsent()
        if self._send(again):
            self._compare(sent, again)
        else:
            self.take(sent)

    def send_all(self, insist: Callable[[Sent], None]) -> None:
        """Send all that still wait, each until it is answered."""

        def send(sent: Sent) -> None:
            again = sent.unsent()
            insist(again)
            self._compare(sent, again)

        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(send, self._waiting))
        self._waiting.clear()

    def _compare(self, sent: Sent, again: Sent) -> None:
        first, second = sent.answer, again.answer
        assert first is not None
        assert second is not None
        with self._changing:
            self.count += 1
            if (first.status, _kept(first.json)) != (second.status, _kept(second.json)):
                found = f"{sent.path} {sent.key}: {first.text}, then {second.status} {second.text}"
                self.otherwise.append(found)


def _kept(body: dict[str, Any]) -> dict[str, Any]:
    """An answer without the URL that is signed anew each time."""
    return {name: value for name, value in body.items() if name != "upload"}
