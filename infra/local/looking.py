"""A look at what runs: where it is, the events on its bus, the text messages that it sent."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

from infra.local import deploying, server, settings


def status() -> None:
    """Say what runs and what is deployed."""
    pid = server.running_pid()
    ready = "yes" if server.is_ready() else "no"
    print(f"MiniStack: {f'pid {pid}' if pid else 'not running'}, ready: {ready}")
    if settings.STACK_FILE.exists():
        print(f"API: {deploying.outputs()['ApiUrl']}")


def events() -> None:
    """Print every domain event from now on, one JSON document a line, until interrupted."""
    for event in tapped():
        print(json.dumps(event), flush=True)


def messages() -> None:
    """Print the text messages that were sent (codes to customers' phones), one JSON document a line."""
    for number, text in sent_messages():
        print(json.dumps({"phone": number, "message": text}, ensure_ascii=False))


def sent_messages(endpoint: str = settings.ENDPOINT, phone: str | None = None) -> list[tuple[str, str]]:
    """(phone, text) of what is in the emulator's inbox of text messages, for one phone oldest first."""
    query = f"?{urllib.parse.urlencode({'phoneNumber': phone})}" if phone else ""
    try:
        inbox = _inbox(f"{endpoint}/_ministack/sns/sms-messages{query}")
    except urllib.error.HTTPError:
        inbox = _inbox(f"{endpoint}/_aws/sns/sms-messages{query}")
    return [(number, sent["Message"]) for number, all_sent in inbox.items() for sent in all_sent]


def _inbox(url: str) -> dict[str, list[dict[str, Any]]]:
    """MiniStack's, or at the address that LocalStack has for it."""
    with urllib.request.urlopen(url) as answer:
        found: dict[str, list[dict[str, Any]]] = json.load(answer)["sms_messages"]
    return found


def tapped(wait_seconds: int = 20, *, for_ever: bool = True) -> Iterator[dict[str, Any]]:
    """Events from the local tap queue, which gets a copy of each; taken from it once shown."""
    sqs = settings.client("sqs")
    queue = sqs.get_queue_url(QueueName=f"perkbank-{settings.STAGE}-events-tap")["QueueUrl"]
    while True:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds)
        messages = answer.get("Messages", [])
        for message in messages:
            yield json.loads(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        if not messages and not for_ever:
            return
