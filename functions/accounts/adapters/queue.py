"""Parts of a sweep on their queue: a segment of a table each, or the rest of one."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from accounts.settings import settings
from bank.events import queues


@dataclass(frozen=True)
class Part:
    """A segment of what a stage of the run looks through, after the place `after`.

    It is about what was booked from the instant `since` up to `until`; `gaps` says that the stage before has
    found postings missing. Its name follows from what it is about, so that sending it twice is harmless.
    """

    run: str
    stage: str
    segment: int
    since: str
    until: str
    gaps: bool = False
    after: str | None = None

    @property
    def name(self) -> str:
        """Name of the part among those of its run."""
        return f"{self.stage}/{self.segment}/{self.after or ''}"

    @property
    def is_further(self) -> bool:
        """Return whether another part planned it."""
        return self.after is not None

    def rest(self, after: str) -> "Part":
        """The part that goes on after a place."""
        return replace(self, after=after)

    def body(self) -> str:
        """The message."""
        return json.dumps(asdict(self))

    @classmethod
    def of_body(cls, body: str) -> "Part":
        """The inverse."""
        return cls(**json.loads(body))


def send(parts: Iterable[Part]) -> None:
    """Put the parts on the queue. Raises NotSent when any was refused."""
    queues.send(settings.sweep_queue_url, (part.body() for part in parts))
