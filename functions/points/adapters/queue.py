"""Parts of a run on their queue: places in the lists that the jobs walk through."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from bank.events import queues
from points.settings import settings

BOOKING, EXPIRY = "booking", "expiry"


@dataclass(frozen=True)
class Part:
    """Page of a shard after the place `after`, for the run `run` of a job: booking or expiry.

    Its name follows from what it is about, so that sending it twice is harmless.
    """

    run: str
    job: str
    shard: int
    after: str | None = None

    @property
    def name(self) -> str:
        """Name of the part among those of its run."""
        return f"{self.shard}/{self.after or ''}"

    def body(self) -> str:
        """The message."""
        return json.dumps({name: value for name, value in asdict(self).items() if value is not None})

    @classmethod
    def of_body(cls, body: str) -> "Part":
        """The inverse."""
        return cls(**json.loads(body))


def send(parts: Iterable[Part]) -> None:
    """Put the parts on the queue. Raises NotSent when any was refused."""
    queues.send(settings.queue_url, (part.body() for part in parts))
