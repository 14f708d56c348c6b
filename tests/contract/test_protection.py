"""What every answer carries, whoever gives it, and what no answer or log line may carry."""

import importlib
import json
import logging
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

import bank as kernel
from bank.http import Operation, protection
from infra.contract import events, gateway, rooms
from tests.support import cloudformation
from tests.support.http import context

OPERATIONS = rooms.operations()
EACH = pytest.mark.parametrize(
    ("room", "operation"), OPERATIONS, ids=[operation.name for _, operation in OPERATIONS]
)
GATEWAY: dict[str, Any] = yaml.safe_load(gateway.FILE.read_text())
ALWAYS = protection.ALWAYS
# Nobody's, and nothing that any schema takes.
SECRET = "SECRET-6222021234567890128"
MARKER = f"\u0001{SECRET}"


def sample(room: str, operation: Operation) -> dict[str, Any]:
    """The operation's sample of a request, as API Gateway sends it, without a caller."""
    event: dict[str, Any] = json.loads((events.SAMPLES / room / f"http_{operation.name}.json").read_text())
    event["requestContext"].pop("authorizer", None)
    return event


def principal(operation: Operation) -> dict[str, Any]:
    """A caller whom the operation is for, with its scope and no session to look up."""
    claims = {"client_id": "cli_app", "subject": "cli_app", "kind": operation.callers[0].value}
    return {"authorizer": {**claims, "scope": operation.scope or ""}, "requestId": "request"}


@EACH
def test_an_answer_is_protected_and_no_page_elsewhere_may_read_it(room: str, operation: Operation) -> None:
    """A refusal here, of who is not known or of a body that is no text; it is kept nowhere."""
    answer = rooms.apis()[room]({**sample(room, operation), "body": "\ud800"}, context())
    headers = {**answer["headers"], **answer.get("multiValueHeaders", {})}

    assert answer["statusCode"] >= 400
    assert headers.items() >= {**ALWAYS, "Cache-Control": "no-store"}.items()
    assert not [name for name in headers if name.lower().startswith("access-control-")]


def test_what_chalice_itself_answers_is_protected_too() -> None:
    """A path that is not there, and a method."""
    for room, api in rooms.apis().items():
        _, operation = next(each for each in OPERATIONS if each[0] == room)
        event = sample(room, operation)
        event["requestContext"]["resourcePath"] = "/nothing/of/the/kind"
        answer = api(event, context())

        assert answer["statusCode"] >= 400
        assert answer["headers"].items() >= {**ALWAYS, "Cache-Control": "no-store"}.items()


@pytest.mark.parametrize("kind", sorted(GATEWAY["x-amazon-apigateway-gateway-responses"]))
def test_what_the_gateway_itself_answers_is_protected_too(kind: str) -> None:
    """Where no function is asked."""
    said = GATEWAY["x-amazon-apigateway-gateway-responses"][kind]["responseParameters"]

    for name, value in {**ALWAYS, "Cache-Control": "no-store"}.items():
        assert said[f"gatewayresponse.header.{name}"] == f"'{value}'"
    assert not [name for name in said if "access-control" in name.lower()]


def test_no_route_is_for_other_origins() -> None:
    """CORS is off everywhere: no preflight is answered, in Chalice, the gateway or the template."""
    for api in rooms.apis().values():
        for methods in api.routes.values():
            assert not any(entry.cors for entry in methods.values())
    assert not [path for path, methods in GATEWAY["paths"].items() if "options" in methods]
    for found in cloudformation.resources("AWS::Serverless::Api").values():
        assert "Cors" not in found


# What was sent stays out of logs and problems -----------------------------------------------------------


def marked(value: Any) -> Any:
    """The same, with the marker in place of every text and number."""
    if isinstance(value, dict):
        return {name: marked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [marked(inner) for inner in value]
    return value if isinstance(value, bool) or value is None else MARKER


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What the platform's logger says, every field of it."""
    said: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(repr(record.__dict__))

    handler, logger = Keeping(), logging.getLogger("perkbank")
    logger.addHandler(handler)
    yield said
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("room", "operation"),
    [each for each in OPERATIONS if each[1].body],
    ids=[each[1].name for each in OPERATIONS if each[1].body],
)
def test_a_refused_body_is_neither_told_nor_logged(
    room: str, operation: Operation, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which field is wrong, and how; not what stood in it: it may be a card's number or a password."""
    monkeypatch.setattr("bank.access.sessions.check", lambda principal: None)
    event = sample(room, operation)
    event["requestContext"] |= principal(operation)
    body = "grant_type=%01" + SECRET if operation.form else json.dumps(marked(json.loads(event["body"])))
    event |= {"body": body, "isBase64Encoded": False}

    answer = rooms.apis()[room](event, context())

    assert answer["statusCode"] >= 400
    for said in (answer["body"], *logged):
        assert SECRET not in said


def models() -> Iterator[type[BaseModel]]:
    """Every pydantic model of rooms and kernel."""
    for package in (kernel, *(importlib.import_module(room) for room in rooms.names())):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not info.name.endswith((".cli", ".__main__")):
                for found in vars(importlib.import_module(info.name)).values():
                    if isinstance(found, type) and issubclass(found, BaseModel):
                        yield found


def test_no_model_shows_in_an_error_what_it_was_given() -> None:
    """An unhandled error is logged with its text, and pydantic's holds the input unless it is told not to."""
    showing = {
        f"{found.__module__}.{found.__name__}"
        for found in models()
        if found.__module__.split(".")[0] in ("bank", *rooms.names())
        and not found.model_config.get("hide_input_in_errors")
    }

    assert showing == set()
