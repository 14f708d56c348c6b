"""Tokens of other OIDC issuers, whose keys come over HTTP."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from joserfc.jwk import KeySet, RSAKey

from bank import clock
from identity.adapters import issuers
from identity.adapters.issuers import KeysUnavailable
from identity.settings import TrustedIssuer, settings
from tests.support import forging
from tests.unit.identity.requests import Registered, authorized, refuses, token_of


class OtherIssuer:
    """An OIDC issuer on this machine that publishes its keys and counts who asks."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, auto_kid=True)
        self.asked = 0
        self.document: bytes | None = None
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                self.send_response(200)
                self.end_headers()
                self.wfile.write(issuer.published())

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.name = f"http://127.0.0.1:{self.server.server_port}"

    def published(self) -> bytes:
        """The key set as it is served."""
        return self.document or json.dumps(KeySet([self.key]).as_dict(private=False)).encode()

    def token(self, **claims: Any) -> str:
        """A token of this issuer for the bank's API."""
        return forging.signed(self.key, forging.claims(self.name, **{"aud": "perkbank-api", **claims}))


@pytest.fixture
def other(signing_key: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherIssuer]:
    """Another issuer that is trusted beside the bank."""
    issuer = OtherIssuer()
    thread = Thread(target=issuer.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    trusted = TrustedIssuer(issuer.name, f"{issuer.name}/keys", "perkbank-api")
    monkeypatch.setattr(issuers, "settings", replace(settings, trusted_issuers=(trusted,)))
    issuers.trusted.cache_clear()
    yield issuer
    issuers.trusted.cache_clear()
    issuer.server.shutdown()
    thread.join()
    issuer.server.server_close()


def later(seconds: float) -> Callable[[], Any]:
    """A clock that stands `seconds` from now."""
    moment = clock.now() + timedelta(seconds=seconds)
    return lambda: moment


def test_another_issuer_s_tokens_are_taken_beside_the_bank_s_own(
    other: OtherIssuer, shop: Registered
) -> None:
    answer = authorized(other.token())

    expected = {"client_id": f"{other.name}#shop-7", "scope": "payments:read", "bank_wide": "false"}
    assert answer["context"].items() >= expected.items()
    assert authorized(token_of(shop))["principalId"] == shop.client_id


def test_another_issuer_cannot_speak_for_the_bank_or_its_clients(
    other: OtherIssuer, shop: Registered
) -> None:
    _, claims = forging.parts(token_of(shop))

    assert refuses(forging.signed(other.key, claims))
    assert authorized(other.token(sub=shop.client_id))["principalId"] != shop.client_id


def test_another_issuer_s_tokens_for_others_are_refused(other: OtherIssuer) -> None:
    assert refuses(other.token(aud="perkbank"))
    assert authorized(other.token(aud=["somebody", "perkbank-api"]))


def test_its_keys_are_fetched_once_in_five_minutes(other: OtherIssuer) -> None:
    for _ in range(3):
        authorized(other.token())
    assert other.asked == 1

    with clock.source(later(301)):
        authorized(other.token())
    assert other.asked == 2


def test_a_new_key_is_found_at_once_and_unknown_ones_do_not_make_it_ask_again(other: OtherIssuer) -> None:
    authorized(other.token())
    other.key = RSAKey.generate_key(2048, auto_kid=True)

    with clock.source(later(11)):
        assert authorized(other.token())
        assert other.asked == 2
        other.key = RSAKey.generate_key(2048, auto_kid=True)
        for _ in range(5):
            assert refuses(other.token())
        assert other.asked == 2


@pytest.mark.parametrize(
    "document", [b"{}", b"[]", b"no json", b'{"keys": []}', b'{"keys": [{"kty": "RSA"}]}']
)
def test_an_issuer_whose_keys_cannot_be_had_is_no_fault_of_the_caller(
    other: OtherIssuer, document: bytes
) -> None:
    other.document = document

    with pytest.raises(KeysUnavailable):
        authorized(other.token())


def test_keys_come_over_tls_or_from_this_machine() -> None:
    with pytest.raises(ValueError, match="neither https"):
        TrustedIssuer("https://issuer.example", "http://issuer.example/keys", "perkbank")
    with pytest.raises(ValueError, match="neither https"):
        TrustedIssuer("https://issuer.example", "file:///etc/keys", "perkbank")
