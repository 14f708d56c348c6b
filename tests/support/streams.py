"""The tables' streams, delivered to their real handlers in this process, when and in the way a test says."""

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import boto3

from bank.config import config
from tests.support.http import context

# Which handler of which room takes a table's stream, as template.yaml wires it (a contract test compares).
CONSUMERS: dict[str, tuple[str, ...]] = {
    "audit-entries": ("audit.app.on_entries",),
    "approvals": ("approvals.app.on_approvals",),
    "aml-records": ("aml.app.on_records",),
    "ledger-journals": ("accounts.app.on_journals",),
    "ledger-accounts": ("accounts.app.on_balances",),
    "movements": ("accounts.app.on_movements",),
    "merchants": ("merchants.app.on_merchants",),
    "payments": ("payments.app.on_payments",),
    "cases": ("cases.app.on_cases",),
    "customers": ("customers.app.on_customers",),
    "risk-desk": ("risk.app.on_desk",),
    "organisation": ("staff.app.on_units",),
    "staff": ("staff.app.on_staff",),
    "transfers": ("transfers.app.on_transfers",),
    "kyc": ("kyc.app.on_kyc",),
    "transfer-batches": ("transfers.app.on_transfer_batches",),
}


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
        while any([self._deliver(table, names) for table, names in _wired()]):
            pass

    def _deliver(self, table: str, names: tuple[str, ...]) -> bool:
        records = self.records(table)
        if records:
            for name in names:
                handler(name)({"Records": records}, context(name))
        return bool(records)


def _wired() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The consumers of rooms that exist."""
    for table, names in CONSUMERS.items():
        if importlib.util.find_spec(names[0].split(".")[0]):
            yield table, names


def _as_event(record: dict[str, Any]) -> dict[str, Any]:
    change = dict(record["dynamodb"])
    made = change.get("ApproximateCreationDateTime")
    if made is not None and not isinstance(made, int | float):
        change["ApproximateCreationDateTime"] = made.timestamp()
    return {**record, "eventSource": "aws:dynamodb", "dynamodb": change}
