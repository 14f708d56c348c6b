"""Messages to SQS, in requests that it takes."""

from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from bank.config import config
from bank.events import queues


@given(st.lists(st.integers(0, queues.SEND_BYTES).map(lambda size: "x" * size), max_size=30))
def test_requests_hold_every_message_in_order_within_the_limits_of_sqs(bodies: list[str]) -> None:
    requests = list(queues._requests(bodies))

    assert [body for request in requests for body in request] == bodies
    assert all(1 <= len(request) <= queues.SEND_MESSAGES for request in requests)
    assert all(sum(map(len, request)) <= queues.SEND_BYTES for request in requests)


def test_small_messages_go_ten_in_a_request() -> None:
    assert [len(request) for request in queues._requests(["{}"] * 25)] == [10, 10, 5]


def test_bytes_count_and_not_letters() -> None:
    half = "é" * (queues.SEND_BYTES // 4)

    assert [len(request) for request in queues._requests([half, half, half])] == [2, 1]


def test_messages_arrive_and_a_refusal_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_aws():
        queues.client.cache_clear()
        sqs = boto3.client("sqs", region_name=config.region)
        url = sqs.create_queue(QueueName="work")["QueueUrl"]
        queues.send(url, (f"message {number}" for number in range(12)))
        count = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert count["ApproximateNumberOfMessages"] == "12"

        failed: Any = {"Failed": [{"Id": "0"}]}
        monkeypatch.setattr(queues.client(), "send_message_batch", lambda **_: failed)
        with pytest.raises(queues.NotSent):
            queues.send(url, ["again"])
    queues.client.cache_clear()
