"""infra/gateway.yaml is what API Gateway imports; it leads each route past the authorizer to its function."""

import json
import re
from typing import Any

from bank.http import Operation
from identity.domain.access import SCOPES
from infra.contract import gateway
from tests.contract.test_http_contract import EACH, GATEWAY, OPERATIONS, described
from tests.support import cloudformation

# CloudFormation takes a template of 1 MB with all that is included in it.
TEMPLATE_BYTES = 1_000_000
PLANNED_OPERATIONS = 500
CALLED = re.compile(r":function:(?P<name>[^:/]+)(?P<alias>:\w+)?/invocations$")
ONLY_WHAT_THE_GATEWAY_NEEDS = {
    *("operationId", "x-scope", "security", "parameters", "responses"),
    gateway.INTEGRATION,
}


def everything(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(found for each in inner for found in everything(each))]


def called(uri: dict[str, str]) -> cloudformation.Function:
    """The function of the templates that a URI names."""
    found = CALLED.search(uri["Fn::Sub"])
    assert found, uri
    assert (found["alias"] or "") == gateway.ALIAS
    return {function.name: function for function in cloudformation.functions()}[found["name"]]


def test_the_api_is_made_of_this_document() -> None:
    (api,) = cloudformation.resources("AWS::Serverless::Api").values()
    include = api["DefinitionBody"]["Fn::Transform"]

    assert include["Name"] == "AWS::Include"
    assert cloudformation.ROOT / include["Parameters"]["Location"] == gateway.FILE


def test_paths_are_named_as_the_gateway_wants_them() -> None:
    for path in GATEWAY["paths"]:
        assert all(re.fullmatch(r"[\w.,:-]+|\{\w+\}", part) for part in path.strip("/").split("/")), path


@EACH
def test_a_route_says_only_what_the_gateway_needs(room: str, operation: Operation) -> None:
    found = described(operation, GATEWAY)

    assert found.keys() <= ONLY_WHAT_THE_GATEWAY_NEEDS
    # It follows no reference to a response, and needs none of what it passes on.
    assert "$ref" not in json.dumps(found)
    assert [each["name"] for each in found.get("parameters", ())] == re.findall(r"{(\w+)}", operation.path)


def test_the_document_leaves_room_in_the_template_for_500_operations() -> None:
    used, planned = gateway.bytes_at(len(OPERATIONS)), gateway.bytes_at(PLANNED_OPERATIONS)
    print(
        f"gateway.yaml: {used:,} bytes for {len(OPERATIONS)} operations, "
        f"{planned:,} for {PLANNED_OPERATIONS}, of {TEMPLATE_BYTES:,}"
    )

    assert used == len(json.dumps(GATEWAY))
    assert planned < TEMPLATE_BYTES / 2


def test_the_document_holds_no_null_because_cloudformation_takes_none() -> None:
    assert None not in everything(GATEWAY)


def test_nothing_in_the_document_refers_to_a_resource_of_a_stack() -> None:
    """So that rooms' stacks may come after the API's, and know of it."""
    names = {name for text in texts(GATEWAY) for name in re.findall(r"\$\{([^}]+)\}", text)}

    assert names == {"AWS::Partition", "AWS::Region", "AWS::AccountId", "Stage"}
    assert "Ref" not in keys(GATEWAY)
    assert "Fn::GetAtt" not in keys(GATEWAY)


def texts(value: Any) -> list[str]:
    return [each for each in everything(value) if isinstance(each, str)]


def keys(value: Any) -> set[str]:
    return {key for each in everything(value) if isinstance(each, dict) for key in each}


@EACH
def test_each_route_goes_to_its_room_s_function(room: str, operation: Operation) -> None:
    integration = described(operation, GATEWAY)[gateway.INTEGRATION]

    function = called(integration["uri"])

    assert (function.module, function.handler) == (f"{room}.app", "app")
    assert (integration["type"], integration["httpMethod"]) == ("aws_proxy", "POST")


@EACH
def test_each_route_but_the_public_ones_passes_the_authorizer(room: str, operation: Operation) -> None:
    found = described(operation, GATEWAY)

    assert found["security"] == ([{"oauth": []}] if operation.scope else [])
    assert found.get("x-scope") == operation.scope


@EACH
def test_the_scope_that_a_route_needs_opens_it_at_the_authorizer(room: str, operation: Operation) -> None:
    if operation.scope:
        assert (operation.method, operation.path.split("/")[1]) in SCOPES[operation.scope]


def test_the_authorizer_is_a_function_of_the_template() -> None:
    authorizer = GATEWAY["components"]["securitySchemes"]["oauth"]["x-amazon-apigateway-authorizer"]

    assert called(authorizer["authorizerUri"]).dotted == "identity.app.authorize"


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
