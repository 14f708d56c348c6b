"""Restored tables get what no backup holds, and their streams' consumers come along."""

from typing import Any
from unittest.mock import MagicMock

import boto3
import pytest

from infra import restoring
from infra.restore_drill import Drill
from infra.restoring import Declared
from tests.support import cloudformation

REGION = "us-east-1"
TABLE = "perkbank-test-payments"
DYNAMODB = f"arn:aws:dynamodb:{REGION}:123456789012:table/{TABLE}/stream"
OLD, NEW = f"{DYNAMODB}/2026-11-29T00:00:00.000", f"{DYNAMODB}/2026-11-30T00:00:00.000"
LIVE = f"arn:aws:lambda:{REGION}:123456789012:function:perkbank-test-payments-on-payments:live"
MAPPING = {
    "UUID": "old",
    "EventSourceArn": OLD,
    "FunctionArn": LIVE,
    "BatchSize": 100,
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 20,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:failures"}},
    "FilterCriteria": None,
    "State": "Enabled",
    "StartingPosition": "LATEST",
    "LastProcessingResult": "OK",
}


def test_every_table_is_restored_with_the_stream_and_the_expiry_of_its_template() -> None:
    found = {each.name: each for each in restoring.declared()}

    assert found["ledger-journals"] == Declared("ledger-journals", "NEW_IMAGE", None)
    assert found["sessions"] == Declared("sessions", None, "purge_at")
    assert len(found) == len(cloudformation.resources("AWS::DynamoDB::Table"))
    assert cloudformation.stream_consumers().keys() <= {name for name, each in found.items() if each.stream}


def test_a_mapping_is_made_again_as_it_was_on_the_new_stream_from_its_beginning() -> None:
    assert restoring.again(MAPPING, NEW) == {
        "EventSourceArn": NEW,
        "FunctionName": LIVE,
        "BatchSize": 100,
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 20,
        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:failures"}},
        "StartingPosition": "TRIM_HORIZON",
    }


def test_only_streams_of_lost_tables_are_disconnected_and_connected_again() -> None:
    queue = {"UUID": "queue", "EventSourceArn": "arn:aws:sqs:us-east-1:1:q", "FunctionArn": LIVE}
    other = {**MAPPING, "UUID": "other", "EventSourceArn": OLD.replace("-payments/", "-cases/")}
    functions = MagicMock()
    pages = [{"EventSourceMappings": [queue, MAPPING]}, {"EventSourceMappings": [other]}]
    functions.get_paginator.return_value.paginate.return_value = pages

    removed = restoring.disconnect(functions, [TABLE])
    assert removed == [MAPPING]
    functions.delete_event_source_mapping.assert_called_once_with(UUID="old")

    assert restoring.connect(functions, removed, {TABLE: NEW}) == 1
    functions.create_event_source_mapping.assert_called_once_with(**restoring.again(MAPPING, NEW))


def test_a_lost_table_comes_back_with_its_items_and_its_furniture(cloud: Any) -> None:
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    dynamodb.create_table(
        TableName=TABLE + "-x",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    dynamodb.put_item(TableName=TABLE + "-x", Item={"id": {"S": "one"}})

    backup = restoring.back_up(dynamodb, TABLE + "-x")
    restoring.lose(dynamodb, TABLE + "-x")
    restoring.restore(dynamodb, TABLE + "-x", backup)
    stream = restoring.furnish(dynamodb, TABLE + "-x", Declared("x", "NEW_IMAGE", "purge_at"))

    assert dynamodb.scan(TableName=TABLE + "-x")["Items"] == [{"id": {"S": "one"}}]
    assert f"{TABLE}-x/stream/" in str(stream)
    expiry = dynamodb.describe_time_to_live(TableName=TABLE + "-x")["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "purge_at"}


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_no_stage_with_customers_is_drilled(stage: str) -> None:
    deployed = MagicMock()
    deployed.env.stage = stage

    with pytest.raises(SystemExit, match="has customers"):
        Drill(deployed)
    deployed.env.aws.assert_not_called()
