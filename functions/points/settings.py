"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """The queue of what the jobs' runs have to book."""

    queue_url: str


def _read() -> Settings:
    default = "https://sqs.us-east-1.amazonaws.com/123456789012/perkbank-test-points-parts"
    return Settings(queue_url=os.environ.get("POINTS_PARTS_QUEUE_URL", default))


settings = _read()
