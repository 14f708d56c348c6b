"""What clients read, whole and by tag, and what reviewers read of it in the repository."""

import functools
import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

from about import app as about
from infra.contract import codes, problems, review, rooms
from tests.contract.test_http_contract import CLIENTS, OPERATIONS, described, routes
from tests.support import cloudformation

TAGS = [tag["name"] for tag in CLIENTS["tags"]]
EACH_TAG = pytest.mark.parametrize("tag", TAGS)
# Lambda's answer has 6 MB at most, as JSON text within JSON.
ANSWER_BYTES = 6_000_000
PLANNED_OPERATIONS = 500
# On average, with its schemas.
REVIEWED_LINES_OF_AN_OPERATION = 40


def part(documents: Path, tag: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((documents / "openapi" / f"{tag}.json").read_text())
    return loaded


def references(value: Any) -> set[str]:
    return set(re.findall(r'"#/components/(\w+/\w+)"', json.dumps(value)))


def components(document: dict[str, Any], *, without: str = "") -> set[str]:
    return {
        f"{section}/{name}"
        for section, every in document["components"].items()
        for name in every
        if section != without
    }


@functools.cache
def reviewed(tag: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((rooms.FUNCTIONS / tag / review.FILE_NAME).read_text())
    return loaded


# What clients read -----------------------------------------------------------------------------------


def test_the_whole_document_is_written(documents: Path) -> None:
    assert json.loads((documents / "openapi.json").read_text()) == CLIENTS


def test_a_build_puts_the_documents_into_the_room_that_serves_them(documents: Path, tmp_path: Path) -> None:
    makefile = rooms.FUNCTIONS / "about" / "Makefile"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    subprocess.run(
        ["make", "--silent", f"--makefile={makefile}", "build-AboutApi"],
        cwd=makefile.parent,
        # As under `make deploy ROOM=payments`, whose variables a make beneath it gets.
        env={**os.environ, "PATH": path, "ARTIFACTS_DIR": str(tmp_path), "MAKEFLAGS": " -- ROOM=payments"},
        check=True,
    )

    served = tmp_path / about.DOCUMENTS.relative_to(rooms.FUNCTIONS)
    built = {file.relative_to(served): file.read_text() for file in served.rglob("*.json")}
    assert built == {file.relative_to(documents): file.read_text() for file in documents.rglob("*.json")}
    assert not [file.name for file in tmp_path.rglob("*") if file.name in ("Makefile", review.FILE_NAME)]


def test_the_parts_are_the_whole(documents: Path) -> None:
    parts = [part(documents, tag) for tag in TAGS]

    assert set.union(*map(routes, parts)) == routes(CLIENTS)
    assert sum(len(routes(each)) for each in parts) == len(routes(CLIENTS))


@EACH_TAG
def test_a_part_is_a_valid_document_with_just_what_it_refers_to(documents: Path, tag: str) -> None:
    found = part(documents, tag)

    validate(found)
    assert [each["name"] for each in found["tags"]] == [tag]
    assert references(found) == components(found, without="securitySchemes")


@EACH_TAG
def test_a_part_names_the_scopes_that_its_operations_need(documents: Path, tag: str) -> None:
    found = part(documents, tag)

    scopes = found["components"]["securitySchemes"]["oauth"]["flows"]["clientCredentials"]["scopes"]

    assert set(scopes) == {operation.scope for room, operation in OPERATIONS if room == tag} - {None}


def test_the_whole_document_is_served_with_500_operations(documents: Path) -> None:
    answer = json.dumps({"body": (documents / "openapi.json").read_text()}).encode()
    planned = len(answer) * PLANNED_OPERATIONS // len(OPERATIONS)
    print(
        f"openapi.json: {len(answer):,} bytes ({len(gzip.compress(answer)):,} compressed) for "
        f"{len(OPERATIONS)} operations, {planned:,} for {PLANNED_OPERATIONS}, of {ANSWER_BYTES:,}"
    )

    assert planned < ANSWER_BYTES


def test_the_gateway_compresses_the_documents(documents: Path) -> None:
    (api,) = cloudformation.resources("AWS::Serverless::Api").values()

    smallest = min(path.stat().st_size for path in documents.rglob("*.json"))

    assert 0 < api["MinimumCompressionSize"] < smallest


# What reviewers read ---------------------------------------------------------------------------------


@EACH_TAG
def test_the_form_for_reviews_is_valid_and_has_the_room_s_routes(tag: str) -> None:
    found = reviewed(tag)

    validate(found)
    assert routes(found) == {
        (operation.path, operation.method) for room, operation in OPERATIONS if room == tag
    }
    assert references(found) == components(found)


@EACH_TAG
def test_the_form_for_reviews_has_every_field_and_no_example(tag: str) -> None:
    schemas = reviewed(tag)["components"]["schemas"]

    for name, schema in schemas.items():
        assert (
            schema.get("properties", {}).keys()
            == CLIENTS["components"]["schemas"][name].get("properties", {}).keys()
        )
    assert not [key for key in keys(schemas) if key == "example"]


def keys(value: Any) -> list[str]:
    """Names of whatever is no property."""
    if isinstance(value, list):
        return [key for each in value for key in keys(each)]
    if not isinstance(value, dict):
        return []
    inner = [each for name, each in value.items() if name != "properties"]
    inner += value.get("properties", {}).values() if isinstance(value.get("properties"), dict) else []
    return [*value, *(key for each in inner for key in keys(each))]


@EACH_TAG
def test_the_form_for_reviews_names_the_problems_that_an_operation_declares(tag: str) -> None:
    for operation in rooms.apis()[tag].operations:
        found = described(operation, reviewed(tag)).get("x-problems", {})

        named = {(int(status), code) for status, listed in found.items() for code in listed}
        assert named == {(kind.status, kind.code) for kind in problems.declared(operation)}


def test_a_person_can_read_the_contract() -> None:
    files = [*rooms.FUNCTIONS.glob(f"*/{review.FILE_NAME}"), review.PROBLEMS]

    text = "\n".join(path.read_text() for path in files)

    assert text.count("\n") < REVIEWED_LINES_OF_AN_OPERATION * text.count("operationId:")


def test_the_list_of_problems_is_in_the_docs() -> None:
    assert codes.table() in review.PROBLEMS.read_text()
