"""Each kind of change of the HTTP contract that breaks a client is found, and those that do not are not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.compatibility.http_contract import described, differences

Document = dict[str, Any]
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
THING = "/things/{thing_id}"


def document() -> Document:
    schema = {
        "type": "object",
        "required": ["size"],
        "additionalProperties": False,
        "properties": {"size": {"type": "integer", "maximum": 9}, "title": {"type": "string"}},
    }
    answer = {
        "type": "object",
        "required": ["size", "status"],
        "properties": {"size": {"type": "integer"}, "status": {"type": "string", "enum": ["open"]}},
    }
    operation = {
        "operationId": "make_thing",
        "security": [{"oauth": ["things:write"]}],
        "parameters": [
            {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
        ],
        "requestBody": {
            "required": False,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
        },
        "responses": {
            "201": {
                "headers": {"X-Request-Id": {}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}},
            },
            "404": {
                "headers": {},
                "content": {
                    "application/problem+json": {
                        **PROBLEM["application/problem+json"],
                        "examples": {"not_found": {"value": {}}},
                    }
                },
            },
        },
    }
    return {
        "paths": {THING: {"post": operation}},
        "components": {"schemas": {"Thing": schema, "Answer": answer, "Problem": {"type": "object"}}},
    }


def changed(change: Callable[[Document], Any]) -> list[str]:
    later = copy.deepcopy(document())
    change(later)
    return differences(described(document()), described(later))


def post(document: Document) -> Any:
    return document["paths"][THING]["post"]


def schemas(document: Document) -> Any:
    return document["components"]["schemas"]


REQUIRED = {"name": "since", "in": "query", "required": True, "schema": {"type": "string"}}
BREAKING: list[tuple[Callable[[Document], Any], str]] = [
    (lambda d: d["paths"].clear(), "gone"),
    (lambda d: post(d)["security"][0]["oauth"].append("admin"), "needs the scope admin"),
    (lambda d: post(d)["parameters"].append(REQUIRED), "query since is new and required"),
    (lambda d: post(d)["parameters"].pop(1), "query limit is not known any more"),
    (lambda d: post(d)["parameters"][1].update(required=True), "query limit is required"),
    (lambda d: post(d)["parameters"][1]["schema"].update(maximum=50), "query limit has maximum 100, not 50"),
    (
        lambda d: post(d)["parameters"][0]["schema"].update(pattern="^t"),
        "thing_id has pattern of any kind, not ^t",
    ),
    (lambda d: post(d)["requestBody"].update(required=True), "a body is required"),
    (
        lambda d: post(d)["requestBody"].update(content={"text/csv": {"schema": {}}}),
        "request: application/json is not taken any more",
    ),
    (lambda d: schemas(d)["Thing"]["properties"].pop("title"), "request: title is not known"),
    (lambda d: schemas(d)["Thing"]["required"].append("title"), "request: title may be missing"),
    (
        lambda d: schemas(d)["Thing"]["properties"]["size"].update(maximum=5),
        "request: size has maximum 9, not 5",
    ),
    (
        lambda d: schemas(d)["Thing"]["properties"].update(size={"type": "string"}),
        "request: size may be integer, not only string",
    ),
    (lambda d: post(d)["responses"].pop("201"), "201: not answered any more"),
    (lambda d: post(d)["responses"]["201"]["headers"].clear(), "201: header X-Request-Id is gone"),
    (
        lambda d: post(d)["responses"]["201"].update(content={"text/csv": {"schema": {}}}),
        "201: application/json is not answered any more",
    ),
    (lambda d: schemas(d)["Answer"]["required"].remove("size"), "201: size may be missing"),
    (
        lambda d: schemas(d)["Answer"]["properties"]["size"].update(nullable=True),
        "201: size may be null, not only integer",
    ),
    (
        lambda d: schemas(d)["Answer"]["properties"]["status"]["enum"].append("shut"),
        "201: status may be shut",
    ),
    (
        lambda d: post(d)["responses"]["404"]["content"]["application/problem+json"].update(
            examples={"absent": {}}
        ),
        "404: code not_found is gone",
    ),
]
HARMLESS: list[Callable[[Document], Any]] = [
    lambda d: d["paths"].update({"/others": {"get": post(document())}}),
    lambda d: post(d)["parameters"].append({**REQUIRED, "required": False}),
    lambda d: post(d)["parameters"][1].update(description="how many"),
    lambda d: schemas(d)["Thing"]["properties"].update(colour={"type": "string"}),
    lambda d: schemas(d)["Thing"]["properties"]["size"].update(maximum=99),
    lambda d: schemas(d)["Answer"]["properties"].update(colour={"type": "string"}),
    lambda d: schemas(d)["Answer"]["required"].append("colour"),
    lambda d: post(d)["responses"].update({"409": {"content": PROBLEM}}),
    lambda d: post(d).update(operationId="create_thing", summary="Another word for it"),
    lambda d: d["paths"].update({"/things/{id}": d["paths"].pop(THING)}),
]


@pytest.mark.parametrize(("change", "expected"), BREAKING, ids=[expected for _, expected in BREAKING])
def test_a_breaking_change_is_found(change: Callable[[Document], Any], expected: str) -> None:
    assert changed(change) == [f"POST {THING}: {expected}"]


@pytest.mark.parametrize("change", HARMLESS)
def test_a_change_that_breaks_nobody_is_no_finding(change: Callable[[Document], Any]) -> None:
    assert changed(change) == []


def test_a_schema_may_be_called_otherwise() -> None:
    def rename(document: Document) -> None:
        schemas(document)["Object"] = schemas(document).pop("Thing")
        content = post(document)["requestBody"]["content"]["application/json"]
        content["schema"] = {"$ref": "#/components/schemas/Object"}

    assert changed(rename) == []
