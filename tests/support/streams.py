"""The tables' streams, delivered to their real handlers in this process, when and in the way a test says."""

import importlib
from collections.abc import Callable
from typing import Any

import boto3

from bank.config import config
from tests.support import cloudformation
from tests.support.http import context

CONSUMERS = cloudformation.stream_consumers()


def handler(name: str) -> Callable[[Any, Any], Any]:
    """A room's handler by its dotted name, as in template.yaml."""
    module, _, attribute = name.rpartition(".")
    found: Callable[[Any, Any], Any] = getattr(importlib.import_module(module), attribute)
    return found


class Cloud:
    """Reads the streams and keeps the events that were published."""

    def __init__(self) -> None:
        self._streams = boto3.client("dynamodbstreams", region_name=config.region)
        self._iterators: dict[str, str] = {}
        boto3.client("events", region_name=config.region).create_event_bus(Name=config.event_bus)

    def records(self, table: str) -> list[dict[str, Any]]:
        """The table's changes since the last call, as the event source gives them to a function."""
        iterator = self._iterators.get(table) or self._first_iterator(table)
        answer = self._streams.get_records(ShardIterator=iterator)
        self._iterators[table] = answer["NextShardIterator"]
        return [_as_event(record) for record in answer["Records"]]

    def _first_iterator(self, table: str) -> str:
        arn = boto3.client("dynamodb", region_name=config.region).describe_table(
            TableName=config.table_prefix + table
        )["Table"]["LatestStreamArn"]
        shard = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]
        answer = self._streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        iterator: str = answer["ShardIterator"]
        return iterator

    def settle(self) -> None:
        """Deliver every change to its consumers until nothing new comes of it."""
        while any([self._deliver(table, names) for table, names in CONSUMERS.items()]):
            pass

    def _deliver(self, table: str, names: tuple[str, ...]) -> bool:
        records = self.records(table)
        if records:
            for name in names:
                handler(name)({"Records": records}, context(name))
        return bool(records)


def _as_event(record: dict[str, Any]) -> dict[str, Any]:
    change = dict(record["dynamodb"])
    made = change.get("ApproximateCreationDateTime")
    if made is not None and not isinstance(made, int | float):
        change["ApproximateCreationDateTime"] = made.timestamp()
    return {**record, "eventSource": "aws:dynamodb", "dynamodb": change}
