"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass

DEFAULT = "https://sqs.us-east-1.amazonaws.com/123456789012/perkbank-test-"


@dataclass(frozen=True)
class Settings:
    """The queues for records that a stream's consumer cannot take, and for the parts of a sweep.

    Of a sweep's tables so many segments are read side by side.
    """

    failures_queue_url: str
    sweep_queue_url: str
    sweep_segments: int


def _read() -> Settings:
    return Settings(
        failures_queue_url=os.environ.get("ACCOUNTS_FAILURES_QUEUE_URL", DEFAULT + "failures"),
        sweep_queue_url=os.environ.get("ACCOUNTS_SWEEP_QUEUE_URL", DEFAULT + "ledger-sweep"),
        sweep_segments=int(os.environ.get("ACCOUNTS_SWEEP_SEGMENTS", "8")),
    )


settings = _read()
