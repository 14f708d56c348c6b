"""The keys of each table and of its indexes: functions of another release ask by them."""

from typing import Any

from bank.config import config
from tests.support import tables

Line = dict[str, Any]


def described() -> list[Line]:
    """Each table's key and the keys of its indexes."""
    lines = [
        {
            "table": each["TableName"].removeprefix(config.table_prefix),
            "key": _key(each),
            "indexes": {index["IndexName"]: _key(index) for index in each.get("GlobalSecondaryIndexes", ())},
        }
        for each in tables.definitions()
    ]
    return sorted(lines, key=lambda line: str(line["table"]))


def _key(described: Line) -> list[str]:
    return [part["AttributeName"] for part in described["KeySchema"]]


def differences(then: list[Line], now: list[Line]) -> list[str]:
    """Tables and indexes that the functions of then do not find, or find under another key."""
    today = {line["table"]: line for line in now}
    found = []
    for line in then:
        new = today.get(line["table"])
        if new is None:
            found.append(f"{line['table']}: gone")
            continue
        if new["key"] != line["key"]:
            found.append(f"{line['table']}: its key was {line['key']} and is {new['key']}")
        for name, key in line["indexes"].items():
            if new["indexes"].get(name) != key:
                found.append(f"{line['table']}: index {name} was {key} and is {new['indexes'].get(name)}")
    return found
