"""How a client asks for a token, and how API Gateway asks the authorizer."""

import base64
import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from identity.app import app, authorize
from tests.support.http import Reply, call, context

SAMPLES = Path(__file__).parents[3] / "events" / "samples" / "identity"
FORM = {"content-type": "application/x-www-form-urlencoded"}
STAGE_ARN = "arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/dev"


class Registered(NamedTuple):
    """What a channel keeps."""

    client_id: str
    secret: str


def basic(client_id: str, secret: str) -> dict[str, str]:
    """The header of HTTP Basic, exactly as given: what needs encoding is encoded by the test."""
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def ask(fields: dict[str, str] | str, headers: dict[str, str] | None = None) -> Reply:
    """POST a form to the token endpoint, without a token."""
    body = fields if isinstance(fields, str) else urlencode(fields)
    return call(app, "POST", "/oauth/token", body, client_id=None, headers=FORM | (headers or {}))


def form(client: Registered, **more: str) -> dict[str, str]:
    """The fields of a good request."""
    return {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": client.secret,
        **more,
    }


def token_of(client: Registered, **more: str) -> str:
    """A token, from the endpoint."""
    return str(ask(form(client, **more)).json["access_token"])


def sample(name: str) -> dict[str, Any]:
    """A payload as API Gateway sends it."""
    event: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return event


def authorized(token: str) -> dict[str, Any]:
    """The authorizer's answer to a request that carries `token`."""
    event = sample("authorize")
    event["headers"]["Authorization"] = f"Bearer {token}"
    return authorize(event, context())


def refuses(token: str) -> bool:
    """Whether the authorizer raises exactly what API Gateway turns into a 401."""
    with pytest.raises(Exception, match=r"^Unauthorized$") as raised:
        authorized(token)
    return type(raised.value) is Exception
