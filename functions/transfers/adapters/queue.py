"""Chunks of a batch's lines on their queue."""

import functools
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bank import aws
from bank.dataclasses import dataclass
from transfers.domain.batch_file import Line
from transfers.settings import settings

# SQS takes so many messages and bytes in one request.
SEND_MESSAGES = 10
SEND_BYTES = 250_000


class NotSent(Exception):
    """The queue refused some messages; the file's message is delivered again and all are sent again."""


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
    for bodies in _requests([chunk.body() for chunk in chunks]):
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        answer = _sqs().send_message_batch(QueueUrl=settings.batch_lines_queue_url, Entries=entries)
        if answer.get("Failed"):
            raise NotSent(f"{len(answer['Failed'])} messages were refused")


def _requests(bodies: Sequence[str]) -> Iterator[list[str]]:
    request: list[str] = []
    for body in bodies:
        if len(request) == SEND_MESSAGES or sum(map(len, request)) + len(body) > SEND_BYTES:
            yield request
            request = []
        request.append(body)
    yield request


@functools.cache
def _sqs() -> Any:
    return aws.client("sqs", read_timeout=5)
