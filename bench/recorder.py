"""Keeps the DynamoDB calls that handlers make, as they make them."""

import json
from collections import Counter
from typing import Any

from bank import store
from tests.support import tables

Call = tuple[str, dict[str, Any]]


class Recorder:
    """The calls of the process's one client while it is open: (operation, parameters)."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def __enter__(self) -> "Recorder":
        store.client().meta.events.register("before-parameter-build", self._keep)
        return self

    def __exit__(self, *_: object) -> None:
        store.client().meta.events.unregister("before-parameter-build", self._keep)

    def _keep(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        kept = json.loads(json.dumps(params))
        # botocore has put it there, and will again for whoever sends the call.
        kept.pop("ClientRequestToken", None)
        self.calls.append((model.name, kept))

    def written_rows(self) -> Counter[str]:
        """Count the writes of each row in a transaction, by its table and key."""
        keys = {definition["TableName"]: definition["KeySchema"] for definition in tables.definitions()}
        rows: Counter[str] = Counter()
        for operation, params in self.calls:
            if operation != "TransactWriteItems":
                continue
            for item in params["TransactItems"]:
                table, row = _row(item, keys)
                rows[f"{table} {row}"] += 1
        return rows


def _row(item: dict[str, Any], keys: dict[str, list[dict[str, str]]]) -> tuple[str, str]:
    (write,) = item.values()
    table = write["TableName"]
    attributes = write.get("Key") or write["Item"]
    values = [attributes[key["AttributeName"]]["S"] for key in keys[table]]
    return table, "/".join(values)
