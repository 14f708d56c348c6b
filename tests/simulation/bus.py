"""EventBridge's bus: keeps what was published, and that an event's id always means the same event."""

import json
from typing import Any

from tests.simulation.stored import check
from tests.support.embedded import AwsAnswer, AwsCall, json_answer


class Bus:
    """Events by their id."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}

    def serve(self, call: AwsCall) -> AwsAnswer:
        """PutEvents."""
        entries = call.document["Entries"]
        check(0 < len(entries) <= 10, f"PutEvents with {len(entries)} entries")
        for entry in entries:
            event = json.loads(entry["Detail"])
            before = self.events.setdefault(event["id"], event)
            check(before == event, f"event {event['id']} was published as {before} and as {event}")
        answers = [{"EventId": str(number)} for number, _ in enumerate(entries)]
        return json_answer({"FailedEntryCount": 0, "Entries": answers})

    def of_type(self, name: str) -> list[dict[str, Any]]:
        """The data of the events of a type: `MoneyDeposited`."""
        return [event["data"] for event in self.events.values() if event["type"].split(".")[-2] == name]
