"""Tables from their backups again, with what a restored table lacks: its stream, its expiry, its consumers.

DynamoDB restores items, keys and indexes. Streams, time to live, point-in-time recovery, deletion protection
and policies are no part of a backup ("Restoring DynamoDB tables", "RestoreTableFromBackup"). A stream that is
enabled again is another stream, so that every event source mapping on it has to be made anew.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra import templates

BACKUP = "perkbank-restore-drill"
# Half an hour: on AWS a restored table takes minutes, a large one hours.
WAITS = {"Delay": 5, "MaxAttempts": 360}
# Settings of a mapping that its successor has too, where it has them.
SETTINGS = (
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
)

Resource = Mapping[str, Any]


@dataclass(frozen=True)
class Declared:
    """A table as its template declares it: `name` without the stage's prefix, and what no backup holds."""

    name: str
    # NEW_IMAGE and so on; None where it has no stream.
    stream: str | None
    expires_by: str | None


def declared() -> list[Declared]:
    """Every table of the platform."""
    paths = (*templates.SHARED, *map(templates.room_path, templates.rooms()))
    resources = (each for path in paths for each in templates.read(path)["Resources"].values())
    found = [_declared(each["Properties"]) for each in resources if each["Type"] == "AWS::DynamoDB::Table"]
    return sorted(found, key=lambda table: table.name)


def _declared(properties: Resource) -> Declared:
    return Declared(
        name=properties["TableName"]["Fn::Sub"].removeprefix("perkbank-${Stage}-"),
        stream=properties.get("StreamSpecification", {}).get("StreamViewType"),
        expires_by=properties.get("TimeToLiveSpecification", {}).get("AttributeName"),
    )


def back_up(dynamodb: Any, table: str) -> str:
    """Make a backup of a table; its ARN."""
    arn: str = dynamodb.create_backup(TableName=table, BackupName=BACKUP)["BackupDetails"]["BackupArn"]
    return arn


def lose(dynamodb: Any, table: str) -> None:
    """Delete a table with everything in it."""
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=table)
    dynamodb.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig=WAITS)


def restore(dynamodb: Any, table: str, backup: str) -> None:
    """Make a table again as its backup has it."""
    dynamodb.restore_table_from_backup(TargetTableName=table, BackupArn=backup)
    dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig=WAITS)


def furnish(dynamodb: Any, table: str, wanted: Declared) -> str | None:
    """Give a restored table what its template declares besides; the ARN of its new stream."""
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    if wanted.expires_by:
        expiry = {"Enabled": True, "AttributeName": wanted.expires_by}
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=expiry)
    if wanted.stream is None:
        return None
    stream = {"StreamEnabled": True, "StreamViewType": wanted.stream}
    dynamodb.update_table(TableName=table, StreamSpecification=stream)
    dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig=WAITS)
    arn: str = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    return arn


def disconnect(functions: Any, tables: Iterable[str]) -> list[Resource]:
    """Remove the mappings on these tables' streams; as they were.

    Before a table is restored: the stream of a deleted one is read for a day more, and what it tells of after
    the backup would be booked on rows that know nothing of it.
    """
    lost = set(tables)
    found = [each for each in _mappings(functions) if table_of(each) in lost]
    for mapping in found:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
    return found


def connect(functions: Any, mappings: Iterable[Resource], streams: Mapping[str, str]) -> int:
    """Make mappings again, each on its table's new stream; how many."""
    made = [again(mapping, streams[str(table_of(mapping))]) for mapping in mappings]
    for wanted in made:
        functions.create_event_source_mapping(**wanted)
    return len(made)


def table_of(mapping: Resource) -> str | None:
    """The table whose stream a mapping reads; None where it reads something else."""
    arn = str(mapping.get("EventSourceArn", ""))
    return arn.split("/")[1] if ":dynamodb:" in arn else None


def again(mapping: Resource, stream: str) -> dict[str, Any]:
    """The request for a mapping like this one on another stream, from that one's beginning.

    From its beginning: rows may have been written since the stream was enabled.
    """
    kept = {name: mapping[name] for name in SETTINGS if mapping.get(name) is not None}
    source = {"EventSourceArn": stream, "FunctionName": mapping["FunctionArn"]}
    return {**source, **kept, "StartingPosition": "TRIM_HORIZON"}


def _mappings(functions: Any) -> Iterator[Resource]:
    for page in functions.get_paginator("list_event_source_mappings").paginate():
        yield from page["EventSourceMappings"]
