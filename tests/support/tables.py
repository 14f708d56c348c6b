"""The tables of all templates, made from those alone, at whatever AWS the environment names."""

from typing import Any

import boto3

from bank.config import config
from tests.support import cloudformation

CREATED = {
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "BillingMode",
    "StreamSpecification",
}


def definitions() -> list[dict[str, Any]]:
    """CreateTable arguments of every table, named with this process's prefix."""
    tables = cloudformation.resources("AWS::DynamoDB::Table")
    return [_arguments(properties) for properties in tables.values()]


def _arguments(properties: dict[str, Any]) -> dict[str, Any]:
    arguments = {name: value for name, value in properties.items() if name in CREATED}
    if "StreamSpecification" in arguments:
        arguments["StreamSpecification"] = {"StreamEnabled": True, **arguments["StreamSpecification"]}
    name = cloudformation.text(properties["TableName"]).replace("perkbank-${Stage}-", config.table_prefix)
    return {"TableName": name, **arguments}


def expiring() -> dict[str, str]:
    """The tables whose items DynamoDB deletes after their time, each with the attribute that says when."""
    tables = cloudformation.resources("AWS::DynamoDB::Table").values()
    return {
        _arguments(properties)["TableName"]: properties["TimeToLiveSpecification"]["AttributeName"]
        for properties in tables
        if "TimeToLiveSpecification" in properties
    }


def create_all() -> None:
    """Create every table."""
    client = boto3.client("dynamodb", region_name=config.region)
    for definition in definitions():
        client.create_table(**definition)
