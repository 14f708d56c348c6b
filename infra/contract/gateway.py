"""infra/openapi.yaml: the document for API Gateway, with integrations, the authorizer, the gateway's answers.

Importing ignores `nullable` and examples, and has failed on an `example` within a model; names of models are
alphanumeric and no response may be a reference ("Amazon API Gateway important notes for REST APIs").
Intrinsic functions stand in their long form, since AWS::Include takes the file in. Binary media types stand
in template.yaml.
"""

import copy
import json
from typing import Any

import yaml

from infra.contract import clients, openapi, problems, rooms
from infra.contract.problems import Kind

AUTHORIZER_CACHE_SECONDS = 300
TIMEOUT_MILLISECONDS = 29_000
NOT_TAKEN = {"example", "discriminator", "readOnly", "writeOnly", "deprecated", "default"}

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
    # A function that died or was too slow: what it had begun may have happened.
    "DEFAULT_5XX": problems.TIMED_OUT,
    "INTEGRATION_FAILURE": problems.TIMED_OUT,
    "INTEGRATION_TIMEOUT": problems.TIMED_OUT,
}
HEADERS = {401: {"WWW-Authenticate": "'Bearer'"}, 429: {"Retry-After": "'1'"}}


def document() -> dict[str, Any]:
    """The whole document."""
    found = openapi.document()
    # API Gateway keeps the description with the API, and takes only a short one.
    found["info"]["description"] = "Clients read GET /openapi.json, which says more"
    by_name = {operation.name: (room, operation) for room, operation in rooms.operations()}
    for methods in found["paths"].values():
        for method in methods.values():
            room, operation = by_name[method["operationId"]]
            method["security"] = [{"oauth": []}] if operation.scope else []
            if operation.scope:
                method["x-scope"] = operation.scope
            method["responses"] = {
                status: _brief(answer) if status in clients.SHARED else _without_examples(answer)
                for status, answer in method["responses"].items()
            }
            method["x-amazon-apigateway-integration"] = _integration(room)
    schemas = found["components"]["schemas"]
    found["components"]["schemas"] = {name: _model(schema) for name, schema in schemas.items()}
    found["components"]["securitySchemes"] = {"oauth": _authorizer()}
    found["x-amazon-apigateway-gateway-responses"] = {
        kind: _answer(answer) for kind, answer in sorted(ANSWERS.items())
    }
    return found


def text() -> str:
    """The file."""
    return _HEAD + yaml.dump(
        _without_nulls(document()), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110
    )


_HEAD = "# Generated from functions/*/app.py by `python -m infra.generate`. Do not edit.\n"


class _Plain(yaml.SafeDumper):
    """YAML without anchors, and with long texts as blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        """Everything is written where it stands."""
        return True


def _block(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Plain.add_representer(str, _block)


def function(room: str) -> str:
    """The logical id of a room's HTTP function in template.yaml."""
    return f"{room.capitalize()}Api"


def _invocation(logical_id: str) -> dict[str, str]:
    path = f"lambda:path/2015-03-31/functions/${{{logical_id}.Arn}}/invocations"
    return {"Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:" + path}


def _without_examples(answer: dict[str, Any]) -> dict[str, Any]:
    """Importing ignores examples, and CloudFormation takes a template of 1 MB at most."""
    content = {
        kind: {name: value for name, value in said.items() if name not in ("example", "examples")}
        for kind, said in answer.get("content", {}).items()
    }
    return {**answer, **({"content": content} if content else {})}


def _brief(answer: dict[str, Any]) -> dict[str, Any]:
    """Without example: these are the same everywhere, and CloudFormation takes a template of 1 MB at most."""
    content = {kind: {"schema": said["schema"]} for kind, said in answer["content"].items()}
    return {"description": answer["description"], "content": content}


def _integration(room: str) -> dict[str, Any]:
    return {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": _invocation(function(room)),
        "payloadFormatVersion": "1.0",
        "timeoutInMillis": TIMEOUT_MILLISECONDS,
    }


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
            "authorizerUri": _invocation("Authorizer"),
            "authorizerResultTtlInSeconds": AUTHORIZER_CACHE_SECONDS,
        },
    }


def _answer(kind: Kind) -> dict[str, Any]:
    headers = {
        "Content-Type": "'application/problem+json'",
        "X-Request-Id": "context.requestId",
        **HEADERS.get(kind.status, {}),
    }
    return {
        "statusCode": str(kind.status),
        "responseParameters": {f"gatewayresponse.header.{name}": value for name, value in headers.items()},
        "responseTemplates": {"application/json": json.dumps(kind.example("$context.requestId"))},
    }


def _without_nulls(value: Any) -> Any:
    """CloudFormation takes no null anywhere in a template: "'null' values are not allowed in templates"."""
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value if inner is not None]
    return value


def _model(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without the words that a model may not have. Names of properties are no such words."""
    found = {name: copy.deepcopy(value) for name, value in schema.items() if name not in NOT_TAKEN}
    for name, value in found.items():
        if name == "properties":
            found[name] = {key: _model(inner) for key, inner in value.items()}
        elif name in ("items", "additionalProperties") and isinstance(value, dict):
            found[name] = _model(value)
        elif name in ("allOf", "anyOf", "oneOf"):
            found[name] = [_model(inner) for inner in value]
    return found
