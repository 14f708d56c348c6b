"""After everything else: every cent that the other tests have moved is accounted for. Runs last."""

import json
import uuid
from collections import Counter, defaultdict
from typing import Any

from tests.e2e.deployed import Deployed, ok

FAILED = ("-dlq", "-failures")


def test_all_balances_of_a_currency_sum_to_zero_once_the_streams_have_drained(deployed: Deployed) -> None:
    """Right now, to the last booking: what is deferred is booked within a moment."""
    deployed.eventually(lambda: _sums(deployed), {})


def test_a_sweep_states_what_a_stream_would_have_lost(deployed: Deployed) -> None:
    """A posting that is gone is written again to the byte, from its journal, by the deployed functions."""
    lost = _last_posting(deployed, deployed.wallet(100))
    place = {name: lost[name] for name in ("account_shard", "entry_key")}
    entries = {"TableName": deployed.env.tables["ledger-entries"], "Key": place}
    deployed.env.aws("dynamodb").delete_item(**entries)
    run = f"accounts.sweep#{uuid.uuid4()}"
    part = {"run": run, "stage": "accounts", "segment": 0, "since": lost["booked_at"]["S"], "until": "2999"}
    message = {"messageId": "1", "body": json.dumps(part), "eventSource": "aws:sqs", "attributes": {}}

    answer = deployed.env.invoke("accounts-on-sweep-parts", {"Records": [message]})

    assert answer == {"batchItemFailures": []}
    read = deployed.env.aws("dynamodb").get_item
    deployed.eventually(lambda: read(**entries, ConsistentRead=True).get("Item"), lost)


def test_a_sweep_comes_to_its_end(deployed: Deployed) -> None:
    """It puts its first part on the queue, whose last one begins the next stage."""
    since = _last_posting(deployed, deployed.wallet(100))["booked_at"]["S"]
    before = _swept(deployed).keys()

    deployed.env.invoke("accounts-on-sweep", {"since": since})

    stages = ["accounts", "gaps", "journals"]
    deployed.eventually(
        lambda: [done for planned, done in _swept(deployed).items() if planned not in before], [stages]
    )


def _last_posting(deployed: Deployed, account_id: str) -> dict[str, Any]:
    """The posting of what has just been booked on an account, once the stream's consumer has written it."""
    found = list[dict[str, Any]]()

    def there() -> bool:
        found[:] = deployed.env.aws("dynamodb").query(
            TableName=deployed.env.tables["ledger-entries"],
            KeyConditionExpression="account_shard = :postings",
            ExpressionAttributeValues={":postings": {"S": f"{account_id}#p"}},
        )["Items"]
        return bool(found)

    deployed.eventually(there, True)
    return found[-1]


def _swept(deployed: Deployed) -> dict[str, list[str]]:
    """The stages that are done of each sweep, by the instant it was planned for."""
    done: defaultdict[str, list[str]] = defaultdict(list)
    for row in _rows(deployed, "job-parts"):
        job, planned, _ = row["run_shard"]["S"].split("#")
        if job == "accounts.sweep":
            done[planned].append(row["part"]["S"].partition("/")[0])
    return {planned: sorted(stages) for planned, stages in done.items()}


def test_the_verification_of_the_whole_ledger_finds_nothing_and_the_api_says_so(deployed: Deployed) -> None:
    """Journals, postings, entries, holds and balances agree; the trial balance is zero."""
    report = deployed.env.invoke("accounts-on-verification")

    assert report["differences"] == []
    assert report["zero_sum"]
    report = ok(deployed.get("/ledger/verification"))
    assert (report["difference_count"], report["zero_sum"]) == (0, True)
    assert report["journals"] > 0
    trial = ok(deployed.get("/ledger/trial-balance"))
    assert all(each["sum"] == 0 for each in trial["currencies"])


def test_nothing_was_given_up(deployed: Deployed) -> None:
    """No message on a dead-letter queue, no batch of a stream on a failure queue."""
    sqs = deployed.env.aws("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    given_up = Counter(
        {
            queue: sum(
                int(value)
                for value in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)[
                    "Attributes"
                ].values()
            )
            for queue, url in deployed.env.queues.items()
            if queue.endswith(FAILED)
        }
    )
    assert given_up
    assert not +given_up


def _sums(deployed: Deployed) -> dict[str, int]:
    """The sum of all stored balances of each currency, where it is not zero."""
    sums: defaultdict[str, int] = defaultdict(int)
    for row in _rows(deployed, "ledger-accounts"):
        sums[row["currency"]["S"]] += int(row["balance"]["N"])
    return {currency: total for currency, total in sums.items() if total}


def _rows(deployed: Deployed, table: str) -> list[dict[str, Any]]:
    pages = deployed.env.aws("dynamodb").get_paginator("scan")
    read = pages.paginate(TableName=deployed.env.tables[table], ConsistentRead=True)
    return [item for page in read for item in page["Items"]]
