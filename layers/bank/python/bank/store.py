"""DynamoDB as the rooms see it: models with one shared client, batch reads, transactions, opaque cursors.

A `Transaction` keeps its operations in the order given and each carries the error that its failed condition
means; PynamoDB's own `TransactWrite` reorders them, so that reasons no longer line up with the calls.
"""

import base64
import functools
import json
import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from pynamodb.attributes import Attribute, JSONAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from bank import aws, errors
from bank.config import config

ATTEMPTS = 12
BACKOFF_SECONDS = 0.02
BACKOFF_LIMIT_SECONDS = 0.5
BATCH_GET_LIMIT = 100
BATCH_WRITE_LIMIT = 25
TRANSACTION_LIMIT = 100

# Why DynamoDB cancels a transaction although nothing about it is wrong: the same one may be sent again.
PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "TransactionInProgress"}
# The same, as the error codes of a whole call.
PASSING_CALLS = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionInProgressException",
    "InternalServerError",
}

T = TypeVar("T")
Item = dict[str, Any]
RefusedBy = Callable[[Item | None], Exception]


class Stale(Exception):
    """What a write was decided on has changed since it was read: read again and decide again."""


class AlreadyExists(Exception):
    """The record to create is there already: this request was here before.

    Carries what was stored: the `item` that refused the write, or the `row` that had been read before it.
    """

    def __init__(self, item: Item | None = None, *, row: Any = None) -> None:
        super().__init__("already exists")
        self.item = item
        self.row = row


@functools.cache
def client() -> Any:
    """The process's one DynamoDB client. Short time-outs: a caller who waits longer has given up."""
    return aws.client("dynamodb", read_timeout=3, max_pool_connections=64)


def table_name(name: str) -> str:
    """The physical name of a table of this stage."""
    return config.table_prefix + name


class Table(Model):
    """Base of every room's models. All share one client: a client each would cost a cold start 40 ms."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        connection: TableConnection = super()._get_connection()
        connection.connection._client = client()
        return connection

    @classmethod
    def from_item(cls: type["TableT"], item: Item) -> "TableT":
        """From the wire form that streams, batch reads and cancellation reasons carry."""
        return cls.from_raw_data(item)


class WitnessJSON(JSONAttribute):
    """JSON that a verification must be able to look at with a byte of it altered: it reads as None then."""

    def deserialize(self, value: Any) -> Any:
        """What was stored, or None where it is no JSON any more."""
        try:
            return json.loads(value)
        except ValueError:
            return None


TableT = TypeVar("TableT", bound=Table)
Key = tuple[type[Table], str] | tuple[type[Table], str, str]


# Reads ------------------------------------------------------------------------------------------


def get(model: type[TableT], hash_key: str, range_key: str | None = None) -> TableT | None:
    """One item as it is now (consistent), or None. One round trip."""
    response = client().get_item(
        TableName=model.Meta.table_name, Key=_key(model, hash_key, range_key), ConsistentRead=True
    )
    return model.from_item(response["Item"]) if "Item" in response else None


def get_many(keys: Sequence[Key]) -> list[Any]:
    """The items of these keys as they are now, over any tables, in the order asked; None where absent.

    One round trip per 100 distinct keys, unless DynamoDB leaves some unprocessed.
    """
    found: dict[tuple[str, ...], Table] = {}
    distinct = list(dict.fromkeys(keys))
    for start in range(0, len(distinct), BATCH_GET_LIMIT):
        found |= _batch_get(distinct[start : start + BATCH_GET_LIMIT])
    return [found.get((key[0].Meta.table_name, *key[1:])) for key in keys]


def _batch_get(keys: Sequence[Key]) -> dict[tuple[str, ...], Table]:
    # Several models may live in one table: it is the key that says which one an item is.
    models: dict[tuple[str, ...], type[Table]] = {(key[0].Meta.table_name, *key[1:]): key[0] for key in keys}
    request: dict[str, Any] = {}
    for key in keys:
        table = request.setdefault(key[0].Meta.table_name, {"Keys": [], "ConsistentRead": True})
        table["Keys"].append(_key(*key))
    found: dict[tuple[str, ...], Table] = {}
    for _ in _attempts():
        response = client().batch_get_item(RequestItems=request)
        for name, items in response["Responses"].items():
            for item in items:
                place = (name, *_key_values(_table_model(keys, name), item))
                found[place] = models[place].from_item(item)
        request = response.get("UnprocessedKeys") or {}
        if not request:
            break
    return found


def _table_model(keys: Sequence[Key], name: str) -> type[Table]:
    return next(key[0] for key in keys if key[0].Meta.table_name == name)


def query(
    model: type[TableT],
    hash_key: str,
    condition: Condition | None = None,
    *,
    newest_first: bool = False,
    limit: int | None = None,
    consistent: bool = True,
) -> Iterator[TableT]:
    """The items of one partition in key order."""
    return model.query(
        hash_key,
        condition,
        scan_index_forward=not newest_first,
        limit=limit,
        page_size=limit,
        consistent_read=consistent,
    )


def _key(model: type[Table], hash_key: str, range_key: str | None = None) -> Item:
    names = _key_names(model)
    return {name: {"S": value} for name, value in zip(names, (hash_key, range_key), strict=False) if value}


def _key_values(model: type[Table], item: Item) -> list[str]:
    return [item[name]["S"] for name in _key_names(model)]


@functools.cache
def _key_names(model: type[Table]) -> list[str]:
    described: Any = model
    keys: list[Attribute[Any] | None] = [described._hash_key_attribute(), described._range_key_attribute()]
    return [key.attr_name for key in keys if key is not None]


# Plain writes -----------------------------------------------------------------------------------


def put_many(rows: Sequence[Table]) -> None:
    """Put rows whose content is decided by their key, so that putting them again changes nothing."""
    unique = {(row.Meta.table_name, *_key_values(type(row), row.serialize())): row for row in rows}
    requests = [(row.Meta.table_name, {"PutRequest": {"Item": row.serialize()}}) for row in unique.values()]
    for start in range(0, len(requests), BATCH_WRITE_LIMIT):
        _batch_write(requests[start : start + BATCH_WRITE_LIMIT])


def _batch_write(requests: Iterable[tuple[str, Item]]) -> None:
    pending: dict[str, list[Item]] = {}
    for name, request in requests:
        pending.setdefault(name, []).append(request)
    for _ in _attempts():
        pending = client().batch_write_item(RequestItems=pending).get("UnprocessedItems") or {}
        if not pending:
            return


# Transactions -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Operation:
    request: Item
    refused: RefusedBy


class Transaction:
    """All of its operations happen, or none (`TransactWriteItems`), and a refusal says which and why."""

    def __init__(self) -> None:
        self._operations: list[_Operation] = []

    def create(self, row: Table, refused: RefusedBy = AlreadyExists) -> None:
        """Put `row` where none is."""
        absent = Path(_key_names(type(row))[0]).does_not_exist()
        request = row.get_save_kwargs_from_instance(
            condition=absent, return_values_on_condition_failure="ALL_OLD"
        )
        self._operations.append(_Operation({"Put": request}, refused))

    def update(self, key: Key, actions: Sequence[Action], condition: Condition, refused: RefusedBy) -> None:
        """Change the row of `key` while `condition` holds; `refused` makes an error of the row as it was."""
        model, values = key[0], key[1:]
        row: Any = model
        request = row(*values).get_update_kwargs_from_instance(
            actions=list(actions), condition=condition, return_values_on_condition_failure="ALL_OLD"
        )
        self._operations.append(_Operation({"Update": request}, refused))

    def check(self, key: Key, condition: Condition, refused: RefusedBy) -> None:
        """Let nothing happen unless `condition` holds for the row of `key`."""
        model, hash_key, range_key = key[0], key[1], key[2] if len(key) > 2 else None
        request = model.get_operation_kwargs_from_class(hash_key, range_key, condition)
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        self._operations.append(_Operation({"ConditionCheck": request}, refused))

    def __len__(self) -> int:
        return len(self._operations)

    def commit(self) -> None:
        """Send it. Conflicts and throttles are sent again with jitter; a failed condition raises its error.

        A time-out is not an answer: the same request goes out again with the same token, and where that too
        ends unheard, the caller is told to come back with the same Idempotency-Key (503 at the edge). Only a
        transaction that is known to have been cancelled gets a new token.
        """
        assert 0 < len(self._operations) <= TRANSACTION_LIMIT
        requests = [operation.request for operation in self._operations]
        token = str(uuid.uuid4())
        for _ in _attempts():
            try:
                client().transact_write_items(TransactItems=requests, ClientRequestToken=token)
                return
            except ClientError as error:
                self._raise_unless_passing(error)
                if "CancellationReasons" in error.response:
                    token = str(uuid.uuid4())

    def _raise_unless_passing(self, error: ClientError) -> None:
        response: dict[str, Any] = dict(error.response)
        reasons = response.get("CancellationReasons")
        if not reasons:
            if response["Error"]["Code"] in PASSING_CALLS:
                return
            raise error
        for operation, reason in zip(self._operations, reasons, strict=True):
            if reason["Code"] == "ConditionalCheckFailed":
                raise operation.refused(reason.get("Item")) from None
        if not {reason["Code"] for reason in reasons} & PASSING:
            raise error


def _attempts() -> Iterator[int]:
    """Attempt numbers, with a growing, jittered pause between; then `Unavailable`."""
    for attempt in range(ATTEMPTS):
        if attempt:
            pause(attempt - 1)
        yield attempt
    raise errors.Unavailable("the store is busy; nothing is known to have happened")


def pause(attempt: int) -> None:
    """Full jitter (AWS builders' library, "Timeouts, retries and backoff with jitter")."""
    time.sleep(random.uniform(0, min(BACKOFF_LIMIT_SECONDS, BACKOFF_SECONDS * 2**attempt)))


def until_fresh(decide: Callable[[], T]) -> T:
    """Run a use case that reads, decides and writes; again while what it read had changed by the write."""
    for attempt in range(ATTEMPTS):
        if attempt:
            pause(attempt - 1)
        try:
            return decide()
        except Stale:
            continue
    raise errors.Unavailable("too many changes at once to the same thing; nothing happened")


def stale(_: Item | None) -> Exception:
    """For operations whose condition only says that nothing has changed since the read."""
    return Stale()


# Cursors ----------------------------------------------------------------------------------------


def encode_cursor(key: str) -> str:
    """A place in a list, opaque to clients: the sort key after which the next page starts."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str:
    """The inverse; a cursor that was never given out is the caller's error."""
    try:
        key = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (ValueError, UnicodeDecodeError):
        key = ""
    # The decoder passes over what it does not know: "!!" would be the place before the first.
    if not key or encode_cursor(key) != cursor:
        raise errors.Invalid(
            "unknown cursor", errors=[{"field": "cursor", "message": "was not given out by this API"}]
        )
    return key
