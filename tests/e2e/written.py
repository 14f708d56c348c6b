"""Everything that the deployed stack has written, wherever: to look for what should stand nowhere."""

import json
from collections.abc import Iterator
from typing import Any

from tests.e2e.deployed import Deployed


def everything(deployed: Deployed) -> Iterator[tuple[str, str]]:
    """Each piece that was written, with the name of the place: tables, objects, logs."""
    yield from tables(deployed)
    yield from objects(deployed)
    yield from logs(deployed)


def tables(deployed: Deployed) -> Iterator[tuple[str, str]]:
    """Every item of every table, as DynamoDB keeps it; bytes as Latin-1, so that text in them is found."""
    client = deployed.env.aws("dynamodb")
    for name, physical in deployed.env.tables.items():
        for page in client.get_paginator("scan").paginate(TableName=physical):
            for item in page["Items"]:
                yield f"table {name}", json.dumps(item, default=_readable, ensure_ascii=False)


def objects(deployed: Deployed) -> Iterator[tuple[str, str]]:
    """Every object of every bucket of the stage."""
    client = deployed.env.aws("s3")
    for bucket in client.list_buckets()["Buckets"]:
        name = bucket["Name"]
        if not name.startswith(f"perkbank-{deployed.env.stage}-"):
            continue
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=name):
            for found in page.get("Contents", ()):
                try:
                    body = client.get_object(Bucket=name, Key=found["Key"])["Body"].read()
                except client.exceptions.NoSuchKey:
                    # Deleted since it was listed.
                    continue
                yield f"object s3://{name}/{found['Key']}", found["Key"] + _readable(body)


def logs(deployed: Deployed) -> Iterator[tuple[str, str]]:
    """Every line that a function has logged."""
    client = deployed.env.aws("logs")
    for group in client.describe_log_groups()["logGroups"]:
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        for page in pages:
            for event in page["events"]:
                yield f"log {group['logGroupName']}", event["message"]


def _readable(value: Any) -> str:
    if hasattr(value, "value"):
        value = value.value
    assert isinstance(value, bytes | bytearray), type(value)
    # Both ways: ASCII survives either, and Chinese text is only found in what decodes as UTF-8.
    return value.decode("utf-8", errors="replace") + value.decode("latin-1")
