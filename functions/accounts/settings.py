"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass

DEFAULT = "https://sqs.us-east-1.amazonaws.com/123456789012/perkbank-test-"


@dataclass(frozen=True)
class Settings:
    """The queue on which a stream's consumer puts aside the records that it cannot take."""

    failures_url: str


def _read() -> Settings:
    return Settings(failures_url=os.environ.get("ACCOUNTS_FAILURES_QUEUE_URL", DEFAULT + "failures"))


settings = _read()
