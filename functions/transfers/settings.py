"""What template.yaml tells this room beyond what it tells every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where batch files lie, and the queue that their lines go through."""

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
