"""Functions of jobs, called as their schedules call them."""

import functools
import json
from typing import Any

from bank import aws
from bank.config import config


def start(function: str, event: dict[str, Any]) -> None:
    """Hand a job's function its event, to be taken when it can: Lambda tries three times."""
    _lambda().invoke(
        FunctionName=f"{config.table_prefix}{function}:live",
        InvocationType="Event",
        Payload=json.dumps(event).encode(),
    )


@functools.cache
def _lambda() -> Any:
    return aws.client("lambda", read_timeout=4)
