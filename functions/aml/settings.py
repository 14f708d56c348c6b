"""What template.yaml tells this room beyond what it tells every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where lists and movements lie, and the queue that rescreening goes through."""

    bucket: str
    rescreens_queue_url: str


def _read() -> Settings:
    return Settings(
        bucket=os.environ.get("AML_BUCKET", "perkbank-test-aml"),
        rescreens_queue_url=os.environ.get(
            "AML_RESCREENS_QUEUE_URL",
            "https://sqs.us-east-1.amazonaws.com/123456789012/perkbank-test-aml-rescreens",
        ),
    )


settings = _read()
