"""Traces what calls use of each key: read and write units, and which items a transaction holds.

The units are those that DynamoDB publishes ("Read and write operations", "Amazon DynamoDB transactions: how
it works"): a write by started KB, twice in a transaction, once an index; a read by 4 KB, half where it may be
old. Updates and reads count as one item of at most 1 and 4 KB. What an update costs an index is left out: no
row that payments share has one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bank import store
from tests.support import tables

KB = 1024
# What DynamoDB adds to a list, a map or a number ("DynamoDB item sizes and formats").
OVERHEAD = 3


@dataclass(frozen=True)
class Use:
    """Use of one key by one call. `item` is the key with its sort key: transactions meet on items."""

    key: str
    item: str
    reads: float = 0.0
    writes: float = 0.0
    # Written only if the item is as it was read.
    versioned: bool = False
    # Put where nothing was.
    created: bool = False


@dataclass(frozen=True)
class Call:
    """One round trip to DynamoDB."""

    uses: tuple[Use, ...]
    transaction: bool = False

    @property
    def writes(self) -> bool:
        """Return whether it writes anything."""
        return any(use.writes for use in self.uses)


class Trace:
    """The calls of the process's one DynamoDB client while it is open; `cut` gives those since the last."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._tables = {each["TableName"]: each for each in tables.definitions()}

    def __enter__(self) -> "Trace":
        store.client().meta.events.register("before-parameter-build", self._keep)
        return self

    def __exit__(self, *_: object) -> None:
        store.client().meta.events.unregister("before-parameter-build", self._keep)

    def cut(self) -> list[Call]:
        """The calls since this was asked last."""
        calls, self._calls = self._calls, []
        return calls

    def _keep(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        uses = getattr(self, f"_of_{model.name}", lambda _: ())(params)
        self._calls.append(Call(tuple(uses), model.name == "TransactWriteItems"))

    def _of_GetItem(self, params: dict[str, Any]) -> Iterator[Use]:
        yield self._read(params["TableName"], params["Key"], consistent=params.get("ConsistentRead", False))

    def _of_BatchGetItem(self, params: dict[str, Any]) -> Iterator[Use]:
        for table, asked in params["RequestItems"].items():
            for key in asked["Keys"]:
                yield self._read(table, key, consistent=asked.get("ConsistentRead", False))

    def _of_Query(self, params: dict[str, Any]) -> Iterator[Use]:
        """One page, taken to be 4 KB: the first value of a key condition is its partition's."""
        value = next(iter(params["ExpressionAttributeValues"].values()))
        name = (
            f"{params['TableName']}/{params['IndexName']}" if "IndexName" in params else params["TableName"]
        )
        key = f"{name} {_text(value)}"
        yield Use(key, key, reads=1.0 if params.get("ConsistentRead") else 0.5)

    def _of_PutItem(self, params: dict[str, Any]) -> Iterator[Use]:
        yield from self._put(params["TableName"], params["Item"], 1, created=False)

    def _of_UpdateItem(self, params: dict[str, Any]) -> Iterator[Use]:
        yield self._changed(params, 1)

    def _of_BatchWriteItem(self, params: dict[str, Any]) -> Iterator[Use]:
        for table, requests in params["RequestItems"].items():
            for request in requests:
                if "PutRequest" in request:
                    yield from self._put(table, request["PutRequest"]["Item"], 1, created=False)

    def _of_TransactWriteItems(self, params: dict[str, Any]) -> Iterator[Use]:
        for each in params["TransactItems"]:
            ((kind, item),) = each.items()
            if kind == "Put":
                yield from self._put(
                    item["TableName"], item["Item"], 2, created="ConditionExpression" in item
                )
            else:
                yield self._changed(item, 2)

    def _read(self, table: str, key: Mapping[str, Any], *, consistent: bool) -> Use:
        place, item = self._place(table, key)
        return Use(place, item, reads=1.0 if consistent else 0.5)

    def _changed(self, params: dict[str, Any], times: int) -> Use:
        place, item = self._place(params["TableName"], params["Key"])
        names = params.get("ExpressionAttributeNames", {})
        condition = params.get("ConditionExpression", "")
        versioned = any(f"{short} = " in condition for short, name in names.items() if name == "version")
        return Use(place, item, writes=times, versioned=versioned)

    def _put(self, table: str, item: Mapping[str, Any], times: int, *, created: bool) -> Iterator[Use]:
        place, whole = self._place(table, item)
        yield Use(place, whole, writes=times * -(-size(item) // KB), created=created)
        for index in self._tables[table].get("GlobalSecondaryIndexes", ()):
            name = index["KeySchema"][0]["AttributeName"]
            if name in item:
                key = f"{table}/{index['IndexName']} {_text(item[name])}"
                yield Use(key, f"{key} {whole}", writes=1, created=created)

    def _place(self, table: str, attributes: Mapping[str, Any]) -> tuple[str, str]:
        values = [_text(attributes[part["AttributeName"]]) for part in self._tables[table]["KeySchema"]]
        return f"{table} {values[0]}", f"{table} {' '.join(values)}"


def size(item: Mapping[str, Any]) -> int:
    """Bytes of an item, names included."""
    return sum(len(name.encode()) + _bytes(value) for name, value in item.items())


def _bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return len(str(content)) // 2 + 2
    if kind == "B":
        return len(content)
    if kind == "M":
        return OVERHEAD + size(content)
    return OVERHEAD + sum(map(_bytes, content)) if kind == "L" else 1


def _text(value: Mapping[str, Any]) -> str:
    return str(next(iter(value.values())))


def uses(calls: Iterable[Call]) -> Iterator[Use]:
    """All uses of keys by these calls."""
    return (use for call in calls for use in call.uses)
