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
from bank.access.scopes import SCOPES
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
        self.limit: Callable[..., None]
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


def _trust(issuer: OtherIssuer, monkeypatch: pytest.MonkeyPatch, ceiling: dict[str, Any]) -> None:
    """Take its tokens below this ceiling from now on."""
    stated = {"issuer": issuer.name, "jwks_uri": f"{issuer.name}/keys", "audience": "perkbank-api"}
    trusted = TrustedIssuer(**json.loads(json.dumps({**stated, **ceiling})))
    monkeypatch.setattr(issuers, "settings", replace(settings, trusted_issuers=(trusted,)))
    issuers.trusted.cache_clear()


@pytest.fixture
def other(signing_key: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherIssuer]:
    """Another issuer that is trusted beside the bank."""
    issuer = OtherIssuer()
    thread = Thread(target=issuer.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    issuer.limit = lambda **ceiling: _trust(issuer, monkeypatch, ceiling)
    issuer.limit(scopes=["payments:read", "payments:write"], subjects=["shop-*"], lifetime_seconds=600)
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
    other.limit(subjects=["*"], lifetime_seconds=600)

    assert refuses(forging.signed(other.key, claims))
    assert authorized(other.token(sub=shop.client_id))["principalId"] != shop.client_id


def test_an_issuer_that_is_trusted_without_a_ceiling_may_nothing(other: OtherIssuer) -> None:
    other.limit()
    assert refuses(other.token())

    other.limit(subjects=["*"], lifetime_seconds=600)
    assert authorized(other.token())["context"]["scope"] == ""


def test_scopes_above_the_ceiling_are_not_given_whatever_the_issuer_says(other: OtherIssuer) -> None:
    everything = " ".join(SCOPES)

    answer = authorized(other.token(scope=everything))

    assert answer["context"]["scope"] == "payments:read payments:write"
    (statement,) = answer["policyDocument"]["Statement"]
    assert not any("staff" in opened or "accounts" in opened for opened in statement["Resource"])


def test_its_callers_are_channels_that_see_their_own_whatever_it_claims_of_them(other: OtherIssuer) -> None:
    claimed = {"kind": "staff", "unit": "head_office", "bank_wide": True, "sid": "ses_1", "signed": False}

    answer = authorized(other.token(**claimed))

    expected = {"kind": "channel", "unit": "", "bank_wide": "false", "session": "", "signed": "true"}
    assert answer["context"].items() >= expected.items()


def test_private_claims_of_another_issuer_may_be_of_any_type(other: OtherIssuer) -> None:
    assert authorized(other.token(kind=["a"], unit=7, client_id={}))


def test_its_callers_sign_what_moves_money_unless_the_operator_says_otherwise(other: OtherIssuer) -> None:
    assert authorized(other.token())["context"]["signed"] == "true"

    other.limit(subjects=["*"], lifetime_seconds=600, signed=False)
    assert authorized(other.token())["context"]["signed"] == "false"


@pytest.mark.parametrize("subject", ["admin", "SHOP-7", "my-shop-7", "shop", "shop-7\n"])
def test_an_issuer_speaks_for_no_other_subjects_than_its_own(other: OtherIssuer, subject: str) -> None:
    assert authorized(other.token(sub="shop-8"))
    assert refuses(other.token(sub=subject))


def test_its_tokens_live_no_longer_than_the_ceiling(other: OtherIssuer) -> None:
    now = int(clock.now().timestamp())

    assert authorized(other.token(iat=now, exp=now + 600))
    assert refuses(other.token(iat=now, exp=now + 601))
    assert refuses(other.token(iat=now, exp=now + 10 * 365 * 86_400))
    assert refuses(other.token(iat=None))


def test_an_id_token_of_the_same_issuer_for_the_same_audience_is_refused(other: OtherIssuer) -> None:
    claims = forging.claims(other.name, aud="perkbank-api")

    assert refuses(forging.signed(other.key, claims, typ="JWT"))
    assert authorized(forging.signed(other.key, claims, typ="application/at+jwt"))


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


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"scopes": ["payments:raed"]}, "no such scope: payments:raed"),
        ({"scopes": "payments:read"}, "is a list"),
        ({"subjects": "*"}, "is a list"),
        ({"lifetime_seconds": 86_401}, "at most 86400"),
        ({"lifetime_seconds": -1}, "at most 86400"),
        ({"issuer": "https://issuer.example#a"}, "has no #"),
    ],
)
def test_a_ceiling_that_cannot_be_stops_the_start(wrong: dict[str, Any], why: str) -> None:
    stated = {"issuer": "https://issuer.example", "jwks_uri": "https://issuer.example/k", "audience": "a"}

    with pytest.raises(ValueError, match=why):
        TrustedIssuer(**{**stated, **wrong})
