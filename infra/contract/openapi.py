"""The OpenAPI 3.0 document of all rooms' routes: what the gateway's and the clients' have in common."""

import inspect
import re
from typing import Any

from pydantic import BaseModel, ValidationError

from bank.http import FORM, IDEMPOTENCY_KEY, JSON, Operation
from infra.contract import answers, codes, examples, models, rooms, vocabulary
from infra.contract.schemas import Components, Schema

VERSION = "3.0.1"
TITLE, API_VERSION = "Perkbank", "1.0.0"
PATH_VALUE = r"^[A-Za-z0-9_\-.:]{1,64}$"

INTRODUCTION = """\
Amounts are whole minor units (fen, cents) beside a `currency`; instants are RFC 3339 with an offset, no finer
than microseconds; ids are opaque. Lists take `limit` and `cursor` and answer `items` and `next_cursor`, which
is null on the last page. A cursor is good for a day, for its list with the same filters and for its caller;
any other is refused (422): start without one. Fields and parameters that are not described here are
refused, and so is a member that stands twice in its JSON object. Text neither begins nor ends with a blank
and holds nothing that does not show: controls, zero-width characters, marks of direction.

A POST that moves money needs an `Idempotency-Key`: sent again with the same body it has no second effect and
gives the first answer again, a refusal included, with `Idempotent-Replayed: true`; with another body it gives
422. After a time-out or a 5xx, send the same request with the same key.

Whatever goes wrong is told as `application/problem+json` (RFC 9457) with a stable `code`:

"""
OPTIONAL_KEY = "Where this creates something, a repeat with the same key creates nothing besides"
APPROVAL_ID = {
    "name": "Approval-Id",
    "in": "header",
    "required": False,
    "description": "The approval of this very request, which an answer 202 to it told of",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,64}$"},
    "example": "apr_01JDB3W6Q2V0M8C4T5R7N9XKHE",
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of what was kept: where nothing has changed since, the answer is 304",
    "schema": {"type": "string"},
    "example": 'W/"5f0c9a52"',
}


def document() -> dict[str, Any]:
    """The document without security, servers and integrations: those differ between its two readers."""
    operations = rooms.operations()
    components = models.components()
    paths: dict[str, Any] = {}
    for room, operation in operations:
        methods = paths.setdefault(operation.path, {})
        methods[operation.method.lower()] = _operation(room, operation, components)
    return {
        "openapi": VERSION,
        "info": {
            "title": TITLE,
            "version": API_VERSION,
            "description": INTRODUCTION + codes.table(),
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "tags": [{"name": room, "description": rooms.about(room)} for room in sorted(rooms.apis())],
        "paths": paths,
        "components": used(paths, {"schemas": components.all}),
    }


def scopes() -> dict[str, str]:
    """Every scope that some route needs, with what it lets a client do."""
    needed: dict[str, list[str]] = {}
    for _, operation in rooms.operations():
        if operation.scope:
            needed.setdefault(operation.scope, []).append(_summary(operation).rstrip("."))
    return {scope: "; ".join(said) for scope, said in sorted(needed.items())}


def _operation(room: str, operation: Operation, components: Components) -> dict[str, Any]:
    paragraphs = inspect.cleandoc(operation.view.__doc__ or "").partition("\n\n")
    found: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [room],
        "summary": _summary(operation),
    }
    if paragraphs[2]:
        found["description"] = paragraphs[2]
    parameters = [*_path_parameters(operation), *_query(operation, components), *_headers(operation)]
    if parameters:
        found["parameters"] = parameters
    if operation.body:
        media_type = FORM if operation.form else JSON
        content = _request(operation.body, components)
        found["requestBody"] = {
            "required": not _may_be_empty(operation.body),
            "content": {media_type: content},
        }
    found["responses"] = answers.of(operation, components)
    return found


def _summary(operation: Operation) -> str:
    """The first paragraph of the view's docstring, on one line."""
    paragraph = inspect.cleandoc(operation.view.__doc__ or "").partition("\n\n")[0]
    if not paragraph:
        raise ValueError(f"{operation.name} has no docstring to be its summary")
    return " ".join(paragraph.split())


# What is sent ---------------------------------------------------------------------------------------


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": PATH_VALUE},
            "example": vocabulary.identifier(name),
        }
        for name in re.findall(r"{(\w+)}", operation.path)
    ]


def _query(operation: Operation, components: Components) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = components.resolved(components.of(operation.query, "validation"))
    return [
        _query_parameter(name, field, name in schema.get("required", ()), components)
        for name, field in schema.get("properties", {}).items()
    ]


def _query_parameter(name: str, field: Schema, required: bool, components: Components) -> dict[str, Any]:
    # A parameter is left out, never null.
    schema = {key: value for key, value in field.items() if key not in ("description", "nullable", "example")}
    found: dict[str, Any] = {"name": name, "in": "query", "required": required}
    if "description" in field:
        found["description"] = field["description"]
    plain = {key: value for key, value in field.items() if key != "nullable"}
    return {**found, "schema": schema, "example": examples.of(plain, components.all, name)}


def _headers(operation: Operation) -> list[dict[str, Any]]:
    approved = [APPROVAL_ID] if operation.act and operation.act.proposed else []
    return [*_key(operation), *approved]


def _key(operation: Operation) -> list[dict[str, Any]]:
    if operation.kept_seconds:
        return [IF_NONE_MATCH]
    signed_change = operation.method == "PATCH" and operation.act and operation.act.signed
    if operation.form or not (operation.method == "POST" or signed_change):
        return []
    use = "A repeat with the same key has no second effect" if operation.idempotent else OPTIONAL_KEY
    if signed_change:
        use = "What a signature covers besides; it does nothing else here"
    return [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": operation.idempotent,
            "description": f"{use}. Of the client's own choice, another for each new request",
            "schema": {"type": "string", "pattern": IDEMPOTENCY_KEY.pattern},
            "example": "5f0c9a52-0a5e-4c0b-9d6d-0f2b7f7d9c11",
        }
    ]


def _may_be_empty(model: type[BaseModel]) -> bool:
    """Return whether no body at all will do: it counts as an empty object."""
    try:
        model.model_validate_json("{}")
    except ValidationError:
        return False
    return True


def _request(model: type[BaseModel], components: Components) -> dict[str, Any]:
    schema = components.of(model, "validation")
    return {"schema": schema, "example": examples.of_request(model, schema, components.all)}


# Components that something refers to ------------------------------------------------------------------


def used(paths: dict[str, Any], components: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Those of the components (by section and name) that paths refer to, also through each other."""
    found: set[tuple[str, str]] = set()
    waiting = _references(paths)
    while waiting:
        section, name = reference = waiting.pop()
        if reference not in found:
            found.add(reference)
            waiting |= _references(components[section][name])
    return {
        section: {name: every[name] for name in sorted(every) if (section, name) in found}
        for section, every in components.items()
    }


def _references(value: Any) -> set[tuple[str, str]]:
    """(section, name) of each `#/components/section/name` in a value."""
    if isinstance(value, dict):
        own = {tuple(value["$ref"].split("/")[-2:])} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(_references(inner) for inner in value.values()))
    if isinstance(value, list):
        return set().union(*(_references(inner) for inner in value))
    return set()
