"""Who gets in: API Gateway's authorizer, and what the gateway itself answers."""

import base64
import json
import time
import uuid

import pytest

from infra import environment
from infra.channel import Answer, Channel
from tests.e2e.deployed import Deployed, ok, problem

pytestmark = pytest.mark.rooms("identity", "about")

ACCOUNT = {"owner_id": "own_0001", "kind": "wallet", "currency": "USD"}


def _with(deployed: Deployed, token: str | None, method: str = "GET", path: str = "/merchants") -> Answer:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return deployed.channel.once(method, path, headers=headers)


def _changed(token: str, **claims: object) -> str:
    """The token with other claims, under the signature that it had."""
    header, payload, signature = token.split(".")
    padded = payload + "=" * (-len(payload) % 4)
    content = {**json.loads(base64.urlsafe_b64decode(padded)), **claims}
    forged = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    return f"{header}.{forged}.{signature}"


def test_without_a_token_it_is_a_401(deployed: Deployed) -> None:
    """As problem+json, from the gateway itself."""
    answer = _with(deployed, None)
    problem(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("garbage", ["garbage", "a.b.c", "", "e30.e30.e30"])
def test_with_garbage_for_a_token_it_is_a_401(deployed: Deployed, garbage: str) -> None:
    """Whatever cannot be a token."""
    problem(_with(deployed, garbage), 401, "unauthorized")


def test_a_tampered_token_is_a_401(deployed: Deployed) -> None:
    """Other claims, or another signature, than the bank signed."""
    token = deployed.token()
    longer = _changed(token, exp=int(time.time()) + 86_400, client_id=f"cli_{uuid.uuid4().hex}")
    head, _, signature = token.rpartition(".")
    flipped = f"{head}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    unsigned = "eyJhbGciOiJub25lIn0." + token.split(".")[1] + "."
    for forged in (longer, flipped, unsigned):
        problem(_with(deployed, forged), 401, "unauthorized")


def test_a_token_without_the_scope_is_a_403(deployed: Deployed) -> None:
    """Reading is not writing, and a scope asked for narrowly is all that the token has."""
    client_id, secret = _register(deployed, ("accounts:read", "accounts:write"))
    full = Channel(api_url=deployed.api_url, client_id=client_id, client_secret=secret)
    narrow = _token(deployed, client_id, secret, "accounts:read")

    assert full.post("/accounts", ACCOUNT).status == 201
    assert _with(deployed, narrow, "GET", "/accounts?owner_id=own_0001").status == 200
    headers = {"Authorization": f"Bearer {narrow}"}
    problem(deployed.channel.once("POST", "/accounts", ACCOUNT, headers), 403, "insufficient_scope")
    problem(full.get("/merchants"), 403, "insufficient_scope")


def test_a_wrong_secret_gets_no_token(deployed: Deployed) -> None:
    """RFC 6749's answer."""
    answer = _grant(deployed, client_id=deployed.env.client_id, client_secret="wrong")
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_health_and_the_documents_are_public(deployed: Deployed) -> None:
    """What anyone may read without a token."""
    assert ok(_with(deployed, None, path="/health")) == {"status": "ok"}
    assert {"/payments", "/accounts"} <= ok(_with(deployed, None, path="/openapi.json"))["paths"].keys()
    part = ok(_with(deployed, None, path="/openapi/payments"))["paths"]
    assert "/payments" in part
    assert "/accounts" not in part
    assert ok(_with(deployed, None, path="/.well-known/jwks.json"))["keys"][0]["kty"] == "RSA"


def test_a_document_that_a_client_has_is_not_sent_again(deployed: Deployed) -> None:
    """By its tag, which the first answer named."""
    first = deployed.channel.once("GET", "/openapi.json")
    again = deployed.channel.once("GET", "/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nothing"), ("GET", "/payments/a/b/c"), ("PUT", "/payments")]
)
def test_an_unknown_route_is_a_404(deployed: Deployed, method: str, path: str) -> None:
    """As problem+json too, with or without a token."""
    problem(_with(deployed, None, method, path), 404, "not_found")
    problem(_with(deployed, deployed.token(), method, path), 404, "not_found")


def test_a_payment_without_a_key_is_refused(deployed: Deployed) -> None:
    """Whatever moves money needs an Idempotency-Key."""
    headers = {"Authorization": f"Bearer {deployed.token()}"}
    body = {"from_account_id": "a", "to_account_id": "b", "amount": 1, "currency": "USD"}
    problem(deployed.channel.once("POST", "/transfers", body, headers), 400, "idempotency_key_required")


def _register(deployed: Deployed, scopes: tuple[str, ...]) -> tuple[str, str]:
    return environment.register(name="A narrow client", scopes=scopes, endpoint_url=deployed.env.endpoint_url)


def _token(deployed: Deployed, client_id: str, secret: str, scope: str) -> str:
    answer = _grant(deployed, client_id=client_id, client_secret=secret, scope=scope)
    token: str = ok(answer)["access_token"]
    return token


def _grant(deployed: Deployed, **form: str) -> Answer:
    fields = "&".join(f"{name}={value}" for name, value in form.items())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    content = f"grant_type=client_credentials&{fields}".encode()
    return deployed.channel.once("POST", "/oauth/token", content, headers)
