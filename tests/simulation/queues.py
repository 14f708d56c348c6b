"""Queues as SQS has them: any order, any number at once, and again although all went well."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.simulation.stored import check
from tests.support.embedded import AwsAnswer, AwsCall, json_answer

if TYPE_CHECKING:
    from tests.simulation.world import World

# One of so many messages comes again although it was taken.
AGAIN = 0.15


@dataclass(frozen=True)
class Message:
    """A message on the queue of a consumer."""

    message_id: str
    consumer: str
    body: str
    # So often it was given to its consumer, this time included.
    times: int = 1


class Queues:
    """What stands on the queues."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._number = 0
        self._messages: list[Message] = []

    def serve(self, call: AwsCall) -> AwsAnswer:
        """SendMessageBatch."""
        document = call.document
        consumers = {url: name for room in self._world.rooms for url, name in room.queues.items()}
        check(0 < len(document["Entries"]) <= 10, f"SendMessageBatch with {len(document['Entries'])} entries")
        for entry in document["Entries"]:
            self.put(consumers[document["QueueUrl"]], entry["MessageBody"])
        sent = [{"Id": entry["Id"], "MessageId": entry["Id"]} for entry in document["Entries"]]
        return json_answer({"Successful": sent, "Failed": []})

    def put(self, consumer: str, body: str) -> None:
        """Put a message on the queue of a consumer."""
        self._number += 1
        self._messages.append(Message(f"message-{self._number}", consumer, body))

    def deliver_some(self) -> None:
        """Some messages of one queue, in any order."""
        consumers = sorted({message.consumer for message in self._messages})
        if consumers:
            consumer = self._world.random.choice(consumers)
            there = [message for message in self._messages if message.consumer == consumer]
            self._deliver(self._world.random.sample(there, self._world.random.randint(1, min(5, len(there)))))

    def deliver_all(self) -> bool:
        """Everything that stands there; whether anything did."""
        messages = list(self._messages)
        for message in messages:
            check(self._deliver([message]), f"{message} is never taken")
        return bool(messages)

    def _deliver(self, messages: list[Message]) -> bool:
        """Give messages to their consumer; whether all were taken. They are hidden from others meanwhile."""
        name = messages[0].consumer
        self._world.say(f"  {name} gets {', '.join(message.message_id for message in messages)}")
        self._messages = [message for message in self._messages if message not in messages]
        records = [
            {
                "messageId": message.message_id,
                "body": message.body,
                "eventSource": "aws:sqs",
                "attributes": {"ApproximateReceiveCount": str(message.times)},
            }
            for message in messages
        ]
        faults = self._world.faults.count
        answer = self._world.deliveries.invoke(name, {"Records": records})
        failed = {failure["itemIdentifier"] for failure in (answer or {}).get("batchItemFailures", [])}
        check(not failed or self._world.faults.count > faults, f"{name} failed {failed} although nothing has")
        for message in messages:
            again = not self._world.quiet and self._world.random.random() < AGAIN
            if answer is None or message.message_id in failed or again:
                self._messages.append(replace(message, times=message.times + 1))
        return answer is not None and not failed
