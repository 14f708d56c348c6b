"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Bucket of batch files, and the queue of their lines."""

    batch_bucket: str
    batch_lines_queue_url: str


def _read() -> Settings:
    return Settings(
        batch_bucket=os.environ.get("BATCH_BUCKET", "perkbank-test-batches"),
        batch_lines_queue_url=os.environ.get(
            "BATCH_LINES_QUEUE_URL",
            "https://sqs.us-east-1.amazonaws.com/123456789012/perkbank-test-batch-lines",
        ),
    )


settings = _read()
