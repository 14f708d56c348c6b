"""Transactions whose operations say what their failure means (`TransactWriteItems`).

Operations keep their order, and each carries the error that its failed condition means; PynamoDB's own
`TransactWrite` reorders them, so that reasons no longer line up with the calls.
"""

import uuid
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank.store.retries import attempts
from bank.store.tables import Item, Key, Table, TableT, client, key_names

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
RefusedBy = Callable[[Item | None], Exception]


# Adds to each transaction of the request that is being answered, before it is sent: its audit entry.
companion: ContextVar["Callable[[Transaction], None] | None"] = ContextVar("companion", default=None)


class AlreadyExists(Exception):
    """The record to create is there already: this request was here before.

    Carries what was stored: the `item` that refused the write, or the `row` that had been read before it.
    """

    def __init__(self, item: Item | None = None, *, row: Any = None) -> None:
        super().__init__("already exists")
        self.item = item
        self.row = row


@dataclass(frozen=True)
class _Operation:
    request: Item
    refused: RefusedBy
    # The hash key of the row that is changed.
    subject: str = ""
    # The row that is put, where one is.
    row: Table | None = None


class Transaction:
    """All of its operations happen, or none (`TransactWriteItems`), and a refusal says which and why."""

    def __init__(self) -> None:
        self._operations: list[_Operation] = []
        # Whether it is known to have happened.
        self.happened = False

    def create(self, row: Table, refused: RefusedBy = AlreadyExists) -> None:
        """Put `row` where none is."""
        hash_key = getattr(row, key_names(type(row))[0])
        self._operations.append(_Operation({"Put": row.put_request()}, refused, hash_key, row))

    def update(self, key: Key, actions: Sequence[Action], condition: Condition, refused: RefusedBy) -> None:
        """Change the row of `key` while `condition` holds; `refused` makes an error of the row as it was."""
        model, hash_key, range_key = key[0], key[1], key[2] if len(key) > 2 else None
        request = model.update_request(hash_key, range_key, actions, condition)
        self._operations.append(_Operation({"Update": request}, refused, hash_key))

    def check(self, key: Key, condition: Condition, refused: RefusedBy) -> None:
        """Let nothing happen unless `condition` holds for the row of `key`."""
        model, hash_key, range_key = key[0], key[1], key[2] if len(key) > 2 else None
        request = model.get_operation_kwargs_from_class(hash_key, range_key, condition)
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        self._operations.append(_Operation({"ConditionCheck": request}, refused))

    def __len__(self) -> int:
        return len(self._operations)

    def created(self, model: type[TableT]) -> list[TableT]:
        """The rows of this model that it puts."""
        return [operation.row for operation in self._operations if isinstance(operation.row, model)]

    @property
    def subject(self) -> str:
        """Subject of the transaction: the hash key of the first row that it changes, if any."""
        return next((operation.subject for operation in self._operations if operation.subject), "")

    def commit(self, *, told: bool = True) -> None:
        """Send it. Conflicts and throttles are sent again with jitter; a failed condition raises its error.

        Nothing goes along that the request adds to its transactions (its audit entry) unless it is `told`.

        A time-out is not an answer: the same request goes out again with the same token, and where that too
        ends unheard, the caller is told to come back with the same Idempotency-Key (503 at the edge). Only a
        transaction that is known to have been cancelled gets a new token.
        """
        join = companion.get()
        if join and told:
            join(self)
        assert 0 < len(self._operations) <= TRANSACTION_LIMIT
        requests = [operation.request for operation in self._operations]
        token = str(uuid.uuid4())
        for _ in attempts():
            try:
                client().transact_write_items(TransactItems=requests, ClientRequestToken=token)
                self.happened = True
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
