"""Parts of a run on their queue: pages of accounts to pay out, and accounts alone."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from bank.events import queues
from settlement.settings import settings


@dataclass(frozen=True)
class Part:
    """Accounts of a shard after the id `after`, or the one account `account_id`, of the run `run`.

    Its name follows from what it is about, so that sending it twice is harmless.
    """

    run: str
    shard: int | None = None
    after: str | None = None
    account_id: str | None = None

    @property
    def name(self) -> str:
        """Name of the part among those of its run."""
        return self.account_id or f"{self.shard}/{self.after or ''}"

    @property
    def is_further(self) -> bool:
        """Return whether another part planned it."""
        return bool(self.account_id or self.after)

    def body(self) -> str:
        """The message; in a dead-letter queue it names what could not be paid."""
        return json.dumps({name: value for name, value in asdict(self).items() if value is not None})

    @classmethod
    def of_body(cls, body: str) -> "Part":
        """The inverse."""
        return cls(**json.loads(body))


def send(parts: Iterable[Part]) -> None:
    """Put the parts on the queue. Raises NotSent when any was refused."""
    queues.send(settings.queue_url, (part.body() for part in parts))
