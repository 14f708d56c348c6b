"""What tests of this room do: open accounts, send transfers, bring batch files, carry messages."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import boto3

from accounts.app import app as accounts_app
from bank import clock, ids, ledger
from bank.ledger import verification
from tests.support import batch_files, funding
from tests.support.http import Reply, call, context
from tests.support.streams import Cloud
from transfers.app import app, on_batch_file, on_batch_lines, on_transfer_batches
from transfers.domain import lanes
from transfers.domain.batch_file import COLUMNS
from transfers.settings import settings
from transfers.tables import WAITS, WaitingRow

HEADER = ",".join(COLUMNS)
Line = tuple[object, ...]


class Desk:
    """A bank with a bucket and a queue, in memory."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.s3 = boto3.client("s3", region_name="us-east-1")
        self.sqs = boto3.client("sqs", region_name="us-east-1")
        self.s3.create_bucket(Bucket=settings.batch_bucket)
        self.s3.put_bucket_versioning(
            Bucket=settings.batch_bucket, VersioningConfiguration={"Status": "Enabled"}
        )
        self.sqs.create_queue(QueueName=settings.batch_lines_queue_url.rsplit("/", 1)[-1])
        self.keys = 0

    # Accounts

    def wallet(self, balance: int = 0, currency: str = "USD", **fields: Any) -> str:
        body = {"owner_id": "own_1", "kind": "wallet", "currency": currency, **fields}
        account_id = str(call(accounts_app, "POST", "/accounts", body, key=self.key()).json["account_id"])
        if balance:
            self.deposit(account_id, balance, currency)
        return account_id

    def deposit(self, account_id: str, amount: int, currency: str = "USD") -> None:
        answer = funding.deposit(account_id, amount, currency, key=self.key())
        assert answer.status == 201, answer.body

    def settlement(self, merchant_id: str = "mer_1", currency: str = "USD") -> str:
        account_id = ids.derived("stl", merchant_id, currency)
        row = ledger.accounts.new_row(
            account_id=account_id, owner_id=merchant_id, kind=ledger.Kind.SETTLEMENT, currency=currency
        )
        ledger.accounts.open_account(row)
        return account_id

    def change(self, account_id: str, action: str) -> None:
        answer = call(accounts_app, "POST", f"/accounts/{account_id}/{action}", {"reason": "test"})
        assert answer.status == 200, answer.body

    def balance(self, account_id: str) -> int:
        return int(call(accounts_app, "GET", f"/accounts/{account_id}").json["balance"])

    def key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    # Transfers and batches

    def transfer(self, source: str, target: str, amount: int, key: str = "t1", **fields: Any) -> Reply:
        body = {"from_account_id": source, "to_account_id": target, "amount": amount, "currency": "USD"}
        return call(app, "POST", "/transfers", body | fields, key=key)

    def announce(
        self,
        source: str,
        count: int,
        total: int,
        key: str = "b1",
        content: str | bytes = "a file",
        **fields: Any,
    ) -> Reply:
        body = {
            "from_account_id": source,
            "file_name": "pay.csv",
            **batch_files.facts(content),
            "total_count": count,
            "total_amount": total,
        }
        return call(app, "POST", "/transfer-batches", body | fields, key=key)

    def batch(self, batch_id: str) -> Any:
        return call(app, "GET", f"/transfer-batches/{batch_id}").json

    def results(self, batch_id: str, **query: str) -> Reply:
        return call(app, "GET", f"/transfer-batches/{batch_id}/results", query=query or None)

    # Files and messages

    def upload(self, batch_id: str, content: str | bytes, media_type: str = "text/csv") -> str:
        """Put a file past the URL, whatever was announced; the message that tells of it."""
        content = content.encode() if isinstance(content, str) else content
        key = f"uploads/{batch_id}.csv"
        put = self.s3.put_object(Bucket=settings.batch_bucket, Key=key, Body=content, ContentType=media_type)
        stored = {"key": key, "size": len(content), "versionId": put["VersionId"]}
        record = {"eventName": "ObjectCreated:Put", "s3": {"object": stored}}
        return json.dumps({"Records": [record]})

    def bring(self, *notifications: str) -> list[str]:
        """Deliver notifications; the ids of the messages that failed."""
        return _failed(on_batch_file(sqs_event(notifications), context()))

    def lines(self) -> list[str]:
        """What waits in lanes, taken out of them: for each chunk the message that has it paid alone."""
        self.turns()
        rows = [row for row in WaitingRow.scan() if row.record.startswith(WAITS)]
        for row in rows:
            row.delete()
        chunks = [
            {"batch_id": row.batch_id, "chunk": chunk}
            for row in rows
            for chunk in range(int(row.chunk), int(row.last) + 1, lanes.LANES)
        ]
        return [json.dumps(each) for each in sorted(chunks, key=lambda each: each["chunk"])]

    def turns(self) -> list[str]:
        """What stands on the queue of lines, taken off it."""
        bodies: list[str] = []
        while True:
            answer = self.sqs.receive_message(
                QueueUrl=settings.batch_lines_queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0
            )
            if not answer.get("Messages"):
                return bodies
            for message in answer["Messages"]:
                bodies.append(message["Body"])
                self.sqs.delete_message(
                    QueueUrl=settings.batch_lines_queue_url, ReceiptHandle=message["ReceiptHandle"]
                )

    def pay(self, bodies: list[str]) -> list[str]:
        """Deliver messages of the queue of lines in one batch; the ids of those that failed."""
        return _failed(on_batch_lines(sqs_event(bodies), context()))

    def run(self, batch_id: str, content: str | bytes) -> None:
        """The whole way of a file, undisturbed."""
        assert self.bring(self.upload(batch_id, content)) == []
        self.drain()

    def drain(self) -> None:
        """Take all turns until none is left."""
        while bodies := self.turns():
            assert self.pay(bodies) == []

    def deliver_events(self) -> None:
        """Deliver the batches' stream to its consumer."""
        records = self.cloud.records("transfer-batches")
        if records:
            on_transfer_batches({"Records": records}, context())

    def sound(self) -> bool:
        """Settle, then verify the whole ledger, everything so far included."""
        self.cloud.settle()
        later = clock.now() + timedelta(minutes=5)
        with clock.source(lambda: later):
            report = verification.verify()
        assert report["differences"] == []
        return bool(report["zero_sum"])


def csv_of(*lines: Line) -> str:
    """A batch file; lines of (to_account_id, amount, currency, reference)."""
    return "\n".join([HEADER, *(",".join(map(str, line)) for line in lines)]) + "\n"


def sqs_event(bodies: Any) -> dict[str, Any]:
    """Messages as SQS gives them to a function; the ids are their places."""
    return {
        "Records": [
            {"messageId": str(place), "body": body, "eventSource": "aws:sqs", "attributes": {}}
            for place, body in enumerate(bodies)
        ]
    }


def _failed(answer: dict[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def announced(desk: Desk, sender: str, lines: list[Line], key: str = "b1") -> str:
    """Announce a batch of these lines; its id."""
    total = sum(line[1] for line in lines if isinstance(line[1], int) and line[1] > 0)
    answer = desk.announce(sender, len(lines), total, key=key, content=csv_of(*lines))
    assert answer.status == 202, answer.body
    return str(answer.json["batch_id"])


def counts(desk: Desk, batch_id: str) -> tuple[str, dict[str, int]]:
    """A batch's status and its lines by outcome, none of them lost."""
    batch = desk.batch(batch_id)
    assert sum(batch["counts"].values()) == batch["total_count"]
    return batch["status"], {name: count for name, count in batch["counts"].items() if count}


def rows(answer: Reply) -> list[dict[str, str]]:
    """Results, line by line."""
    assert answer.status == 200, answer.body
    return list(csv.DictReader(io.StringIO(answer.body, newline="")))


def to_bob(desk: Desk, count: int) -> tuple[str, str, list[Line]]:
    """A sender with enough, a receiver, and so many lines of 10."""
    alice, bob = desk.wallet(10 * count), desk.wallet()
    return alice, bob, [(bob, 10, "USD", f"line {number}") for number in range(1, count + 1)]
