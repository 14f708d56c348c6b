"""infra/openapi.yaml is what API Gateway imports; it leads each route past the authorizer to its function."""

import json
import re
from typing import Any

import yaml

from bank.http import Operation
from identity.domain import SCOPES
from infra.contract import gateway
from tests.contract.test_http_contract import EACH, GATEWAY, described
from tests.support import cloudformation


def everything(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(found for each in inner for found in everything(each))]


def test_paths_and_models_are_named_as_the_gateway_wants_them() -> None:
    for path in GATEWAY["paths"]:
        assert all(re.fullmatch(r"[\w.,:-]+|\{\w+\}", part) for part in path.strip("/").split("/")), path
    for name in GATEWAY["components"]["schemas"]:
        assert re.fullmatch(r"[A-Za-z0-9]+", name)


def test_models_hold_only_words_that_the_gateway_imports() -> None:
    for schema in everything(GATEWAY["components"]["schemas"]):
        if isinstance(schema, dict) and "type" in schema and isinstance(schema["type"], str):
            assert not schema.keys() & {"example", "examples", "discriminator", "readOnly", "const", "$defs"}
            assert not isinstance(schema.get("exclusiveMinimum"), int)
            assert isinstance(schema.get("exclusiveMinimum", False), bool)


def test_responses_are_written_out_because_the_gateway_follows_no_reference_to_one() -> None:
    responses = [
        response
        for methods in GATEWAY["paths"].values()
        for method in methods.values()
        for response in method["responses"].values()
    ]

    assert responses
    assert [response for response in responses if "$ref" in response] == []


def test_the_gateway_s_document_stays_within_what_cloudformation_takes() -> None:
    """A template has 1 MB at most, once the document is in it."""
    assert len(json.dumps(GATEWAY)) < 600_000


def test_the_gateway_s_document_holds_no_null_because_cloudformation_takes_none() -> None:
    assert None not in everything(yaml.safe_load(gateway.text()))


@EACH
def test_each_route_goes_to_its_room_s_function(room: str, operation: Operation) -> None:
    functions = {function.logical_id: function for function in cloudformation.functions()}
    integration = described(operation, GATEWAY)["x-amazon-apigateway-integration"]

    invoked = re.findall(r"\$\{(\w+)\.Arn\}", integration["uri"]["Fn::Sub"])

    assert invoked == [gateway.function(room)]
    assert (functions[invoked[0]].module, functions[invoked[0]].handler) == (f"{room}.app", "app")
    assert (integration["type"], integration["httpMethod"]) == ("aws_proxy", "POST")


@EACH
def test_each_route_but_the_public_ones_passes_the_authorizer(room: str, operation: Operation) -> None:
    found = described(operation, GATEWAY)

    assert found["security"] == ([{"oauth": []}] if operation.scope else [])
    assert found.get("x-scope") == operation.scope


@EACH
def test_the_scope_that_a_route_needs_opens_it_at_the_authorizer(room: str, operation: Operation) -> None:
    if operation.scope:
        opening = SCOPES[operation.scope]

        assert operation.method in opening.methods
        assert operation.path.split("/")[1] in opening.roots


def test_the_authorizer_is_a_function_of_the_template() -> None:
    authorizer = GATEWAY["components"]["securitySchemes"]["oauth"]["x-amazon-apigateway-authorizer"]

    invoked = re.findall(r"\$\{(\w+)\.Arn\}", authorizer["authorizerUri"]["Fn::Sub"])

    assert invoked == ["Authorizer"]
    assert "Authorizer" in cloudformation.resources("AWS::Serverless::Function")


def test_what_the_gateway_answers_itself_is_a_problem_too() -> None:
    responses = GATEWAY["x-amazon-apigateway-gateway-responses"]

    assert {"UNAUTHORIZED", "ACCESS_DENIED", "MISSING_AUTHENTICATION_TOKEN", "THROTTLED"} < responses.keys()
    for response in responses.values():
        body = json.loads(response["responseTemplates"]["application/json"])
        assert str(body["status"]) == response["statusCode"]
        assert body["type"] == f"urn:perkbank:problem:{body['code']}"
        assert body["request_id"] == "$context.requestId"
        content_type = response["responseParameters"]["gatewayresponse.header.Content-Type"]
        assert content_type == "'application/problem+json'"
