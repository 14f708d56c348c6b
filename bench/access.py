"""Cost of authentication: the authorizer, and the signature of a signed request."""

import functools
import statistics
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from bank import clock
from bank.access import signatures, tokens
from bank.access.clients import ClientKeyRow
from bank.access.principal import Principal
from bank.config import config
from bench import cloud, scenes
from bench.report import Row, Section
from identity.app import authorize
from infra.signer import Signer
from tests.support.http import context

CLIENT = "cli_test"
HOST = "bench.perkbank.test"
TIMES = 60


def who_calls() -> Section:
    """Milliseconds of CPU, warm: the least, the median and the most of so many."""
    rows = [_row("authorizer, a token of RS256", _authorizer())]
    rows += [
        _row(f"signature, {algorithm}, its nonce put", _verification(algorithm))
        for algorithm in signatures.ALGORITHMS
    ]
    return Section("CPU of knowing who calls", ("least, ms", "median, ms", "most, ms"), rows)


def _row(name: str, act: Callable[[], object]) -> Row:
    act()
    spent = []
    for _ in range(TIMES):
        started = time.process_time()
        act()
        spent.append((time.process_time() - started) * 1000)
    return Row(name, (min(spent), statistics.median(spent), max(spent)), None)


def _authorizer() -> Callable[[], object]:
    cloud.new_key(config.token_keys["channel"][0], cloud.SIGNS)
    token = tokens.issue(client_id=CLIENT, scopes=["payments:write"])
    event = {
        "methodArn": "arn:aws:execute-api:us-east-1:000000000000:api/bench/POST/payments",
        "headers": {"Authorization": f"Bearer {token}"},
    }
    return lambda: authorize(event, context())


def _verification(algorithm: str) -> Callable[[], object]:
    requests = iter([signed(scenes.payment("wal_bench"), algorithm) for _ in range(TIMES + 1)])
    principal = Principal(CLIENT, frozenset(), signed=True)

    def act() -> None:
        event = next(requests)
        signatures.verify(event, event["body"].encode(), principal)

    return act


def signed(request: scenes.Request, algorithm: str = "ed25519") -> dict[str, Any]:
    """The request's event, signed by a client that has to."""
    event = request.event
    path, body = f"/bench{request.path}", event["body"] or ""
    headers = {**event["headers"], "authorization": "Bearer bench"}
    signer = Signer(f"https://{HOST}", f"key_{algorithm}", _key(algorithm), algorithm)
    given = {**signer.headers(request.method, path, body.encode(), headers), "host": HOST}
    event["headers"] = given
    event["multiValueHeaders"] = {name: [value] for name, value in given.items()}
    event["requestContext"]["path"] = path
    event["requestContext"]["authorizer"]["signed"] = "true"
    return event


@functools.cache
def _key(algorithm: str) -> bytes:
    """A private key, its public half registered."""
    key: Any = Ed25519PrivateKey.generate() if algorithm == "ed25519" else generate_private_key(65537, 2048)
    pem = serialization.Encoding.PEM
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    ClientKeyRow(
        client_id=CLIENT,
        key_id=f"key_{algorithm}",
        algorithm=algorithm,
        public_key=public,
        created_at=clock.instant(),
    ).save()
    private: bytes = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private
