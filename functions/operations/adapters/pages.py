"""People who are woken next, and the queue on which an alarm waits for that."""

import functools
import json
from typing import Any

from bank import aws
from bank.events import queues
from operations.settings import settings


def wait(incident_id: str) -> None:
    """Have the incident looked at again once its time to be acknowledged is over (the queue's delay)."""
    queues.send(settings.escalations_queue_url, [json.dumps({"incident_id": incident_id})])


def escalate(subject: str, text: str) -> None:
    """Tell whoever is next. `subject` is ASCII, below 100 characters."""
    _sns().publish(TopicArn=settings.escalated_topic_arn, Subject=subject, Message=text)


@functools.cache
def _sns() -> Any:
    return aws.client("sns", read_timeout=3)
