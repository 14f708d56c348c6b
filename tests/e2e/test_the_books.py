"""After everything else: every cent that the other tests have moved is accounted for. Runs last."""

from collections import Counter, defaultdict
from typing import Any

from tests.e2e.deployed import Deployed, ok

FAILED = ("-dlq", "-failures")


def test_all_balances_of_a_currency_sum_to_zero_once_the_streams_have_drained(deployed: Deployed) -> None:
    """Right now, to the last booking: what is deferred is booked within a moment."""
    deployed.eventually(lambda: _sums(deployed), {})


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
