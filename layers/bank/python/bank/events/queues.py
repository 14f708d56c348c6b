"""Sending to SQS: many messages in few requests."""

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from bank import aws

# SQS takes so many messages and bytes in one request; a few bytes are left to its own.
SEND_MESSAGES = 10
SEND_BYTES = 250_000


class NotSent(Exception):
    """The queue refused some messages: what asked for them is delivered again, and sends them all again."""


def send(queue_url: str, bodies: Iterable[str]) -> None:
    """Put the messages on the queue. Raises NotSent when any was refused."""
    for request in _requests(bodies):
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(request)]
        answer = client().send_message_batch(QueueUrl=queue_url, Entries=entries)
        if answer.get("Failed"):
            raise NotSent(f"{len(answer['Failed'])} messages were refused")


def _requests(bodies: Iterable[str]) -> Iterator[list[str]]:
    request: list[str] = []
    size = 0
    for body in bodies:
        length = len(body.encode())
        if len(request) == SEND_MESSAGES or (request and size + length > SEND_BYTES):
            yield request
            request, size = [], 0
        request.append(body)
        size += length
    if request:
        yield request


@functools.cache
def client() -> Any:
    """The process's SQS client."""
    return aws.client("sqs", read_timeout=4)
