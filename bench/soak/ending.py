"""The end of a soak: everything answered, and the books against what answers said."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.soak.again import AT_ONCE
from bench.soak.load import CURRENCY, PATIENCE_SECONDS, Load
from bench.soak.sent import Batch
from tests.e2e.deployed import Deployed, ok

FAILED = ("-dlq", "-failures")


def answer_all(load: Load) -> int:
    """Send again what has no answer yet, until it has one; how many those were."""
    unanswered = [each for each in load.sent if each.answer is None]
    for sent in unanswered:
        load.insist(sent)
        load.account_for(sent)
    return len(unanswered)


def unfinished_batches(load: Load) -> dict[str, Any]:
    """Upload each batch's file once more, and add up what was paid of it; those that do not end."""
    announced = [batch for batch in load.batches if batch.announced.done]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(load.upload, announced))
    deadline = time.monotonic() + PATIENCE_SECONDS
    found = {}
    for batch in announced:
        ended = _ended(load, batch, deadline)
        if ended["status"] != "completed":
            found[ended["batch_id"]] = ended
    return found


def _ended(load: Load, batch: Batch, deadline: float) -> dict[str, Any]:
    """A batch once it is completed, what it paid added up; as it stands where it is not by then."""
    announced = batch.announced.done or {}
    path = f"/transfer-batches/{announced['batch_id']}"
    while (found := ok(load.deployed.get(path)))["status"] != "completed" and time.monotonic() < deadline:
        time.sleep(1)
    amount = found["amounts"]["succeeded"]
    load.add({(batch.announced.body or {})["from_account_id"]: -amount, batch.payee: amount})
    return dict(found)


def wrong_balances(load: Load) -> dict[str, tuple[int, int]]:
    """Balances that are not what the answers add up to, with what they should be, once all have caught up."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := dict(_wrong(load))) and time.monotonic() < deadline:
        time.sleep(2)
    return found


def _wrong(load: Load) -> Iterator[tuple[str, tuple[int, int]]]:
    for owner, expected in load.expected.items():
        is_wallet = owner.startswith("wal_")
        account = load.deployed.account(owner) if is_wallet else load.deployed.settlement(owner, CURRENCY)
        if account["balance"] != expected:
            yield owner, (account["balance"], expected)


def given_up(deployed: Deployed) -> dict[str, int]:
    """Messages on queues of what nobody could take."""
    sqs, names = deployed.env.aws("sqs"), ["ApproximateNumberOfMessages"]
    counts = {
        queue: int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]])
        for queue, url in deployed.env.queues.items()
        if queue.endswith(FAILED)
    }
    return {queue: count for queue, count in counts.items() if count}
