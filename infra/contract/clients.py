"""The OpenAPI document as clients read it and generate their code from: whole, and the part of each tag.

Both are made at build time (infra/contract/bundle.py); the repository keeps a form for reviews
(infra/contract/review.py).
"""

from typing import Any

from infra.contract import openapi, rooms

# The same on every route that has them, so said once.
SHARED_PARAMETERS = {
    ("Idempotency-Key", True): "IdempotencyKey",
    ("Idempotency-Key", False): "OptionalIdempotencyKey",
    ("If-None-Match", False): "IfNoneMatch",
    ("limit", False): "Limit",
    ("cursor", False): "Cursor",
}
SHARED_RESPONSES = {
    "401": "Unauthorized",
    "413": "RequestTooLarge",
    "415": "UnsupportedMediaType",
    "429": "TooManyRequests",
    "500": "InternalError",
    "503": "Unavailable",
    "504": "GatewayTimeout",
}
SERVER = {
    "url": "https://{api}.execute-api.{region}.amazonaws.com/{stage}",
    "variables": {
        "api": {"default": "api", "description": "The stack's output ApiId"},
        "region": {"default": "us-east-1"},
        "stage": {"default": "dev"},
    },
}


def document() -> dict[str, Any]:
    """The whole document."""
    found = openapi.document()
    by_name = {operation.name: operation for _, operation in rooms.operations()}
    parameters: dict[str, Any] = {}
    responses: dict[str, Any] = {}
    for method in _methods(found["paths"]):
        scope = by_name[method["operationId"]].scope
        method["security"] = [{"oauth": [scope]}] if scope else []
        if "parameters" in method:
            method["parameters"] = [_parameter(each, parameters) for each in method["parameters"]]
        method["responses"] = {
            status: _response(status, answer, responses) for status, answer in method["responses"].items()
        }
    found["components"]["parameters"] = dict(sorted(parameters.items()))
    found["components"]["responses"] = dict(sorted(responses.items()))
    found["components"]["securitySchemes"] = {"oauth": _oauth(openapi.scopes())}
    return {"openapi": found.pop("openapi"), "info": found.pop("info"), "servers": [SERVER], **found}


def part(whole: dict[str, Any], tag: str) -> dict[str, Any]:
    """The operations of a tag and what they refer to, as a document of its own."""
    paths = {path: _tagged(methods, tag) for path, methods in whole["paths"].items()}
    paths = {path: methods for path, methods in paths.items() if methods}
    needed = {scope for method in _methods(paths) for each in method["security"] for scope in each["oauth"]}
    scopes = {scope: said for scope, said in openapi.scopes().items() if scope in needed}
    return {
        **whole,
        "info": {**whole["info"], "title": f"{whole['info']['title']}: {tag}"},
        "tags": [each for each in whole["tags"] if each["name"] == tag],
        "paths": paths,
        "components": {
            **openapi.used(paths, whole["components"]),
            "securitySchemes": {"oauth": _oauth(scopes)},
        },
    }


def _methods(paths: dict[str, Any]) -> list[dict[str, Any]]:
    return [method for methods in paths.values() for method in methods.values()]


def _tagged(methods: dict[str, Any], tag: str) -> dict[str, Any]:
    return {name: method for name, method in methods.items() if tag in method["tags"]}


def _oauth(scopes: dict[str, str]) -> dict[str, Any]:
    return {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": scopes}}}


def _parameter(parameter: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    name = SHARED_PARAMETERS.get((parameter["name"], parameter["required"]))
    return _referred("parameters", name, parameter, shared)


def _response(status: str, answer: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    return _referred("responses", SHARED_RESPONSES.get(status), answer, shared)


def _referred(section: str, name: str | None, said: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Refer to what is shared under this name, where it really is the same."""
    if name and shared.setdefault(name, said) == said:
        return {"$ref": f"#/components/{section}/{name}"}
    return said
