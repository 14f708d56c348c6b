"""The authorizer: which tokens it takes, and from whom."""

import json
from datetime import timedelta
from typing import Any
from unittest.mock import ANY

import boto3
import pytest
from joserfc.jwk import RSAKey

from bank import clock
from bank.access import signing
from bank.access.principal import Kind
from bank.config import config
from identity.app import authorize
from tests.support import forging
from tests.support.http import context
from tests.unit.identity.requests import STAGE_ARN, Registered, authorized, refuses, sample, token_of

OWN = "urn:perkbank:test"


def by_kms(claims: dict[str, Any], **header: Any) -> str:
    """A token with these claims, signed by the bank's own key for the kind of caller that they state."""
    kind = Kind(claims.get("kind", Kind.CHANNEL))
    signed = forging.unsigned({"alg": "RS256", "typ": "at+jwt", "kid": signing.kid(kind), **header}, claims)
    return f"{signed}.{forging.encoded(signing.sign(signed.encode(), kind))}"


def test_a_good_token_opens_what_its_scopes_say(shop: Registered) -> None:
    answer = authorized(token_of(shop, scope="payments:read"))

    assert answer["principalId"] == shop.client_id
    assert answer["context"].items() >= {"client_id": shop.client_id, "scope": "payments:read"}.items()
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement == {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": ANY}
    assert "arn:aws:execute-api:*:*:a1b2c3d4e5/dev/GET/payments*" in statement["Resource"]


def test_the_device_is_handed_on_and_of_an_old_token_not_known(signing_key: str) -> None:
    customers = forging.claims(OWN, kind="customer", sid="ses_1")

    assert authorized(by_kms(customers | {"device": "dev_1"}))["context"]["device"] == "dev_1"
    assert authorized(by_kms(customers))["context"]["device"] == ""
    assert refuses(by_kms(customers | {"device": ["dev_1"]}))


def test_the_answer_is_the_same_for_every_route_of_the_stage(shop: Registered) -> None:
    event = sample("authorize")
    event["headers"]["Authorization"] = f"Bearer {token_of(shop)}"
    elsewhere = event | {"methodArn": f"{STAGE_ARN}/DELETE/a/b/c"}

    assert authorize(event, context()) == authorize(elsewhere, context())


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_header_names_and_the_scheme_come_in_any_case(shop: Registered, name: str, scheme: str) -> None:
    event = sample("authorize") | {"headers": {name: f"{scheme} {token_of(shop)}"}}

    assert authorize(event, context())["principalId"] == shop.client_id


def test_a_token_authorizer_s_event_does_too(shop: Registered) -> None:
    token = f"Bearer {token_of(shop)}"
    event = {"type": "TOKEN", "authorizationToken": token, "methodArn": f"{STAGE_ARN}/GET/payments"}

    assert authorize(event, context())["principalId"] == shop.client_id


@pytest.mark.parametrize("headers", [None, {}, {"Authorization": ""}, {"Authorization": "Basic YTpi"}])
def test_who_brings_no_token_is_not_let_in(signing_key: str, headers: dict[str, str] | None) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(sample("authorize") | {"headers": headers}, context())


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "..",
        "a.b.c",
        "é.é.é",
        "e30.e30.e30",
        forging.unsigned({"alg": "RS256"}, {"iss": ["urn:perkbank:test"]}) + ".e30",
        forging.encoded(b'{"alg":"RS256"}') + "." + forging.encoded(b"[" * 100_000) + ".e30",
        forging.encoded(b'{"alg":"RS256"}') + "." + forging.encoded(b'["iss"]') + ".e30",
        forging.encoded(b"[" * 300) + ".e30.e30",
        forging.encoded(b"\xff\xfe") + ".e30.e30",
    ],
)
def test_what_is_no_token_is_refused_as_one_that_is_wrong(signing_key: str, token: str) -> None:
    assert refuses(token)


def test_a_tampered_token_is_refused(shop: Registered) -> None:
    header, claims, signature = token_of(shop).split(".")
    more = forging.encoded(json.dumps(forging.decoded(claims) | {"scope": "accounts:write"}).encode())
    other = signature[:10] + ("A" if signature[10] != "A" else "B") + signature[11:]

    assert refuses(f"{header}.{more}.{signature}")
    assert refuses(f"{header}.{claims}.{other}")
    assert refuses(f"{header}.{claims}.")


def test_a_token_without_an_algorithm_is_refused(shop: Registered) -> None:
    header, claims = forging.parts(token_of(shop))

    for none in ("none", "None", "NONE"):
        assert refuses(forging.unsigned(header | {"alg": none}, claims) + ".")


def test_the_public_key_is_no_secret_to_sign_with(shop: Registered, signing_key: str) -> None:
    header, claims = forging.parts(token_of(shop))
    der = boto3.client("kms", region_name=config.region).get_public_key(KeyId=signing_key)["PublicKey"]
    pem = RSAKey.import_key(der).as_bytes("PEM")

    for secret in (pem, pem.strip(), der):
        assert refuses(forging.with_hmac(header, claims, secret))


def test_a_key_that_the_token_brings_itself_is_not_believed(shop: Registered) -> None:
    thief = RSAKey.generate_key(2048, auto_kid=True)
    _, claims = forging.parts(token_of(shop))
    own_kid = forging.signed(thief, claims)
    header = {
        "alg": "RS256",
        "typ": "at+jwt",
        "kid": signing.kid(Kind.CHANNEL),
        "jwk": thief.as_dict(private=False),
    }
    signed = forging.jwt.encode(header, claims, thief, algorithms=["RS256"])

    assert refuses(own_kid)
    assert refuses(signed)


def test_a_token_ends_when_it_says_give_or_take_half_a_minute(shop: Registered) -> None:
    token, now = token_of(shop), clock.now()

    with clock.source(lambda: now + timedelta(minutes=15, seconds=20)):
        assert authorized(token)
    with clock.source(lambda: now + timedelta(minutes=15, seconds=40)):
        assert refuses(token)
    with clock.source(lambda: now - timedelta(seconds=20)):
        assert authorized(token)
    with clock.source(lambda: now - timedelta(seconds=40)):
        assert refuses(token)


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"iss": "urn:perkbank:other"},
        {"iss": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": float("nan")},
        {"sub": None},
        {"sub": 7},
        {"scope": ["payments:read"]},
    ],
)
def test_claims_that_are_wrong_are_refused_whoever_signed_them(
    signing_key: str, wrong: dict[str, Any]
) -> None:
    assert authorized(by_kms(forging.claims(OWN)))["principalId"] == "shop-7"

    assert refuses(by_kms(forging.claims(OWN, **wrong)))


@pytest.mark.parametrize("typ", ["JWT", "at+jwt;x", "id_token", "logout+jwt", "", None, 5, ["at+jwt"]])
def test_another_kind_of_token_is_no_access_token_whoever_signed_it(signing_key: str, typ: Any) -> None:
    assert refuses(by_kms(forging.claims(OWN), typ=typ))


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_the_type_of_an_access_token_may_be_written_in_any_case_and_whole(signing_key: str, typ: str) -> None:
    assert authorized(by_kms(forging.claims(OWN), typ=typ))


def test_a_token_of_the_bank_lives_for_a_quarter_of_an_hour_and_not_for_ten_years(signing_key: str) -> None:
    now = int(clock.now().timestamp())

    assert authorized(by_kms(forging.claims(OWN, exp=now + 900)))
    assert refuses(by_kms(forging.claims(OWN, exp=now + 901)))
    assert refuses(by_kms(forging.claims(OWN, exp=now + 10 * 365 * 86_400)))
    assert refuses(by_kms(forging.claims(OWN, iat=None)))


def test_another_key_id_is_refused_although_the_signature_is_right(signing_key: str) -> None:
    assert refuses(by_kms(forging.claims(OWN), kid="another"))


def test_scopes_that_nobody_knows_open_nothing(signing_key: str) -> None:
    answer = authorized(by_kms(forging.claims(OWN, scope="openid everything")))

    assert answer["context"]["scope"] == ""
    (statement,) = answer["policyDocument"]["Statement"]
    assert (statement["Effect"], statement["Resource"]) == ("Deny", [f"{STAGE_ARN}/*"])


def test_the_bank_s_own_key_is_read_once(shop: Registered, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_of(shop)
    monkeypatch.setattr(signing, "_kms", lambda: pytest.fail("KMS was asked again"))

    assert authorized(token)
