"""Tokens of any shape: whatever JSON stands in header and claims, the answer is a policy or a 401."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bank.access import signing
from bank.access.principal import Kind
from identity.app import authorize
from tests.support import forging
from tests.support.http import context
from tests.unit.identity.requests import authorized, refuses, sample

OWN = "urn:perkbank:test"
NUMBERS = st.integers() | st.integers(10**15, 10**40) | st.floats()
ANY_JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["alg", "typ", "kid", "crit", "b64", "jwk", "jku", "x5c", "x5u", "x5t", "cty", "zip", "enc"]
    ),
    ANY_JSON | st.just("RS256"),
    max_size=4,
)
CLAIMS = st.dictionaries(
    st.sampled_from([*forging.claims(OWN), "nbf", "kind", "unit", "sid", "bank_wide", "signed", "jti"]),
    ANY_JSON | st.sampled_from(["channel", "customer", "staff", "\0", "é", "x" * 9000]),
    max_size=4,
)


def signed_by_the_bank(header: Any, claims: Any) -> str:
    """A token of these parts under a right signature."""
    signed = forging.unsigned(header, claims)
    return f"{signed}.{forging.encoded(signing.sign(signed.encode(), kind_of(claims)))}"


def kind_of(claims: Any) -> Kind:
    """The kind of caller whose key has to sign it: any, where it states none that there is."""
    stated = claims.get("kind") if isinstance(claims, dict) else None
    return Kind(stated) if isinstance(stated, str) and stated in tuple(Kind) else Kind.CHANNEL


def header(*, kind: Kind = Kind.CHANNEL, **more: Any) -> dict[str, Any]:
    """The header of a good token, and more."""
    return {"alg": "RS256", "typ": "at+jwt", "kid": signing.kid(kind), **more}


def outcome(token: str) -> str:
    """Return "taken" or "refused"; anything else that happens is raised."""
    event = sample("authorize")
    event["headers"]["Authorization"] = f"Bearer {token}"
    try:
        answer = authorize(event, context())
    except Exception as error:
        if type(error) is not Exception or str(error) != "Unauthorized":
            raise
        return "refused"
    assert all(isinstance(value, str) for value in answer["context"].values())
    assert isinstance(answer["principalId"], str)
    json.dumps(answer)
    return "taken"


@pytest.mark.parametrize(
    "crit", [5, None, [5], [["a"]], {}, [], "exp", ["exp"], ["b64"], [None], True, 1e300]
)
def test_a_token_that_calls_anything_critical_is_refused(signing_key: str, crit: Any) -> None:
    assert refuses(signed_by_the_bank(header(crit=crit), forging.claims(OWN)))
    assert authorized(signed_by_the_bank(header(), forging.claims(OWN)))


@pytest.mark.parametrize("part", [["alg"], "alg", 5, None, [["alg", "RS256"]], [], True])
def test_a_part_that_is_no_object_is_refused(signing_key: str, part: Any) -> None:
    assert refuses(signed_by_the_bank(part, forging.claims(OWN)))
    assert refuses(signed_by_the_bank(header(), part))


@settings(max_examples=100, deadline=None)
@example({"alg": ["RS256"]})
@example({"alg": {}})
@example({"b64": False, "crit": ["b64"]})
@example({"jwk": []})
@given(HEADERS)
def test_no_header_is_more_than_a_refusal(signing_key: str, odd: dict[str, Any]) -> None:
    for whole in (odd, header(**odd)):
        outcome(signed_by_the_bank(whole, forging.claims(OWN)))


@settings(max_examples=100, deadline=None)
@example({"kind": ["staff"]})
@example({"unit": ["unit_1"]})
@example({"sid": 5})
@example({"exp": 10**400})
@example({"exp": float("inf")})
@example({"sub": "\r\nx"})
@given(CLAIMS)
def test_no_claims_are_more_than_a_refusal_although_the_bank_signed_them(
    signing_key: str, odd: dict[str, Any]
) -> None:
    claims = {**forging.claims(OWN), **odd}

    outcome(signed_by_the_bank(header(kind=kind_of(claims)), claims))


@pytest.mark.parametrize(
    "odd",
    [
        {"kind": ["staff"]},
        {"kind": "administrator"},
        {"unit": ["unit_1"]},
        {"sid": 5},
        {"bank_wide": "true"},
        {"signed": 0},
        {"iat": True},
        {"sub": ""},
        {"sub": "a\nb"},
        {"client_id": "x" * 256},
        {"scope": "x" * 8193},
    ],
)
def test_claims_of_another_type_are_refused_and_never_read_as_something_else(
    signing_key: str, odd: dict[str, Any]
) -> None:
    assert refuses(signed_by_the_bank(header(), forging.claims(OWN, **odd)))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"\A[\w\-]{0,30}\.[\w\-]{0,30}\.[\w\-]{0,30}\Z"))
def test_no_text_is_more_than_a_refusal(signing_key: str, text: str) -> None:
    assert outcome(text) == "refused"


def test_why_a_token_was_refused_is_logged_without_what_it_said(
    signing_key: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        assert refuses(signed_by_the_bank(header(), forging.claims(OWN, sub=["Wang Xiaoming"])))

    told = [record.__dict__.get("reason", "") for record in caplog.records]
    assert any("sub" in reason for reason in told)
    assert not any("Wang" in reason for reason in told)
