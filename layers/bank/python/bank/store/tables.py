"""Models on one shared client, and the keys of their items."""

import functools
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from pynamodb.attributes import Attribute, JSONAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import AttributeNullError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from bank import aws, wire
from bank.config import config

Item = dict[str, Any]


@functools.cache
def client() -> Any:
    """The process's one DynamoDB client. Short time-outs: a caller who waits longer has given up."""
    return wire.direct(aws.client("dynamodb", read_timeout=2, max_pool_connections=64))


def table_name(name: str) -> str:
    """The physical name of a table of this stage."""
    return config.table_prefix + name


class Table(Model):
    """Base of every room's models. All share one client: a client each would cost a cold start 40 ms.

    They are made, read and written in a third of PynamoDB's time, which looks for maps of attributes and
    discriminators at each value, and sets defaults twice. The kernel's models have neither.
    """

    def __init__(self, *key: Any, **values: Any) -> None:
        """A new row: values of its key, others by attribute, and defaults. Raises ValueError."""
        attributes = self.get_attributes()
        values |= zip((str(self._hash_keyname), str(self._range_keyname)), key, strict=False)
        if not values.keys() <= attributes.keys():
            raise ValueError(f"{type(self).__name__} has no {', '.join(values.keys() - attributes.keys())}")
        self.attribute_values = {
            name: _default(attribute)
            for name, attribute in attributes.items()
            if name not in values and attribute.default is not None
        } | values

    @classmethod
    def _get_connection(cls) -> TableConnection:
        connection: TableConnection = super()._get_connection()
        connection.connection._client = client()
        return connection

    @classmethod
    def from_item(cls: type["TableT"], item: Item) -> "TableT":
        """From the wire form that streams, batch reads and cancellation reasons carry."""
        return cls.from_raw_data(item)

    @classmethod
    def from_raw_data(cls: type["TableT"], data: Item) -> "TableT":
        """As PynamoDB reads an item, queries too."""
        row = cls.__new__(cls)
        row.attribute_values = values = {}
        for name, attribute in cls.get_attributes().items():
            stored = data.get(attribute.attr_name)
            if stored and "NULL" not in stored:
                values[name] = attribute.deserialize(attribute.get_value(stored))
            elif attribute.default is not None:
                values[name] = _default(attribute)
        return row

    def serialize(self, null_check: bool = True) -> Item:
        """As PynamoDB writes the row."""
        item: Item = {}
        for name, attribute in self.get_attributes().items():
            value = self.attribute_values.get(name)
            stored = None if value is None else attribute.serialize(value)
            if stored is not None:
                item[attribute.attr_name] = {attribute.attr_type: stored}
            elif null_check and not attribute.null:
                raise AttributeNullError(name)
        return item

    def put_request(self) -> Item:
        """The `Put` of a transaction that puts the row where none is."""
        return {
            "TableName": self.Meta.table_name,
            "Item": self.serialize(),
            "ConditionExpression": "attribute_not_exists (#key)",
            "ExpressionAttributeNames": {"#key": key_names(type(self))[0]},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    @classmethod
    def update_request(
        cls, hash_key: str, range_key: str | None, actions: Sequence[Action], condition: Condition
    ) -> Item:
        """The `Update` of a transaction that changes the row of this key while `condition` holds."""
        request: Item = cls._get_connection().get_operation_kwargs(
            hash_key,
            range_key,
            actions=actions,
            condition=condition,
            return_values_on_condition_failure="ALL_OLD",
        )
        return request

    @classmethod
    def lasts(cls, row: "Table | None") -> bool:
        """Return whether this row, or that there is none (None), may be kept (`bank.store.recent`)."""
        return True


def _default(attribute: Attribute[Any]) -> Any:
    return attribute.default() if callable(attribute.default) else attribute.default


class WitnessJSON(JSONAttribute):
    """JSON that a verification must be able to look at with a byte of it altered: it reads as None then."""

    def deserialize(self, value: Any) -> Any:
        """Return the stored value, or None where it is no JSON any more."""
        try:
            return json.loads(value)
        except ValueError:
            return None


TableT = TypeVar("TableT", bound=Table)
Key = tuple[type[Table], str] | tuple[type[Table], str, str]
# Of an item in the database: its table's name and its key's values.
Place = tuple[str, ...]


def key_of(model: type[Table], hash_key: str, range_key: str | None = None) -> Item:
    names = key_names(model)
    return {name: {"S": value} for name, value in zip(names, (hash_key, range_key), strict=False) if value}


def place(key: Key) -> Place:
    return (key[0].Meta.table_name, *key[1:])


def key_values(model: type[Table], item: Item) -> list[str]:
    return [item[name]["S"] for name in key_names(model)]


@functools.cache
def key_names(model: type[Table]) -> list[str]:
    described: Any = model
    keys: list[Attribute[Any] | None] = [described._hash_key_attribute(), described._range_key_attribute()]
    return [key.attr_name for key in keys if key is not None]
