"""What tests of the room do with it: publish small lists, screen, decide, deliver its messages."""

import gzip
import hashlib
from typing import Any

import boto3

from aml.adapters import object_store
from aml.app import app
from aml.service import lists
from aml.settings import settings
from bank.config import config
from bank.events import queues
from tests.support import bus
from tests.support.http import Reply, call, context
from tests.support.streams import Cloud, handler

SDN = '{id},"{name}","{type}","SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"{remarks}"\n'
ALT = '{id},{number},"aka","{name}",-0- \n'
PETROV = {"id": 1, "name": "PETROV, Ivan Sergeevich", "type": "individual", "remarks": "DOB 12 Aug 1961."}
BANK = {"id": 2, "name": "BANK MELLI IRAN", "type": "-0- ", "remarks": "-0- "}


class Desk:
    """The room at work, on moto."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.published: list[dict[str, Any]] = []

    # Lists ---------------------------------------------------------------------------------------

    def announce(self, *entries: dict[str, Any]) -> tuple[Reply, dict[str, bytes]]:
        """Announce a list of these entries; the answer, and its files."""
        sdn = gzip.compress("".join(SDN.format(**entry) for entry in entries).encode(), mtime=0)
        alt = ALT.format(id=1, number=9, name="PETROFF, Vanya").encode()
        digests = {
            "sdn_sha256": hashlib.sha256(sdn).hexdigest(),
            "alt_sha256": hashlib.sha256(alt).hexdigest(),
        }
        reply = call(app, "POST", "/sanctions-lists", {"name": "ofac", **digests})
        return reply, {"sdn": sdn, "alt": alt}

    def publish(self, *entries: dict[str, Any]) -> Reply:
        """A list of these entries, announced, uploaded and published."""
        announced, files = self.announce(*(entries or (PETROV, BANK)))
        list_id = announced.json["list_id"]
        for name, content in files.items():
            self.upload(list_id, name, content)
        reply = call(app, "POST", f"/sanctions-lists/{list_id}/publication")
        lists.forget()
        return reply

    def upload(self, list_id: str, name: str, content: bytes) -> None:
        """What the presigned URL does."""
        boto3.client("s3", region_name=config.region).put_object(
            Bucket=settings.bucket, Key=f"lists/{list_id}/{name}", Body=content
        )

    # Screening -----------------------------------------------------------------------------------

    def screen(self, name: str, subject_id: str = "cus_1", **options: Any) -> Reply:
        """POST /aml/screenings."""
        given = {name: options.pop(name) for name in ("key", "principal", "client_id") if name in options}
        body = {"kind": "customer", "subject_id": subject_id, "name": name, **options}
        return call(app, "POST", "/aml/screenings", body, **given)

    def decide(self, screening_id: str, decision: str, **options: Any) -> Reply:
        """POST .../decision."""
        body = {"decision": decision, "reason": "looked at"}
        return call(app, "POST", f"/aml/screenings/{screening_id}/decision", body, **options)

    def screening(self, screening_id: str, **options: Any) -> Reply:
        """GET one."""
        return call(app, "GET", f"/aml/screenings/{screening_id}", **options)

    def waiting(self, **options: Any) -> list[str]:
        """The screenings in the caller's queue."""
        page = call(app, "GET", "/aml/screenings", **options).json
        return [item["screening_id"] for item in page["items"]]

    # What happens by itself ----------------------------------------------------------------------

    def settle(self) -> None:
        """Deliver the stream, then the queue of rescreening, until it is empty."""
        self.cloud.settle()
        sqs = boto3.client("sqs", region_name=config.region)
        while got := sqs.receive_message(QueueUrl=settings.rescreens_queue_url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            lists.forget()
            answer = deliver("aml.app.on_rescreens", [message["Body"] for message in got])
            assert answer == {"batchItemFailures": []}
            for message in got:
                sqs.delete_message(
                    QueueUrl=settings.rescreens_queue_url, ReceiptHandle=message["ReceiptHandle"]
                )
            self.cloud.settle()

    def names(self) -> list[str]:
        """The short names of the events published so far, in order; and forget them."""
        self.settle()
        found = [event["name"] for event in self.published]
        self.published.clear()
        return found


def deliver(name: str, bodies: list[str]) -> Any:
    """Messages of a queue to a handler."""
    records = [
        {"messageId": str(number), "body": body, "eventSource": "aws:sqs", "attributes": {}}
        for number, body in enumerate(bodies)
    ]
    return handler(name)({"Records": records}, context(name))


def from_bus(type_name: str, data: dict[str, Any], event_id: str = "evt_1", time: str = "") -> str:
    """The body of a message that EventBridge puts into a queue."""
    at = time or "2026-01-15T01:30:00Z"
    return bus.body({"id": event_id, "type": type_name, "time": at, "data": data})


CLIENTS = (object_store._s3, queues.client)
