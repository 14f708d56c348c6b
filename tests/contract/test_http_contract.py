"""The HTTP contract: the rooms' routes and the OpenAPI documents say the same, and say it whole."""

import json
import re
from collections import defaultdict
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

from bank.http import Operation
from infra.contract import clients, codes, gateway, openapi, problems, rooms, vocabulary

OPERATIONS = rooms.operations()
GATEWAY: dict[str, Any] = yaml.safe_load(gateway.FILE.read_text())
CLIENTS: dict[str, Any] = clients.document()
DOCUMENTS = pytest.mark.parametrize("document", [GATEWAY, CLIENTS], ids=["gateway.yaml", "openapi.json"])
EACH = pytest.mark.parametrize(
    ("room", "operation"), OPERATIONS, ids=[operation.name for _, operation in OPERATIONS]
)


def described(operation: Operation, document: dict[str, Any] = CLIENTS) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][operation.path][operation.method.lower()]
    parameters = [resolved(each, document) for each in found.get("parameters", ())]
    return {**found, "parameters": parameters} if parameters else found


def resolved(value: dict[str, Any], document: dict[str, Any] = CLIENTS) -> dict[str, Any]:
    """What a reference to a component means."""
    if "$ref" not in value:
        return value
    section, name = value["$ref"].split("/")[-2:]
    found: dict[str, Any] = document["components"][section][name]
    return found


def routes(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}


# The same routes everywhere ---------------------------------------------------------------------------


@DOCUMENTS
def test_chalice_declares_and_serves_the_documents_routes_and_no_others(document: dict[str, Any]) -> None:
    declared = {(operation.path, operation.method) for _, operation in OPERATIONS}
    served = {
        (path, method)
        for api in rooms.apis().values()
        for path, methods in api.routes.items()
        for method in methods
    }

    assert routes(document) == declared == served


def test_no_two_rooms_serve_one_path() -> None:
    owners = defaultdict(set)
    for room, operation in OPERATIONS:
        owners[operation.path].add(room)

    assert [path for path, found in owners.items() if len(found) > 1] == []


def test_a_place_in_a_path_has_one_parameter_name() -> None:
    """API Gateway refuses /a/{x} beside /a/{y}/b."""
    names = defaultdict(set)
    for _, operation in OPERATIONS:
        parts = operation.path.split("/")
        for place, part in enumerate(parts):
            if part.startswith("{"):
                names["/".join(parts[:place])].add(part)

    assert {prefix: found for prefix, found in names.items() if len(found) > 1} == {}


# Complete ------------------------------------------------------------------------------------------------


@DOCUMENTS
def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


@EACH
def test_an_operation_is_described_whole(room: str, operation: Operation) -> None:
    found = described(operation)

    assert found["summary"][0].isupper()
    assert found["tags"] == [room]
    assert found["security"] == ([{"oauth": [operation.scope]}] if operation.scope else [])
    assert {"429", "500", "503", "504"} < found["responses"].keys()
    if operation.scope:
        assert {"401", "403"} < found["responses"].keys()
    if "{" in operation.path:
        assert "404" in found["responses"]
    assert {str(problem.status) for problem in operation.problems} < found["responses"].keys()


@EACH
def test_a_request_s_example_is_what_its_model_takes(room: str, operation: Operation) -> None:
    for place, model in (("body", operation.body), ("query", operation.query)):
        if model is not None:
            example = body_example(operation) if place == "body" else query_example(operation)
            model.model_validate_json(json.dumps(example))


def body_example(operation: Operation) -> Any:
    return next(iter(described(operation)["requestBody"]["content"].values()))["example"]


def query_example(operation: Operation) -> dict[str, Any]:
    parameters = described(operation)["parameters"]
    return {each["name"]: each["example"] for each in parameters if each["in"] == "query"}


@EACH
def test_an_answer_s_example_is_what_its_model_gives(room: str, operation: Operation) -> None:
    content = described(operation)["responses"][str(operation.status)].get("content", {})

    assert set(content) == set(operation.media_types)
    if operation.answer is not None and "application/json" in content:
        operation.answer.model_validate_json(json.dumps(content["application/json"]["example"]))


@EACH
def test_an_operation_s_own_example_is_of_fields_of_its_answer(room: str, operation: Operation) -> None:
    """So that it does not outlive the field that it is for."""
    if operation.example:
        assert operation.answer is not None
        assert operation.example.keys() <= operation.answer.model_fields.keys()


def test_a_field_of_one_room_alone_has_its_example_in_that_room() -> None:
    """So that a new room brings its words with it, and none stands in a list for all."""
    fields = [fields_of(clients.part(CLIENTS, room)) for room in rooms.apis()]

    shared = {name for name in vocabulary.BY_NAME if sum(name in names for names in fields) > 1}

    assert shared == vocabulary.BY_NAME.keys()


def fields_of(document: dict[str, Any]) -> set[str]:
    """Names of fields and parameters."""
    schemas = document["components"]["schemas"].values()
    methods = [method for methods in document["paths"].values() for method in methods.values()]
    parameters = [resolved(each) for method in methods for each in method.get("parameters", ())]
    return {each["name"] for each in parameters} | {
        name for schema in schemas for name in schema.get("properties", ())
    }


@EACH
def test_the_idempotency_key_is_asked_for_where_money_moves(room: str, operation: Operation) -> None:
    keys = [each for each in described(operation).get("parameters", ()) if each["name"] == "Idempotency-Key"]

    if operation.idempotent:
        assert [key["required"] for key in keys] == [True]
        assert {"400", "409", "422"} & described(operation)["responses"].keys() >= {"400", "422"}
    elif operation.method != "POST":
        # A change has no key of its own to be asked for, but a signature covers one.
        signed = operation.act is not None and operation.act.signed
        assert [key["required"] for key in keys] == [False] * signed


def test_every_problem_code_is_documented_once_with_its_status() -> None:
    listed = codes.catalogue()

    assert {(kind.status, kind.code) for kind in rooms.problem_classes()} <= {known[:2] for known in listed}
    assert len({code for _, code, _ in listed}) == len(listed)
    for status, code, meaning in listed:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
        assert meaning
        assert f"| `{code}` | {status} | {meaning} |" in CLIENTS["info"]["description"]


@EACH
def test_every_problem_of_an_operation_is_in_the_list(room: str, operation: Operation) -> None:
    listed = {known[:2] for known in codes.catalogue()}

    found = {(kind.status, kind.code) for kinds in problems.of(operation).values() for kind in kinds}

    assert found <= listed


@DOCUMENTS
def test_the_document_is_openapi_3_0_which_the_gateway_imports(document: dict[str, Any]) -> None:
    assert document["openapi"] == openapi.VERSION
    assert document["openapi"].startswith("3.0.")


def test_scopes_are_listed_with_what_they_open() -> None:
    flow = CLIENTS["components"]["securitySchemes"]["oauth"]["flows"]["clientCredentials"]

    assert set(flow["scopes"]) == {operation.scope for _, operation in OPERATIONS if operation.scope}
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*:[a-z]+", scope) for scope in flow["scopes"])
