"""events/samples/<room>/http_<operation>.json: a request to each route, as API Gateway hands it on.

For `sam local invoke`, the console's test button and the contract tests. A sample that is there already is
left as it is.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pydantic import ValidationError

from bank.http import FORM, JSON, Operation
from infra.contract import examples, openapi, rooms
from infra.contract.events import SAMPLES
from infra.contract.problems import REQUEST_ID


def samples() -> dict[Path, str]:
    """The file of each route."""
    document = openapi.document()
    return {
        SAMPLES / room / f"http_{operation.name}.json": json.dumps(
            sample(operation, document["paths"][operation.path][operation.method.lower()]), indent=2
        )
        + "\n"
        for room, operation in rooms.operations()
    }


def sample(operation: Operation, described: dict[str, Any]) -> dict[str, Any]:
    """A proxy event (REST API, payload version 1) made of the examples in the document."""
    path = {each["name"]: each["example"] for each in _parameters(described, "path")}
    query = _query(operation, described)
    headers = {each["name"].lower(): each["example"] for each in _parameters(described, "header")}
    headers = {"accept": operation.media_types[0], **headers}
    body = _body(operation, described)
    if body is not None:
        headers["content-type"] = FORM if operation.form else JSON
    if operation.scope:
        headers["authorization"] = "Bearer example"
    return {
        "resource": operation.path,
        "path": operation.path.format(**path) if path else operation.path,
        "httpMethod": operation.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "pathParameters": path or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": operation.path,
            "httpMethod": operation.method,
            "path": f"/dev{operation.path.format(**path)}",
            "stage": "dev",
            "requestId": REQUEST_ID,
            "identity": {"sourceIp": "192.0.2.1"},
            "authorizer": _caller(operation),
        },
        "body": body,
        "isBase64Encoded": False,
    }


def _parameters(described: dict[str, Any], place: str) -> list[dict[str, Any]]:
    return [each for each in described.get("parameters", ()) if each["in"] == place]


def _query(operation: Operation, described: dict[str, Any]) -> dict[str, str]:
    """As few parameters as the route takes."""
    if operation.query is None:
        return {}
    parameters = _parameters(described, "query")
    every = {each["name"]: str(each["example"]) for each in parameters}
    least = {each["name"]: every[each["name"]] for each in parameters if each["required"]}
    for query in examples.with_more(least, every):
        try:
            operation.query.model_validate(query)
        except ValidationError:
            continue
        return query
    raise ValueError(f"no example of the query of {operation.name} is valid")


def _body(operation: Operation, described: dict[str, Any]) -> str | None:
    if operation.body is None:
        return None
    example = next(iter(described["requestBody"]["content"].values()))["example"]
    return urlencode(example) if operation.form else json.dumps(example)


def _caller(operation: Operation) -> dict[str, str] | None:
    """Return the context that the authorizer adds."""
    if operation.scope is None:
        return None
    return {"principalId": "cli_sample", "client_id": "cli_sample", "scope": operation.scope}
