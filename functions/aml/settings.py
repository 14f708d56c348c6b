"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Buckets of lists and movements, and the queue of rescreening."""

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
