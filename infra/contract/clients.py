"""openapi.json, served at /openapi.json: the document as clients read it, and generate their code from."""

import json
from pathlib import Path
from typing import Any

from infra.contract import openapi, rooms

# The same on every route that has them, so said once.
SHARED = {
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
    shared: dict[str, Any] = {}
    for methods in found["paths"].values():
        for method in methods.values():
            scope = by_name[method["operationId"]].scope
            method["security"] = [{"oauth": [scope]}] if scope else []
            method["responses"] = _shortened(method["responses"], shared)
    found["components"]["responses"] = dict(sorted(shared.items()))
    found["components"]["securitySchemes"] = {"oauth": _oauth()}
    return {"openapi": found.pop("openapi"), "info": found.pop("info"), "servers": [SERVER], **found}


def path() -> Path:
    """Where the file lies: beside the code that serves it."""
    for room, operation in rooms.operations():
        if operation.path == "/openapi.json":
            return rooms.FUNCTIONS / room / "openapi.json"
    raise ValueError("no room serves /openapi.json")


def text() -> str:
    """The file."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _oauth() -> dict[str, Any]:
    flow = {"tokenUrl": "/oauth/token", "scopes": openapi.scopes()}
    return {"type": "oauth2", "flows": {"clientCredentials": flow}}


def _shortened(responses: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Refer to what is shared, where it really is the same."""
    found = dict(responses)
    for status, name in SHARED.items():
        if status in responses and shared.setdefault(name, responses[status]) == responses[status]:
            found[status] = {"$ref": f"#/components/responses/{name}"}
    return found
