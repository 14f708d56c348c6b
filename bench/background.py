"""Work after an answer: the tables' streams, given to their real consumers in batches of a chosen size."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import boto3

from bank import store
from bank.config import config
from bank.events import outbox
from bench.meter import Meter, Usage
from tests.support import streams
from tests.support.http import context

MANY = 100
# The consumer of a batch and how many changes it held.
Taken = Callable[[str, int], None]


class Background:
    """The streams of all tables, from when this was made."""

    def __init__(self) -> None:
        self._streams = boto3.client("dynamodbstreams", region_name=config.region)
        self._iterators: dict[str, str] = {}
        boto3.client("events", region_name=config.region).create_event_bus(Name=config.event_bus)
        self.skip()

    def skip(self) -> None:
        """Let go of all that has changed so far."""
        for table in streams.CONSUMERS:
            described = store.client().describe_table(TableName=store.table_name(table))["Table"]
            arn = described["LatestStreamArn"]
            shard = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]
            answer = self._streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="LATEST"
            )
            self._iterators[table] = answer["ShardIterator"]

    def settle(self, batch: int = MANY, taken: Taken = lambda *_: None) -> dict[str, Usage]:
        """Deliver until nothing new comes of it; what each consumer used. `taken` hears of each batch."""
        used: dict[str, Usage] = {name: Usage() for names in streams.CONSUMERS.values() for name in names}
        tables = streams.CONSUMERS.items()
        while any([self._deliver(table, names, batch, used, taken) for table, names in tables]):
            pass
        return used

    def _deliver(
        self, table: str, names: Sequence[str], size: int, used: dict[str, Usage], taken: Taken
    ) -> bool:
        records = list(self._records(table))
        for start in range(0, len(records), size):
            for name in names:
                batch = records[start : start + size]
                with Meter(store.client(), outbox._bus()) as meter:
                    streams.handler(name)({"Records": batch}, context(name))
                used[name].add(meter.usage)
                taken(name, len(batch))
        return bool(records)

    def _records(self, table: str) -> Iterator[dict[str, Any]]:
        while True:
            answer = self._streams.get_records(ShardIterator=self._iterators[table])
            self._iterators[table] = answer["NextShardIterator"]
            if not answer["Records"]:
                return
            yield from (_as_lambda_gets_it(record) for record in answer["Records"])


def _as_lambda_gets_it(record: Any) -> dict[str, Any]:
    made = record["dynamodb"]["ApproximateCreationDateTime"].timestamp()
    change = {**record["dynamodb"], "ApproximateCreationDateTime": made}
    return {**record, "eventSource": "aws:dynamodb", "dynamodb": change}
