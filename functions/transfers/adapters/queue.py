"""Chunks of a batch's lines on their queue."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from bank.events import queues
from transfers.domain.batch_file import Line
from transfers.settings import settings


@dataclass(frozen=True)
class Chunk:
    """Consecutive lines of a batch. Its number follows from the file, so sending it twice is harmless."""

    batch_id: str
    number: int
    lines: tuple[Line, ...]

    def body(self) -> str:
        """The message; ASCII alone, since SQS refuses some characters."""
        lines = [[line.number, *line.cells] for line in self.lines]
        return json.dumps(
            {"batch_id": self.batch_id, "chunk": self.number, "lines": lines}, separators=(",", ":")
        )

    @classmethod
    def of_body(cls, body: str) -> "Chunk":
        """The inverse."""
        message = json.loads(body)
        lines = tuple(Line(number, tuple(cells)) for number, *cells in message["lines"])
        return cls(message["batch_id"], message["chunk"], lines)


def send(chunks: Iterable[Chunk]) -> None:
    """Put the chunks on the queue. Raises NotSent when any was refused."""
    queues.send(settings.batch_lines_queue_url, (chunk.body() for chunk in chunks))
