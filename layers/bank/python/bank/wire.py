"""DynamoDB's items over the wire: JSON says them as callers have them, so that they pass as they are.

Botocore walks through each value with its description of the service, both ways, which is a tenth of the
time of a payment. All else, and values that are not plain, it reads and writes itself.
"""

from typing import Any

from botocore.parsers import JSONParser, ResponseParser, ResponseParserFactory
from botocore.serialize import JSONSerializer

# The types of values that are the same in JSON. Bytes are not, wherever they stand: in lists and maps, too.
PLAIN = {"S", "N", "SS", "NS", "BOOL", "NULL"}
VALUE = "AttributeValue"


def direct(client: Any) -> Any:
    """Have a client of DynamoDB write items with `ItemSerializer`, and send all to its region's endpoint.

    Botocore computes the endpoint anew for each call, of every table that the call names, in case that a
    table is another account's: this bank's are its own.
    """
    client._serializer = ItemSerializer()
    client._ruleset_resolver = None
    return client


class Parsers(ResponseParserFactory):
    """Botocore's parsers; of JSON, that of items."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        """Return the parser of this protocol."""
        return ItemParser() if protocol_name == "json" else super().create_parser(protocol_name)


class ItemParser(JSONParser):
    """Reads answers. Of a service that knows no such values it reads everything as botocore does."""

    def _handle_map(self, shape: Any, value: dict[str, Any]) -> Any:
        values = shape.value
        if values.name != VALUE:
            return super()._handle_map(shape, value)  # type: ignore[misc]
        return {
            name: each if each.keys() <= PLAIN else self._parse_shape(values, each)  # type: ignore[attr-defined]
            for name, each in value.items()
        }


class ItemSerializer(JSONSerializer):
    """Writes requests."""

    def _serialize_type_map(self, serialized: Any, value: dict[str, Any], shape: Any, key: str) -> None:
        values = shape.value
        if values.name != VALUE:
            super()._serialize_type_map(serialized, value, shape, key)  # type: ignore[misc]
            return
        serialized[key] = written = {}
        for name, each in value.items():
            if each.keys() <= PLAIN:
                written[name] = each
            else:
                self._serialize(written, each, values, name)  # type: ignore[attr-defined]
