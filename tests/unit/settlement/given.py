"""What the tests of the settlement room start from: nights in which merchants are paid out."""

import itertools
import json
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from bank.events import queues
from settlement import app
from settlement.adapters.queue import Part
from settlement.service import runs
from tests.support.http import call, context
from tests.support.streams import Cloud

ROOT = Path(__file__).parents[3]
# So often SQS gives a message before it is a dead letter (template.yaml).
RECEIVED = 5


# Each night is planned for another instant.
_planned = (
    datetime(2026, 11, 20, 18, tzinfo=UTC) + timedelta(seconds=number) for number in itertools.count()
)


class Died(BaseException):
    """The end of a function, of which nothing in it hears: out of memory, or out of time."""


class Night:
    """The scheduled run and its queue, as SQS is: again where it fails, and at last a dead letter."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.waiting: list[tuple[str, int]] = []
        self.dead: list[str] = []
        self.counts: Counter[str] = Counter()
        # Milliseconds that a part has left, whenever it looks.
        self.left: Callable[[], int] = lambda: 60_000

    def run(self) -> dict[str, int]:
        """A whole night, and what its streams bring; how often each outcome came."""
        self.start()
        while self.waiting:
            self.deliver(*self.waiting.pop(0))
        self.cloud.settle()
        return dict(self.counts)

    def start(self) -> None:
        """The schedule's call."""
        with mock.patch.object(queues, "send", self._send):
            app.on_run({"time": f"{next(_planned):%Y-%m-%dT%H:%M:%SZ}"}, context())

    def deliver(self, body: str, times: int = 1) -> bool:
        """One message for the `times`-th time; whether it was taken. The function may die of it."""
        hurried = context()
        hurried.get_remaining_time_in_millis = self.left
        attributes = {"ApproximateReceiveCount": str(times)}
        record = {"messageId": "m", "body": body, "eventSource": "aws:sqs", "attributes": attributes}
        with (
            mock.patch.object(queues, "send", self._send),
            mock.patch.object(runs, "take", self._counting(runs.take)),
            warnings.catch_warnings(),
        ):
            # Powertools misses the metrics of a function that died.
            warnings.simplefilter("ignore")
            try:
                failed = bool(app.on_parts({"Records": [record]}, hurried)["batchItemFailures"])
            except Died:
                failed = True
        if failed and times < RECEIVED:
            self.waiting.append((body, times + 1))
        elif failed:
            self.dead.append(body)
        return not failed

    def _send(self, _: str, bodies: Iterable[str]) -> None:
        self.waiting += [(body, 1) for body in bodies]

    def _counting(self, take: Any) -> Any:
        def counting(part: Part, **options: Any) -> Any:
            found, further = take(part, **options)
            self.counts.update(found)
            return found, further

        return counting


def settle(cloud: Cloud) -> dict[str, int]:
    """A night as it should be, and what its streams bring; the outcomes that came at all."""
    return Night(cloud).run()


def sampled(cloud: Cloud, name: str) -> Any:
    """What the room makes of its sample of an event."""
    event = json.loads((ROOT / f"events/samples/settlement/{name}.json").read_text())
    with mock.patch.object(queues, "send", Night(cloud)._send):
        return getattr(app, name)(event, context())


def payouts(merchant_id: str) -> list[dict[str, Any]]:
    """What the merchant has been paid, oldest first."""
    answer = call(app.app, "GET", f"/merchants/{merchant_id}/payouts")
    return list(reversed(answer.json["items"]))


def amounts(merchant_id: str) -> list[int]:
    return [payout["amount"] for payout in payouts(merchant_id)]
