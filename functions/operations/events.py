"""Events that the room hears: CloudWatch's alarms. It publishes none."""

import json
from datetime import datetime
from typing import Any

from bank.config import config
from operations.domain.incidents import AlarmChanged

ALARM = "ALARM"


def alarm_changed(body: str) -> AlarmChanged | None:
    """The change of an alarm that an SQS message of this body tells; None where none began or ended.

    Source: "Alarm events and EventBridge" (`CloudWatch Alarm State Change`).
    """
    detail: dict[str, Any] = json.loads(body)["detail"]
    state, before = detail["state"], detail.get("previousState", {})
    alarm = detail["alarmName"].removeprefix(f"perkbank-{config.stage}-")
    if state["value"] == ALARM:
        return AlarmChanged(alarm, state.get("reason", ""), _instant(state), None)
    if before.get("value") == ALARM:
        return AlarmChanged(alarm, before.get("reason", ""), _instant(before), _instant(state))
    return None


def _instant(state: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(state["timestamp"])
