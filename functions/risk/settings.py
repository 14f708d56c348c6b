"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Bucket of the history, and the queue of backtests to run."""

    bucket: str
    backtests_queue_url: str


def _read() -> Settings:
    return Settings(
        bucket=os.environ.get("RISK_BUCKET", "perkbank-test-risk"),
        backtests_queue_url=os.environ.get(
            "RISK_BACKTESTS_QUEUE_URL",
            "https://sqs.us-east-1.amazonaws.com/123456789012/perkbank-test-risk-backtests",
        ),
    )


settings = _read()
