"""The queue of rescreening: one message is one stretch of one shard of those who are screened."""

import functools
from typing import Any

from pydantic import BaseModel, ConfigDict

from aml.settings import settings
from bank import aws

SEND_LIMIT = 10


class Stretch(BaseModel):
    """Range of subjects to screen: those of `shard` after `after`. `run` says why and since when."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    shard: str
    run: str
    after: str = ""


def send(stretches: list[Stretch]) -> None:
    """Queue them. Raises where the queue refused some: the sender is delivered again."""
    for start in range(0, len(stretches), SEND_LIMIT):
        entries = [
            {"Id": str(number), "MessageBody": stretch.model_dump_json()}
            for number, stretch in enumerate(stretches[start : start + SEND_LIMIT])
        ]
        answer = _sqs().send_message_batch(QueueUrl=settings.rescreens_queue_url, Entries=entries)
        if answer.get("Failed"):
            raise RuntimeError(f"{len(answer['Failed'])} stretches were not queued")


@functools.cache
def _sqs() -> Any:
    return aws.client("sqs", read_timeout=5)
