"""A key for each kind of caller: good for that kind alone, and replaced without refusing anybody."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from bank.access import signing, tokens
from bank.access.principal import Kind
from bank.config import _token_keys, config
from identity.app import app
from tests.support import forging
from tests.support.http import call
from tests.unit.identity.requests import authorized, refuses

Rotate = Callable[..., None]
OWN = "urn:perkbank:test"


def stating(kind: Kind, **claims: Any) -> str:
    """A token of a kind by its own key, with whatever claims the room that signs with it may make up."""
    header = {"alg": "RS256", "typ": "at+jwt", "kid": signing.kid(kind)}
    text = forging.unsigned(header, forging.claims(OWN, kind=kind.value, **claims))
    return f"{text}.{forging.encoded(signing.sign(text.encode(), kind))}"


def signed(kind: Kind, key: Kind, **header: Any) -> str:
    """A token of one kind by the key of another, whatever key it names; None leaves it out."""
    named = {"alg": "RS256", "typ": "at+jwt", "kid": signing.kid(key), **header}
    stated = {name: value for name, value in named.items() if value is not None}
    text = forging.unsigned(stated, forging.claims(OWN, kind=kind.value))
    return f"{text}.{forging.encoded(signing.sign(text.encode(), key))}"


def published() -> list[str]:
    reply = call(app, "GET", "/.well-known/jwks.json", client_id=None)
    return [key["kid"] for key in reply.json["keys"]]


@pytest.mark.parametrize("kind", Kind)
def test_a_token_is_taken_by_the_key_of_its_kind_alone(signing_key: str, kind: Kind) -> None:
    assert authorized(signed(kind, kind))["context"]["kind"] == kind

    for other in set(Kind) - {kind}:
        assert refuses(signed(kind, other))
        assert refuses(signed(kind, other, kid=signing.kid(kind)))
        assert refuses(signed(kind, kind, kid=signing.kid(other)))
        assert refuses(signed(kind, other, kid=None))


def test_a_token_says_nothing_that_only_another_kind_s_may(signing_key: str) -> None:
    assert authorized(stating(Kind.CHANNEL, bank_wide=True, unit="unit_head"))
    assert authorized(stating(Kind.STAFF, unit="unit_head"))

    assert refuses(stating(Kind.CUSTOMER, bank_wide=True))
    assert refuses(stating(Kind.CUSTOMER, unit="unit_head"))
    assert refuses(stating(Kind.STAFF, bank_wide=True))


def test_without_a_kind_it_is_a_channel_s(signing_key: str) -> None:
    for key in Kind:
        header = {"alg": "RS256", "typ": "at+jwt", "kid": signing.kid(key)}
        text = forging.unsigned(header, forging.claims(OWN))
        token = f"{text}.{forging.encoded(signing.sign(text.encode(), key))}"
        if key is Kind.CHANNEL:
            assert authorized(token)["context"]["kind"] == "channel"
        else:
            assert refuses(token)


@pytest.mark.parametrize("kind", Kind)
def test_a_room_signs_with_the_key_of_its_kind_and_needs_no_other(
    signing_key: str, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its role may use no other (tests/contract/test_keys.py)."""
    signing._public_key.cache_clear()
    real, asked = signing._kms(), []

    class Kms:
        def __getattr__(self, name: str) -> Any:
            def ask(**options: Any) -> Any:
                asked.append((name, options["KeyId"]))
                return getattr(real, name)(**options)

            return ask

    monkeypatch.setattr(signing, "_kms", Kms)

    token = tokens.issue(client_id="cli_1", scopes=["payments:read"], kind=kind)

    key = f"alias/perkbank-test-{kind}-tokens"
    assert asked == [("get_public_key", key), ("sign", key)]
    assert authorized(token)["principalId"]


@pytest.fixture
def rotate(signing_key: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rotate]:
    """Deploy with these keys of staff, the first of which signs: functions start anew."""

    def deployed(*keys: str) -> None:
        token_keys = {**config.token_keys, Kind.STAFF: list(keys)}
        monkeypatch.setattr(signing, "config", replace(config, token_keys=token_keys))
        signing.public_keys.cache_clear()

    yield deployed
    signing.public_keys.cache_clear()


def test_a_key_is_replaced_in_three_deployments_and_nobody_is_refused(rotate: Rotate) -> None:
    """As docs/operations.md says; between two deployments functions of both are at work."""
    kms = boto3.client("kms", region_name=config.region)
    old = config.token_keys[Kind.STAFF][0]
    new = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    steps: list[tuple[str, ...]] = [(old,), (old, new), (new, old), (new,)]
    made = {}
    for keys in steps:
        rotate(*keys)
        made[keys] = tokens.issue(client_id="cli_1", scopes=["staff:read"], kind=Kind.STAFF)
        assert signing.kid(Kind.STAFF) in published()
        assert len(published()) == len(Kind) - 1 + len(keys)

    for before, after in itertools.pairwise(steps):
        for at_work, issued in itertools.product((before, after), repeat=2):
            rotate(*at_work)
            # The last deployment waits until tokens of the old key have ended.
            if issued[0] in at_work:
                assert authorized(made[issued])["context"]["kind"] == "staff"
    rotate(new)
    assert refuses(made[old,])
    assert refuses(made[old, new])
    assert authorized(made[new, old])


def test_a_new_key_of_one_kind_is_no_key_of_another(rotate: Rotate) -> None:
    kms = boto3.client("kms", region_name=config.region)
    new = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    rotate(new, *config.token_keys[Kind.STAFF])

    assert authorized(signed(Kind.STAFF, Kind.STAFF))
    assert refuses(signed(Kind.CUSTOMER, Kind.STAFF))
    assert refuses(signed(Kind.CHANNEL, Kind.STAFF))


def test_no_key_is_configured_for_two_kinds() -> None:
    assert _token_keys('{"channel": "a,b", "staff": "c"}') == {"channel": ["a", "b"], "staff": ["c"]}
    with pytest.raises(ValueError, match="one kind"):
        _token_keys('{"channel": "a,b", "staff": "c,a"}')
