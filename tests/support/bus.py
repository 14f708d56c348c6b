"""Events as EventBridge puts them into a queue."""

import json
from typing import Any


def on_the_bus(envelope: dict[str, Any]) -> dict[str, Any]:
    """The event as EventBridge hands it on, published by the room that its type names."""
    room = envelope["type"].split(".")[1]
    detail = {"source": f"/perkbank/{room}", **envelope}
    return {"source": f"perkbank.{room}", "detail-type": envelope["type"], "detail": detail}


def body(envelope: dict[str, Any]) -> str:
    """The body of its SQS message."""
    return json.dumps(on_the_bus(envelope))
