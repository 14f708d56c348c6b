"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import json
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Schedules by the names of their parameters, the queue of escalations, the topic of those not heard."""

    schedules: dict[str, str]
    escalations_queue_url: str
    escalated_topic_arn: str


def _read() -> Settings:
    return Settings(
        schedules=json.loads(os.environ.get("SCHEDULES", "{}")),
        escalations_queue_url=os.environ.get(
            "ESCALATIONS_QUEUE_URL",
            "https://sqs.us-east-1.amazonaws.com/123456789012/perkbank-test-escalations",
        ),
        escalated_topic_arn=os.environ.get(
            "ESCALATED_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:perkbank-test-alarms-escalated"
        ),
    )


settings = _read()
