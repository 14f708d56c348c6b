"""Batches of transfers: a file in, every good line paid once, whatever breaks on the way.

BATCH_LINES=10000 runs the big one on the size that the house promises (`make test-batch`); the suite runs it
on fewer lines, with the same bad ones among them.
"""

import csv
import io
import json
import os
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
import urllib3

from infra import environment
from infra.channel import Channel
from tests.e2e.deployed import Deployed, created, ok, problem
from tests.support import batch_files

pytestmark = pytest.mark.rooms("transfers")

LINES = int(os.environ.get("BATCH_LINES", "1000"))
RECEIVERS = 20
HEADER = "to_account_id,amount,currency,reference"
# So soon a message that a killed consumer had is given to another one.
VISIBILITY_SECONDS = 20
# A batch may take as long as the machine does; one of which nothing was done for so long has stopped.
STANDSTILL_SECONDS = 300.0
# One line in a hundred is bad, each in its own way, over and over.
BAD_EVERY = 100


@dataclass(frozen=True)
class File:
    """A file as a channel's ERP writes it, and what must come of it."""

    text: str
    count: int
    total: int
    outcomes: dict[int, str]
    paid: Counter[str]

    @property
    def paid_amount(self) -> int:
        """What leaves the sender."""
        return sum(self.paid.values())


def _file(receivers: list[str], foreign: str, lines: int) -> File:
    """`lines` lines to `receivers`, the last of every hundred bad; `foreign` is in another currency."""
    bad = (
        ("wal_nobody,100,USD,no such account", 100),
        (f"{receivers[0]},0,USD,nothing", 0),
        (f"{receivers[0]},12.50,USD,not whole", 0),
        (f"{foreign},100,USD,another currency", 100),
        (f"{receivers[0]},100,USD", 100),
    )
    rows, total = [HEADER], 0
    outcomes: dict[int, str] = {}
    paid: Counter[str] = Counter()
    for number in range(1, lines + 1):
        if number % BAD_EVERY == 0:
            row, counted = bad[number // BAD_EVERY % len(bad)]
            outcomes[number] = "rejected"
        else:
            receiver, counted = receivers[number % len(receivers)], 100 + number % 7
            row = f"{receiver},{counted},USD,salary {number}"
            outcomes[number] = "succeeded"
            paid[receiver] += counted
        rows.append(row)
        total += counted
    return File("\n".join(rows) + "\n", lines, total, outcomes, paid)


def _announced(channel: Deployed | Channel, sender: str, file: File, **different: Any) -> dict[str, Any]:
    body = {
        "from_account_id": sender,
        "file_name": "salaries.csv",
        **batch_files.facts(file.text),
        "total_count": file.count,
        "total_amount": file.total,
        "currency": "USD",
        **different,
    }
    answer = channel.post("/transfer-batches", body)
    assert answer.status == 202, answer.text
    announced: dict[str, Any] = answer.json
    return announced


def _upload(upload: dict[str, Any], text: str) -> None:
    """As the channel does it: with what the answer said, and nothing of ours."""
    answer = urllib3.request(
        upload["method"], upload["url"], body=text.encode(), headers=upload["headers"], retries=False
    )
    assert answer.status == 200, answer.data


def _batch(channel: Deployed | Channel, batch_id: str) -> dict[str, Any]:
    return ok(channel.get(f"/transfer-batches/{batch_id}"))


def _completed(channel: Deployed | Channel, batch_id: str) -> dict[str, Any]:
    """The batch once it is completed; fails as soon as nothing moves any more."""
    moved, pending = time.monotonic(), None
    while (batch := _batch(channel, batch_id))["status"] != "completed":
        if batch["counts"]["pending"] != pending:
            moved, pending = time.monotonic(), batch["counts"]["pending"]
        assert time.monotonic() < moved + STANDSTILL_SECONDS, batch
        time.sleep(0.5)
    return batch


@pytest.mark.usefixtures("quick_redelivery")
def test_a_batch_whose_file_comes_twice_and_whose_consumer_is_killed_pays_every_good_line_once(
    deployed: Deployed,
) -> None:
    """1% of its lines are bad; all have an outcome, and the money agrees to the cent."""
    receivers = [deployed.wallet() for _ in range(RECEIVERS)]
    file = _file(receivers, deployed.wallet(currency="EUR"), LINES)
    sender = deployed.wallet(file.paid_amount + 1)
    announced = _announced(deployed, sender, file)
    batch_id = announced["batch_id"]

    _upload(announced["upload"], file.text)
    deployed.eventually(lambda: _batch(deployed, batch_id)["counts"]["pending"] < LINES, True)
    killed = deployed.kill("transfers-on-batch-lines")
    if not killed:
        pytest.skip("the functions' workers are not processes of this machine")
    assert _batch(deployed, batch_id)["counts"]["pending"] > 0, "it was killed in the middle"
    _upload(announced["upload"], file.text)
    _tell_again(deployed, batch_id)
    batch = _completed(deployed, batch_id)

    counts = Counter(file.outcomes.values())
    expected = {"pending": 0, "succeeded": counts["succeeded"], "declined": 0, "rejected": counts["rejected"]}
    assert batch["counts"] == expected
    assert batch["amounts"] == {"total": file.total, "succeeded": file.paid_amount}
    assert deployed.account(sender)["balance"] == 1
    assert {each: deployed.account(each)["balance"] for each in receivers} == file.paid
    assert _results(deployed, batch) == file.outcomes
    _drained(deployed)
    assert deployed.account(sender)["balance"] == 1


def test_ten_lines_of_another_channel_do_not_wait_for_two_thousand(deployed: Deployed) -> None:
    """They are paid while both large batches, which came before them, still have lines to pay."""
    receiver = deployed.wallet()
    foreign = deployed.wallet(currency="EUR")
    large, small = _file([receiver], foreign, 1_000), _file([receiver], foreign, 10)
    senders = [deployed.wallet(large.paid_amount) for _ in range(2)]
    other = _other_channel(deployed)
    ahead = [_announced(deployed, sender, large) for sender in senders]
    behind = _announced(other, _wallet(other, small.paid_amount), small)

    for announced in ahead:
        _upload(announced["upload"], large.text)
        deployed.eventually(lambda at=announced: _batch(deployed, at["batch_id"])["status"], "processing")
    _upload(behind["upload"], small.text)
    _completed(other, behind["batch_id"])

    assert [_batch(deployed, announced["batch_id"])["status"] for announced in ahead] == ["processing"] * 2
    for announced in ahead:
        assert _completed(deployed, announced["batch_id"])["amounts"]["succeeded"] == large.paid_amount


def _other_channel(deployed: Deployed) -> Channel:
    endpoint = deployed.env.endpoint_url
    scopes = ("accounts:read", "accounts:write", "funding:write", "transfers:read", "transfers:write")
    client_id, secret = environment.register(name="Another channel", scopes=scopes, endpoint_url=endpoint)
    environment.allow(client_id, endpoint_url=endpoint)
    return Channel(api_url=deployed.api_url, client_id=client_id, client_secret=secret)


def _wallet(channel: Channel, balance: int) -> str:
    body = {"owner_id": f"own_{uuid.uuid4().hex}", "kind": "wallet", "currency": "USD"}
    account_id: str = created(channel.post("/accounts", body))["account_id"]
    money = {"account_id": account_id, "amount": balance, "currency": "USD"}
    created(channel.post("/deposits", {**money, "source": "cash", "reference": "e2e"}))
    return account_id


def test_a_file_that_is_not_what_was_announced_is_rejected_and_nothing_of_it_is_paid(
    deployed: Deployed,
) -> None:
    """Its count and its sum must agree with the announcement."""
    receiver = deployed.wallet()
    file = _file([receiver], receiver, 10)
    sender = deployed.wallet(file.total)
    wrong = {"total_amount": file.total + 1}, {"total_count": file.count + 1}
    batches = [_announced(deployed, sender, file, **each) for each in wrong]
    for announced in batches:
        _upload(announced["upload"], file.text)

    for announced, code in zip(batches, ("wrong_sum", "wrong_count"), strict=True):
        batch_id = announced["batch_id"]
        deployed.eventually(lambda batch_id=batch_id: _batch(deployed, batch_id)["status"], "rejected")
        batch = _batch(deployed, batch_id)
        assert (batch["rejection"]["code"], batch["counts"]["rejected"]) == (code, batch["total_count"])
        problem(deployed.get(f"/transfer-batches/{batch_id}/results"), 409, "batch_not_complete")
    assert deployed.account(sender)["balance"] == file.total
    assert deployed.account(receiver)["balance"] == 0


def test_a_batch_without_the_money_pays_what_it_can_and_declines_the_rest(deployed: Deployed) -> None:
    """A line that the account cannot pay is declined; the batch is completed all the same."""
    receiver = deployed.wallet()
    file = _file([receiver], receiver, 30)
    sender = deployed.wallet(1_000)
    announced = _announced(deployed, sender, file)

    _upload(announced["upload"], file.text)
    batch = _completed(deployed, announced["batch_id"])

    paid = batch["amounts"]["succeeded"]
    assert 900 < paid <= 1_000
    assert batch["counts"]["succeeded"] + batch["counts"]["declined"] == 30
    assert deployed.account(sender)["balance"] == 1_000 - paid
    assert deployed.account(receiver)["balance"] == paid


@pytest.fixture
def quick_redelivery(deployed: Deployed) -> Any:
    """Messages that a killed consumer held come back soon, not after the two minutes that they have to."""
    sqs, url = deployed.env.aws("sqs"), deployed.env.queues["batch-lines"]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)})
    yield
    sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


def _tell_again(deployed: Deployed, batch_id: str) -> None:
    """S3's notification, delivered once more."""
    stored = {"bucket": {"name": deployed.env.batch_bucket}, "object": {"key": f"uploads/{batch_id}.csv"}}
    notification = {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": stored}]}
    deployed.env.aws("sqs").send_message(
        QueueUrl=deployed.env.queues["batch-files"], MessageBody=json.dumps(notification)
    )


def _results(deployed: Deployed, batch: dict[str, Any]) -> dict[int, str]:
    """The outcome of each line, as the results say it."""
    answer = deployed.get(batch["links"]["results"], Accept="text/csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    return {int(row["line"]): row["outcome"] for row in csv.DictReader(io.StringIO(answer.text))}


def _drained(deployed: Deployed) -> None:
    """Wait until no line's message is left, so that what was delivered twice has had its say."""
    sqs, url = deployed.env.aws("sqs"), deployed.env.queues["batch-lines"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    deployed.eventually(
        lambda: set(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()),
        {"0"},
    )
