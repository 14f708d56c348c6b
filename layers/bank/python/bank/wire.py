"""DynamoDB's items over the wire: JSON says them as callers have them, so that they pass as they are.

Botocore walks through each value with its description of the service, both ways, which is a tenth of the
time of a payment. All else, and values that are not plain, it reads and writes itself. In Lambda it is the
runtime's, which AWS changes: where a sample comes out otherwise with these parts, a client keeps its own.
"""

import json
from typing import Any

from botocore.parsers import JSONParser, ResponseParser, ResponseParserFactory
from botocore.serialize import JSONSerializer

from bank.observability import logger

# The types of values that are the same in JSON. Bytes are not, wherever they stand: in lists and maps, too;
# nor are sets, which may be Python's.
PLAIN = {"S", "N", "BOOL", "NULL"}
VALUE = "AttributeValue"
SAMPLE = {"s": {"S": "a"}, "n": {"N": "1"}, "b": {"B": b"\0"}, "l": {"L": [{"S": "a"}, {"B": b"\0"}]}}
SAMPLE_SENT = {"s": {"S": "a"}, "n": {"N": "1"}, "b": {"B": "AA=="}, "l": {"L": [{"S": "a"}, {"B": "AA=="}]}}


def direct(client: Any) -> Any:
    """Have a client of DynamoDB pass items as they are, and send all to its region's endpoint.

    Botocore computes the endpoint anew for each call, of every table that the call names, in case that a
    table is another account's: this bank's are its own.
    """
    own, as_ever = _parts(client), _said(client)
    if own and as_ever:
        _put(client, (ItemSerializer(), None, Parsers()))
        if _said(client) == as_ever:
            return client
        _put(client, own)
    logger.warning("with another botocore, or endpoint: items are read and written botocore's own way")
    return client


def _parts(client: Any) -> tuple[Any, Any, Any] | None:
    """The client's parts that `direct` replaces; None where it has others."""
    try:
        return client._serializer, client._ruleset_resolver, client._endpoint._response_parser_factory
    except AttributeError:
        return None


def _put(client: Any, parts: tuple[Any, Any, Any]) -> None:
    client._serializer, client._ruleset_resolver, client._endpoint._response_parser_factory = parts


def _said(client: Any) -> Any:
    """The sample as it is sent, where to, and as an answer says it; None where that fails."""
    try:
        operation, call = client.meta.service_model.operation_model("PutItem"), {"TableName": "t"}
        to = client._resolve_endpoint_ruleset(operation, call, {})[0]
        request = client._serializer.serialize_to_request({**call, "Item": SAMPLE}, operation)
        answer = {"status_code": 200, "headers": {}, "body": json.dumps({"Attributes": SAMPLE_SENT}).encode()}
        parser = client._endpoint._response_parser_factory.create_parser("json")
        return to, request["body"], parser.parse(answer, operation.output_shape)["Attributes"]
    except Exception:
        logger.exception("the sample cannot be sent")
        return None


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
