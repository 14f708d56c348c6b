"""Each handler and each route has a sample of what it is given, and takes it."""

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from bank.http import Operation, Problem
from bank.observability import logger
from infra.contract import events, rooms
from tests.contract.test_http_contract import CLIENTS, OPERATIONS, described, resolved
from tests.support import cloudformation
from tests.support.cloudformation import Function
from tests.support.http import context
from tests.support.streams import handler

HANDLERS = [function for function in cloudformation.functions() if not function.is_http]
EACH_HANDLER = pytest.mark.parametrize(
    "function", HANDLERS, ids=[function.logical_id for function in HANDLERS]
)
EACH_ROUTE = pytest.mark.parametrize(
    ("room", "operation"), OPERATIONS, ids=[operation.name for _, operation in OPERATIONS]
)
SOURCES = {"DynamoDB": "aws:dynamodb", "SQS": "aws:sqs", "ScheduleV2": "aws.scheduler"}


def path(function: Function) -> Path:
    return events.SAMPLES / function.room / f"{function.handler}.json"


def sample(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def source(event: dict[str, Any]) -> str:
    record = event["Records"][0] if "Records" in event else event
    found: str = record.get("eventSource") or record.get("source") or record["type"]
    return found


@EACH_HANDLER
def test_the_sample_is_of_what_the_template_wires_to_the_handler(function: Function) -> None:
    wired = [SOURCES[event["Type"]] for event in function.events] or ["REQUEST"]

    assert wired == [source(sample(path(function)))]


@EACH_HANDLER
@pytest.mark.usefixtures("furnished")
def test_the_handler_takes_its_sample_and_takes_it_again(function: Function) -> None:
    take = handler(function.dotted)
    if not function.events:
        # What the sample's token opens is nothing: it is not signed.
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            take(sample(path(function)), context())
        return

    for _ in range(2):
        answer = take(sample(path(function)), context(function.logical_id))

        assert not (answer or {}).get("batchItemFailures")


@pytest.fixture
def logged() -> Iterator[list[logging.LogRecord]]:
    """What the handlers log."""
    records: list[logging.LogRecord] = []
    keeping = logging.Handler()
    keeping.emit = records.append  # type: ignore[method-assign]
    logger.addHandler(keeping)
    yield records
    logger.removeHandler(keeping)


@EACH_HANDLER
@pytest.mark.usefixtures("furnished")
def test_the_handler_logs_a_line(function: Function, logged: list[logging.LogRecord]) -> None:
    """Else nobody sees that it ran; and MiniStack waits 55 ms for a line of one that is silent."""
    with suppress(Exception):
        handler(function.dotted)(sample(path(function)), context(function.logical_id))

    assert logged


@EACH_ROUTE
def test_the_sample_request_is_of_its_route(room: str, operation: Operation) -> None:
    request = sample(events.SAMPLES / room / f"http_{operation.name}.json")

    assert request["resource"] == request["requestContext"]["resourcePath"] == operation.path
    assert request["httpMethod"] == request["requestContext"]["httpMethod"] == operation.method
    assert operation.path.format(**(request["pathParameters"] or {})) == request["path"]


@EACH_ROUTE
@pytest.mark.usefixtures("furnished")
def test_the_route_answers_its_sample_request_as_declared(room: str, operation: Operation) -> None:
    request = sample(events.SAMPLES / room / f"http_{operation.name}.json")

    answer = rooms.apis()[room](request, context())

    declared = described(operation)["responses"][str(answer["statusCode"])]
    assert answer["statusCode"] < 500
    assert understood(answer)
    validate_answer(declared, answer)


def understood(answer: dict[str, Any]) -> bool:
    """The request itself was right, whatever the state of the bank made of it."""
    if answer["statusCode"] < 400:
        return True
    refused = json.loads(answer["body"])
    return refused.get("code", refused.get("error")) not in (
        "bad_request",
        "idempotency_key_required",
        "invalid_request",
        "unsupported_media_type",
    )


def validate_answer(declared: dict[str, Any], answer: dict[str, Any]) -> None:
    declared = resolved(declared)
    media_type = answer["headers"]["Content-Type"].split(";")[0]
    schema = {**declared["content"][media_type]["schema"], "components": CLIENTS["components"]}
    body = json.loads(answer["body"]) if "json" in media_type else answer["body"]
    Draft4Validator(json_schema(schema)).validate(body)
    if answer["statusCode"] >= 400 and media_type.startswith("application/problem"):
        assert Problem.model_validate_json(answer["body"]).status == answer["statusCode"]


def json_schema(value: Any) -> Any:
    """OpenAPI's `nullable` as JSON Schema says it."""
    if isinstance(value, dict):
        inner = {name: json_schema(each) for name, each in value.items() if name != "nullable"}
        return {"anyOf": [inner, {"type": "null"}]} if value.get("nullable") is True else inner
    return [json_schema(each) for each in value] if isinstance(value, list) else value


def test_there_are_no_samples_of_what_is_gone() -> None:
    known = {f"{room}/http_{operation.name}.json" for room, operation in OPERATIONS}
    known |= {f"{function.room}/{path(function).name}" for function in HANDLERS}
    known |= {str(each.relative_to(events.SAMPLES)) for each in events.samples()}

    assert {str(each.relative_to(events.SAMPLES)) for each in events.SAMPLES.rglob("*.json")} - known == set()
