"""The token endpoint: what RFC 6749 promises, and each way in which it refuses."""

from urllib.parse import quote_plus

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import RSAKey

from bank import clock
from bank.config import config
from bank.credentials import passwords
from identity.app import app
from identity.service import operators as clients
from identity.tables import ClientRow
from tests.support.forging import decoded, parts, raw_bytes
from tests.support.http import Reply, call, context
from tests.unit.identity.requests import Registered, ask, basic, form, sample, token_of

GRANT = {"grant_type": "client_credentials"}


def refusal(reply: Reply) -> tuple[int, str]:
    """Status and error code, once all that holds for every refusal was checked."""
    assert reply.json.keys() == {"error", "error_description"}
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "no-store"
    return reply.status, reply.json["error"]


def test_a_client_that_proves_its_secret_gets_a_token_for_all_its_scopes(shop: Registered) -> None:
    reply = ask(form(shop))

    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "no-store"
    answer = reply.json
    assert answer.pop("access_token").count(".") == 2
    assert answer == {"token_type": "Bearer", "expires_in": 900, "scope": "payments:read payments:write"}


def test_the_token_says_who_may_what_for_fifteen_minutes(shop: Registered) -> None:
    before = int(clock.now().timestamp())

    header, claims = parts(token_of(shop))

    assert header["alg"] == "RS256"
    assert before <= claims["iat"] <= int(clock.now().timestamp())
    assert claims["nbf"] == claims["iat"]
    assert claims["exp"] == claims["iat"] + 900
    assert claims["iss"] == "urn:perkbank:test"
    assert claims["aud"] == "perkbank"
    assert claims["sub"] == claims["client_id"] == shop.client_id
    assert claims["scope"] == "payments:read payments:write"


def test_two_tokens_never_have_one_id(shop: Registered) -> None:
    ids = {parts(token_of(shop))[1]["jti"] for _ in range(3)}

    assert len(ids) == 3


def test_the_signature_is_kms_s_and_verifies_with_the_published_key(
    shop: Registered, signing_key: str
) -> None:
    token = token_of(shop)

    keys = call(app, "GET", "/.well-known/jwks.json", client_id=None).json["keys"]

    (key,) = [each for each in keys if each["kid"] == parts(token)[0]["kid"]]
    der = boto3.client("kms", region_name=config.region).get_public_key(KeyId=signing_key)["PublicKey"]
    assert RSAKey.import_key(key).as_bytes("DER") == RSAKey.import_key(der).as_bytes("DER")
    signed, _, signature = token.rpartition(".")
    raw = RSAKey.import_key({**key, "use": "sig"}).public_key
    raw.verify(raw_bytes(signature), signed.encode(), PKCS1v15(), SHA256())
    assert key["kid"] == RSAKey.import_key(der).thumbprint()


def test_the_published_keys_are_public_and_may_be_kept_for_five_minutes(signing_key: str) -> None:
    reply = call(app, "GET", "/.well-known/jwks.json", client_id=None)

    assert reply.status == 200
    assert reply.headers["Cache-Control"] == "public, max-age=300"
    for key in reply.json["keys"]:
        assert key.keys() == {"kty", "use", "alg", "kid", "n", "e"}
    known = {"if-none-match": reply.headers["ETag"]}
    assert call(app, "GET", "/.well-known/jwks.json", client_id=None, headers=known).status == 304


def test_a_wrong_secret_is_logged_with_who_was_tried_and_from_where(
    shop: Registered, caplog: pytest.LogCaptureFixture
) -> None:
    """It leaves no entry: secrets are not guessed, and tries at them have no bound."""
    ask(form(Registered(shop.client_id, "s" * 43)))
    ask(form(Registered(shop.secret, shop.client_id)))

    told = [vars(each) for each in caplog.records if each.getMessage() == "token refused"]
    assert [(each["tried"], each["source_ip"]) for each in told] == [
        (shop.client_id, "127.0.0.1"),
        ("", "127.0.0.1"),
    ]


def test_http_basic_does_as_well_as_the_form(shop: Registered) -> None:
    assert ask(GRANT, basic(*shop)).status == 200


def test_basic_credentials_are_form_encoded_before_they_are_joined(shop: Registered) -> None:
    encoded = quote_plus(shop.client_id.replace("_", "%5F"), safe="%")

    assert ask(GRANT, basic(encoded, quote_plus(shop.secret))).status == 200


def test_the_sample_is_a_request_as_api_gateway_sends_it(signing_key: str) -> None:
    event = sample("http_issue_token")
    client_id, made = clients.register_client(name="Shop", scopes=["payments:write"])
    event["body"] = event["body"].replace("cli_shop", client_id).replace("SECRET", made)

    answer = app(event, context())

    assert answer["statusCode"] == 200
    assert decoded(answer["body"].split('"access_token":"')[1].split(".")[1])["scope"] == "payments:write"


def test_a_token_may_be_for_fewer_scopes_than_the_client_holds(shop: Registered) -> None:
    answer = ask(form(shop, scope="payments:read")).json

    assert answer["scope"] == "payments:read"
    assert parts(answer["access_token"])[1]["scope"] == "payments:read"


@pytest.mark.parametrize("scope", ["", " "])
def test_an_empty_scope_counts_as_none_asked_for(shop: Registered, scope: str) -> None:
    assert ask(form(shop, scope=scope)).json["scope"] == "payments:read payments:write"


@pytest.mark.parametrize("scope", ["accounts:read", "payments:read accounts:read", "everything", "é"])
def test_a_scope_that_the_client_does_not_hold_is_invalid(shop: Registered, scope: str) -> None:
    assert refusal(ask(form(shop, scope=scope))) == (400, "invalid_scope")


def test_parameters_that_nobody_knows_are_ignored(shop: Registered) -> None:
    assert ask(form(shop, resource="urn:x")).status == 200


@pytest.mark.parametrize(
    "body",
    [
        "",
        "client_id=cli_1&client_secret=x",
        "grant_type=&client_id=cli_1&client_secret=x",
        "grant_type=client_credentials&grant_type=client_credentials&client_id=cli_1&client_secret=x",
        "grant_type=client_credentials&client_id",
        "&".join(f"f{number}=" for number in range(60)),
    ],
)
def test_a_request_that_cannot_be_read_is_invalid(shop: Registered, body: str) -> None:
    assert refusal(ask(body)) == (400, "invalid_request")


def test_a_body_of_another_type_is_invalid_and_nothing_of_it_breaks_the_answer(shop: Registered) -> None:
    reply = ask("{}", {"content-type": 'text/"x"\\é'})

    assert refusal(reply) == (400, "invalid_request")
    assert set(reply.json["error_description"]).isdisjoint('"\\é')


def test_a_query_is_no_way_to_send_credentials(shop: Registered) -> None:
    reply = call(app, "POST", "/oauth/token", "", client_id=None, query=form(shop))

    assert refusal(reply) == (400, "invalid_request")


def test_credentials_in_both_places_are_invalid(shop: Registered) -> None:
    assert refusal(ask(form(shop), basic(*shop))) == (400, "invalid_request")
    assert refusal(ask({**GRANT, "client_id": shop.client_id}, basic(*shop))) == (400, "invalid_request")


@pytest.mark.parametrize("grant_type", ["password", "authorization_code", "CLIENT_CREDENTIALS"])
def test_another_grant_type_is_unsupported(shop: Registered, grant_type: str) -> None:
    assert refusal(ask(form(shop, grant_type=grant_type))) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    "fields",
    [
        {"client_secret": "wrong"},
        {"client_secret": ""},
        {"client_id": ""},
        {"client_id": "cli_nobody"},
        {"client_id": "cli shop"},
        {"client_id": "x" * 3000},
        {"client_id": "\x00"},
    ],
)
def test_who_does_not_prove_to_be_a_client_is_no_client(shop: Registered, fields: dict[str, str]) -> None:
    reply = ask(form(shop, **fields))

    assert refusal(reply) == (401, "invalid_client")
    assert "WWW-Authenticate" not in reply.headers


@pytest.mark.parametrize(
    "header",
    [
        basic("cli_nobody", "wrong")["authorization"],
        "Basic",
        "Basic !",
        "Basic Y2xpX3Nob3A=",
        "Basic /////w==",
        "Bearer abc",
        "",
    ],
)
def test_who_tries_the_header_hears_which_scheme_it_takes(shop: Registered, header: str) -> None:
    for wrong in ({"authorization": header}, basic(shop.client_id, "wrong")):
        reply = ask(GRANT, wrong)

        assert refusal(reply) == (401, "invalid_client")
        assert reply.headers["WWW-Authenticate"] == 'Basic realm="perkbank"'


def test_a_revoked_client_gets_no_token_and_hears_no_reason(shop: Registered) -> None:
    clients.revoke(client_id=shop.client_id)

    assert ask(form(shop)).body == ask(form(Registered("cli_nobody", shop.secret))).body


def test_the_secret_itself_is_nowhere_kept(shop: Registered) -> None:
    row = ClientRow.get(shop.client_id)

    assert row.secret_hash.startswith("$argon2id$")
    assert shop.secret not in str(row.serialize())


def test_every_refusal_of_a_secret_costs_two_comparisons(
    shop: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    is_behind = passwords._is_behind
    monkeypatch.setattr(
        passwords, "_is_behind", lambda kept, given: compared.append(kept) or is_behind(kept, given)
    )

    def comparisons(client_id: str) -> int:
        compared.clear()
        assert ask(form(Registered(client_id, "wrong"))).status == 401
        return len(compared)

    assert comparisons("cli_nobody") == comparisons("not even an id") == comparisons(shop.client_id) == 2
    clients.rotate_secret(client_id=shop.client_id)
    assert comparisons(shop.client_id) == 2
    clients.revoke(client_id=shop.client_id)
    assert comparisons(shop.client_id) == 2
