"""One bad message costs the others nothing."""

from typing import Any

import pytest

from bank.events.batches import process_sqs_batch
from tests.support.http import context


def queued(*bodies: str) -> dict[str, Any]:
    """What a queue gives to a function; messages are named m1, m2, ..."""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": f"r{number}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:lines",
                "awsRegion": "us-east-1",
            }
            for number, body in enumerate(bodies, 1)
        ]
    }


class Taker:
    """Keeps what it was given and raises on what begins with `bad`."""

    def __init__(self) -> None:
        self.given: list[Any] = []

    def message(self, body: str) -> None:
        self.given.append(body)
        if body.startswith("bad"):
            raise ValueError(body)


@pytest.mark.parametrize(
    ("bodies", "failed"),
    [
        (("a", "b", "c"), []),
        (("a", "bad", "c"), ["m2"]),
        (("bad1", "bad2", "bad3"), ["m1", "m2", "m3"]),
    ],
)
def test_the_messages_that_failed_are_answered_and_all_were_given(
    bodies: tuple[str, ...], failed: list[str]
) -> None:
    taker = Taker()

    answer = process_sqs_batch(queued(*bodies), context(), taker.message)

    assert answer == {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}
    assert taker.given == list(bodies)


def test_no_messages_are_no_failures() -> None:
    taker = Taker()

    assert process_sqs_batch(queued(), context(), taker.message) == {"batchItemFailures": []}
    assert taker.given == []
