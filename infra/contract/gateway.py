"""infra/gateway.yaml, for API Gateway: routes, integrations, the authorizer, the gateway's own answers.

Schemas, examples and descriptions are for clients (infra/contract/clients.py): they would fill a template,
which has 1 MB at most. Intrinsic functions stand in their long form, since AWS::Include takes the file in;
CloudFormation takes no null anywhere. Binary media types and compression stand in template.yaml.
"""

import json
import re
from typing import Any

from bank.http import Operation, protection
from infra.contract import ROOT, compact, openapi, problems, rooms
from infra.contract.problems import Kind

FILE = ROOT / "infra" / "gateway.yaml"
AUTHORIZER = "authorizer"
AUTHORIZER_CACHE_SECONDS = 300
LAMBDA_SERVICE = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:"
FUNCTION_ARN = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
# Follows a function's name: the alias that points to the version in service.
ALIAS = ":live"
INTEGRATION = "x-amazon-apigateway-integration"

# The gateway's answers where no function is asked ("Gateway response types for API Gateway").
ANSWERS: dict[str, Kind] = {
    "BAD_REQUEST_BODY": problems.BAD_REQUEST,
    "BAD_REQUEST_PARAMETERS": problems.BAD_REQUEST,
    "DEFAULT_4XX": problems.BAD_REQUEST,
    "UNAUTHORIZED": problems.UNAUTHORIZED,
    "ACCESS_DENIED": problems.LACKING,
    "EXPIRED_TOKEN": problems.LACKING,
    "INVALID_API_KEY": problems.LACKING,
    "WAF_FILTERED": problems.LACKING,
    # A path or method that is not there is taken for one that wants an AWS signature.
    "MISSING_AUTHENTICATION_TOKEN": problems.NOT_FOUND,
    "INVALID_SIGNATURE": problems.NOT_FOUND,
    "RESOURCE_NOT_FOUND": problems.NOT_FOUND,
    "REQUEST_TOO_LARGE": problems.TOO_LARGE,
    "UNSUPPORTED_MEDIA_TYPE": Kind(
        415, "unsupported_media_type", "Unsupported media type", "this takes another type"
    ),
    "QUOTA_EXCEEDED": problems.THROTTLED,
    "THROTTLED": problems.THROTTLED,
    "API_CONFIGURATION_ERROR": problems.INTERNAL,
    "AUTHORIZER_CONFIGURATION_ERROR": problems.INTERNAL,
    "AUTHORIZER_FAILURE": problems.INTERNAL,
    # Lambda took no more, or was not there.
    "INTEGRATION_FAILURE": problems.UNAVAILABLE,
    # A function that died or was too slow: what it had begun may have happened.
    "DEFAULT_5XX": problems.TIMED_OUT,
    "INTEGRATION_TIMEOUT": problems.TIMED_OUT,
}
HEADERS = {401: {"WWW-Authenticate": "'Bearer'"}, 429: {"Retry-After": "'1'"}, 503: {"Retry-After": "'1'"}}


def document() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, Any] = {}
    for room, operation in rooms.operations():
        paths.setdefault(operation.path, {})[operation.method.lower()] = _method(room, operation)
    return {
        "openapi": openapi.VERSION,
        "info": {"title": openapi.TITLE, "version": openapi.API_VERSION},
        "paths": paths,
        "components": {"securitySchemes": {"oauth": _authorizer()}},
        "x-amazon-apigateway-gateway-responses": {
            kind: _answer(answer) for kind, answer in sorted(ANSWERS.items())
        },
    }


def text() -> str:
    """The file."""
    return _HEAD + compact.dump(document(), inline={INTEGRATION, "responseTemplates"})


def bytes_at(operations: int) -> int:
    """The size that the document would have in a template with that many operations like today's."""
    found, today = document(), len(rooms.operations())
    return len(json.dumps(found)) + len(json.dumps(found["paths"])) * (operations - today) // today


def function(room: str) -> str:
    """The name of a room's HTTP function, without the stage before it."""
    return f"{room.replace('_', '-')}-api"


_HEAD = "# Generated from the rooms' routes by `python -m infra.generate`. Do not edit.\n"


def _method(room: str, operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {"operationId": operation.name}
    if operation.scope:
        found["x-scope"] = operation.scope
    found["security"] = [{"oauth": []}] if operation.scope else []
    if names := re.findall(r"{(\w+)}", operation.path):
        found["parameters"] = [_path_parameter(name) for name in names]
    # OpenAPI wants one; what the function answers is passed on as it is.
    found["responses"] = {str(operation.status): {"description": "As /openapi.json has it"}}
    found[INTEGRATION] = {"type": "aws_proxy", "httpMethod": "POST", "uri": _invocation(function(room))}
    return found


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _invocation(name: str) -> dict[str, str]:
    """A function by its conventional name: no reference leads from the API to the rooms' stacks."""
    function_arn = f"{FUNCTION_ARN}perkbank-${{Stage}}-{name}{ALIAS}"
    return {"Fn::Sub": f"{LAMBDA_SERVICE}path/2015-03-31/functions/{function_arn}/invocations"}


def _authorizer() -> dict[str, Any]:
    return {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "description": "`Bearer` and an access token from POST /oauth/token",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "request",
            "identitySource": "method.request.header.Authorization",
            "authorizerUri": _invocation(AUTHORIZER),
            "authorizerResultTtlInSeconds": AUTHORIZER_CACHE_SECONDS,
        },
    }


def _answer(kind: Kind) -> dict[str, Any]:
    headers = {
        "Content-Type": "'application/problem+json'",
        "X-Request-Id": "context.requestId",
        **{name: f"'{value}'" for name, value in {**protection.UNLESS_KEPT, **protection.ALWAYS}.items()},
        **HEADERS.get(kind.status, {}),
    }
    return {
        "statusCode": str(kind.status),
        "responseParameters": {f"gatewayresponse.header.{name}": value for name, value in headers.items()},
        "responseTemplates": {"application/json": json.dumps(kind.example("$context.requestId"))},
    }
