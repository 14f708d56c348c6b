"""Items pass over the wire as botocore would read and write them, and calls go where it would send them."""

import json
from typing import Any

import botocore.parsers
import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.serialize import JSONSerializer
from hypothesis import given
from hypothesis import strategies as st

from bank import aws, store, wire

MODEL = botocore.session.Session().get_service_model("dynamodb")
PLAIN = st.one_of(
    st.fixed_dictionaries({"S": st.text()}),
    st.fixed_dictionaries({"N": st.integers().map(str)}),
    st.fixed_dictionaries({"BOOL": st.booleans()}),
    st.fixed_dictionaries({"NULL": st.just(True)}),
    st.fixed_dictionaries({"SS": st.lists(st.text(), min_size=1)}),
    st.fixed_dictionaries({"NS": st.lists(st.integers().map(str), min_size=1)}),
)
BYTES = st.one_of(
    st.fixed_dictionaries({"B": st.binary()}),
    st.fixed_dictionaries({"BS": st.lists(st.binary(), min_size=1)}),
)
VALUES = st.recursive(
    PLAIN | BYTES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"M": st.dictionaries(st.text(), inner, max_size=3)}),
    ),
)
ITEMS = st.dictionaries(st.text(min_size=1), VALUES, max_size=4)


def written(serializer: JSONSerializer, operation: str, params: dict[str, Any]) -> Any:
    return serializer.serialize_to_request(params, MODEL.operation_model(operation))


def parsed(parser: botocore.parsers.JSONParser, operation: str, status: int, body: bytes) -> Any:
    answer = {"status_code": status, "headers": {"x-amzn-requestid": "r"}, "body": body}
    return parser.parse(answer, MODEL.operation_model(operation).output_shape)


@given(ITEMS)
def test_requests_are_written_as_botocore_writes_them(item: dict[str, Any]) -> None:
    for operation, params in (
        ("PutItem", {"TableName": "t", "Item": item}),
        ("BatchGetItem", {"RequestItems": {"t": {"Keys": [item, item], "ConsistentRead": True}}}),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "t", "Item": item}}]}),
        ("Query", {"TableName": "t", "ExpressionAttributeValues": item, "Limit": 3}),
    ):
        ours = written(wire.ItemSerializer(), operation, params)

        assert ours == written(JSONSerializer(), operation, params)


@given(ITEMS)
def test_answers_are_read_as_botocore_reads_them(item: dict[str, Any]) -> None:
    put = {"TableName": "t", "Item": item}
    sent = json.loads(written(JSONSerializer(), "PutItem", put)["body"])["Item"]
    capacity = {"TableName": "t", "CapacityUnits": 1.5}
    for operation, answer in (
        ("GetItem", {"Item": sent}),
        ("GetItem", {}),
        ("BatchGetItem", {"Responses": {"t": [sent, sent]}, "ConsumedCapacity": [capacity]}),
        ("Query", {"Items": [sent], "Count": 1, "LastEvaluatedKey": sent}),
        ("PutItem", {"Attributes": None}),
    ):
        body = json.dumps(answer).encode()

        ours = parsed(wire.ItemParser(), operation, 200, body)

        assert ours == parsed(botocore.parsers.JSONParser(), operation, 200, body)
        assert operation != "GetItem" or ours.get("Item", item) == item


@given(ITEMS)
def test_a_cancelled_transaction_tells_its_items_as_botocore_does(item: dict[str, Any]) -> None:
    sent = json.loads(written(JSONSerializer(), "PutItem", {"TableName": "t", "Item": item})["body"])["Item"]
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": sent, "Message": "m"}]
    kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
    body = json.dumps({"__type": kind, "Message": "m", "CancellationReasons": reasons}).encode()
    shape = MODEL.shape_for("TransactionCanceledException")
    for parser in (wire.ItemParser(), botocore.parsers.JSONParser()):
        found = parser.parse({"status_code": 400, "headers": {}, "body": body}, shape)

        assert found["CancellationReasons"][1]["Item"] == item


def test_of_other_protocols_the_parsers_are_botocores() -> None:
    theirs = botocore.parsers.ResponseParserFactory()
    for protocol in botocore.parsers.PROTOCOL_PARSERS:
        ours = wire.Parsers().create_parser(protocol)

        assert isinstance(ours, type(theirs.create_parser(protocol)))


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "cn-north-1"])
def test_calls_go_where_botocore_sends_them_and_are_signed_for_it(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    stock = botocore.session.Session().create_client("dynamodb", region_name=region)
    ours = wire.direct(aws.new_session().create_client("dynamodb", region_name=region))
    ours_sent, theirs_sent = recorded(ours), recorded(stock)

    for client in (ours, stock):
        client.transact_write_items(TransactItems=[{"Put": {"TableName": "t", "Item": {"a": {"S": "b"}}}}])

    (mine,), (theirs,) = ours_sent, theirs_sent
    assert mine.url == theirs.url
    assert json.loads(mine.body) | {"ClientRequestToken": ""} == json.loads(theirs.body) | {
        "ClientRequestToken": ""
    }
    assert scope(mine) == scope(theirs)
    assert mine.headers["X-Amz-Target"] == theirs.headers["X-Amz-Target"]


class Otherwise(JSONSerializer):
    """Of a botocore that writes maps elsewhere."""

    def _serialize_type_map(self, serialized: Any, value: Any, shape: Any, key: str) -> None:
        serialized[key] = {}


class Renamed(botocore.parsers.JSONParser):
    """Of a botocore whose parsers are asked with more."""

    def _handle_map(self, shape: Any, value: Any, more: Any) -> Any:
        return value


@pytest.mark.parametrize(
    ("part", "instead"),
    [("ItemSerializer", Otherwise), ("ItemParser", Renamed), ("Parsers", lambda: None)],
)
def test_of_another_botocore_a_client_keeps_its_own_parts(
    part: str, instead: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = aws.new_session().create_client("dynamodb", region_name="us-east-1")
    before = parts(client)
    monkeypatch.setattr(wire, part, instead)

    assert wire.direct(client) is client

    assert parts(client) == before
    assert "botocore's own way" in caplog.text


@pytest.mark.parametrize("part", ["_serializer", "_ruleset_resolver", "_endpoint"])
def test_a_client_that_has_no_such_part_is_left_alone(part: str) -> None:
    client = aws.new_session().create_client("dynamodb", region_name="us-east-1")
    vars(client).pop(part)
    before = dict(vars(client))

    assert wire.direct(client) is client

    assert vars(client) == before


def test_sets_of_python_are_written_as_botocore_writes_them() -> None:
    put = {"TableName": "t", "Item": {"a": {"SS": {"x"}}, "b": {"NS": frozenset({"1"})}}}

    assert written(wire.ItemSerializer(), "PutItem", put) == written(JSONSerializer(), "PutItem", put)


def test_the_kernels_client_passes_items() -> None:
    serializer, resolver, parsers = parts(store.tables.client.__wrapped__())

    assert (type(serializer), resolver, type(parsers)) == (wire.ItemSerializer, None, wire.Parsers)


def parts(client: Any) -> tuple[Any, Any, Any]:
    return client._serializer, client._ruleset_resolver, client._endpoint._response_parser_factory


def recorded(client: Any) -> list[AWSPreparedRequest]:
    """The requests of a client, none of which leaves: each is answered at once."""
    sent: list[AWSPreparedRequest] = []

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        sent.append(request)
        made = AWSResponse(request.url, 200, {}, None)
        made._content = b"{}"
        return made

    client.meta.events.register("before-send.dynamodb", answer)
    return sent


def scope(request: AWSPreparedRequest) -> str:
    """Region and service that a request is signed for."""
    authorization = request.headers["Authorization"]
    text = authorization.decode() if isinstance(authorization, bytes) else str(authorization)
    return text.split("Credential=")[1].split(",")[0].split("/", 2)[2]
