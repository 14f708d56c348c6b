"""Signed requests: what counts, and each way of cheating that does not."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import HMAC_SHA256

from bank import clock, errors
from bank.access import acts, signatures
from bank.access.clients import ClientKeyRow
from bank.access.principal import Principal
from bank.access.signatures import NonceRow
from bank.http import Amount, Answer, Api, Body, Call
from infra import signer
from infra.signer import Signer, seen_by_the_gateway
from tests.support import embedded, http

HOST = "api.perkbank.test"
TOKEN = "Bearer token-of-the-client"
CLIENT, OTHER = "cli_erp", "cli_other"
api = Api("till")
done: list[str] = []


class Order(Body):
    """What is paid."""

    amount: Amount


@api.post(
    "/orders/{order_id}/pay", scope="payments:write", status=201, body=Order, idempotent=True, act=acts.MONEY
)
def pay(call: Call, order_id: str, body: Order) -> Answer:
    """Moves money."""
    done.append(call.idempotency_key)
    return Answer({"paid": body.amount})


@api.post("/orders/{order_id}/void", scope="payments:write", idempotent=True, act=acts.MONEY)
def void(call: Call, order_id: str) -> Answer:
    """Moves money and has no body."""
    done.append(call.idempotency_key)
    return Answer({})


def _pem(key: Any) -> tuple[bytes, str]:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public.decode()


KEYS = {"ed25519": _pem(Ed25519PrivateKey.generate()), "rsa": _pem(generate_private_key(65537, 2048))}
KEYS |= {"rsa-pss-sha512": KEYS["rsa"], "rsa-v1_5-sha256": KEYS["rsa"]}


@pytest.fixture(autouse=True)
def bank(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A client with a key of each algorithm, another client with one, and nothing kept."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    signatures.forget()
    done.clear()
    with embedded.cloud():
        for client_id, key_id, algorithm in (
            *((CLIENT, f"key_{name}", name) for name in signatures.ALGORITHMS),
            (OTHER, "key_other", "ed25519"),
        ):
            key(client_id, key_id, algorithm)
        yield
    signatures.forget()


def key(client_id: str, key_id: str, algorithm: str, **fields: Any) -> None:
    row = {"algorithm": algorithm, "public_key": KEYS[algorithm][1], "created_at": clock.instant()}
    ClientKeyRow(client_id=client_id, key_id=key_id, **(row | fields)).save()


def signed(
    body: str = '{"amount": 5}',
    *,
    path: str = "/orders/o1/pay",
    algorithm: str = "ed25519",
    key_id: str | None = None,
    idempotency_key: str = "k1",
) -> dict[str, Any]:
    """The proxy event of a well signed request."""
    headers = {"Authorization": TOKEN, "Idempotency-Key": idempotency_key}
    with_key = Signer(f"https://{HOST}/prod", key_id or f"key_{algorithm}", KEYS[algorithm][0], algorithm)
    return event(body, path, with_key.headers("POST", path, body.encode(), headers))


def _created_at(request: dict[str, Any]) -> datetime:
    """The whole second that the signature says it was made at."""
    parameters = request["headers"]["Signature-Input"]
    return datetime.fromtimestamp(int(re.findall(r"created=(\d+)", parameters)[0]), UTC)


def event(body: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    made = http.event(
        api, "POST", path, body or None, client_id=CLIENT, principal={**http.CHANNEL, "signed": "true"}
    )
    given = {**made["headers"], "Host": HOST, **headers}
    made["headers"] = given
    made["multiValueHeaders"] = {name: [value] for name, value in given.items()}
    made["requestContext"] |= {"path": f"/prod{path}"}
    return made


def changed(request: dict[str, Any], name: str, value: str) -> dict[str, Any]:
    """The request with another value of a header."""
    request["headers"][name] = value
    request["multiValueHeaders"][name] = [value]
    return request


def send(request: dict[str, Any]) -> tuple[int, str]:
    """The status, and of a signature that does not count the class of why."""
    answer = api(request, http.context())
    document = json.loads(answer["body"])
    if document.get("code") == "signature_invalid":
        assert answer["statusCode"] == 401
        assert answer["headers"]["Content-Type"] == "application/problem+json"
        return 401, str(document["reason"])
    return int(answer["statusCode"]), str(document.get("code", ""))


@pytest.mark.parametrize("algorithm", sorted(signatures.ALGORITHMS))
def test_a_signed_request_is_carried_out(algorithm: str) -> None:
    assert send(signed(algorithm=algorithm)) == (201, "")
    assert send(signed("", path="/orders/o1/void", algorithm=algorithm)) == (200, "")
    assert done == ["k1", "k1"]


def test_the_signer_covers_what_the_bank_asks_for() -> None:
    assert signer.COVERED == signatures.COVERED
    assert signer.ALGORITHMS == signatures.ALGORITHMS
    local = "http://127.0.0.1:4566/restapis/abc/local/_user_request_"
    assert seen_by_the_gateway(local) == "http://127.0.0.1:4566/local"


def test_who_has_to_sign_and_does_not_is_refused() -> None:
    request = event('{"amount": 5}', "/orders/o1/pay", {"Authorization": TOKEN, "Idempotency-Key": "k"})

    assert send(request) == (401, "missing")


def test_who_need_not_sign_may_and_then_it_must_be_right() -> None:
    def unsigned(request: dict[str, Any]) -> dict[str, Any]:
        request["requestContext"]["authorizer"]["signed"] = "false"
        return request

    bare = event('{"amount": 5}', "/orders/o1/pay", {"Authorization": TOKEN, "Idempotency-Key": "k"})
    assert send(unsigned(bare)) == (201, "")
    assert send(unsigned(signed())) == (201, "")
    wrong = signed()
    wrong["body"] = '{"amount": 6}'
    assert send(unsigned(wrong)) == (401, "mismatch")
    assert send(unsigned(changed(bare, "Signature-Input", "bank=()"))) == (401, "missing")


def _other_body(request: dict[str, Any]) -> None:
    request["body"] = '{"amount": 500}'


def _other_method(request: dict[str, Any]) -> None:
    # Chalice routes by the resource, what is verified is the method of the event.
    request["httpMethod"] = "PATCH"


def _other_path(request: dict[str, Any]) -> None:
    request["requestContext"]["path"] = "/prod/orders/o2/pay"


def _other_stage(request: dict[str, Any]) -> None:
    request["requestContext"]["path"] = "/test/orders/o1/pay"


def _other_host(request: dict[str, Any]) -> None:
    changed(request, "Host", "api.elsewhere.test")


def _other_key(request: dict[str, Any]) -> None:
    changed(request, "Idempotency-Key", "k2")


def _other_token(request: dict[str, Any]) -> None:
    changed(request, "Authorization", "Bearer another")


def _other_digest(request: dict[str, Any]) -> None:
    changed(request, "Content-Digest", signed('{"amount": 500}')["headers"]["Content-Digest"])
    request["body"] = '{"amount": 500}'


def _flipped(request: dict[str, Any]) -> None:
    value = request["headers"]["Signature"]
    changed(request, "Signature", value.replace(value[10], "A" if value[10] != "A" else "B", 1))


def _other_nonce(request: dict[str, Any]) -> None:
    value = request["headers"]["Signature-Input"]
    changed(request, "Signature-Input", value.replace('nonce="', 'nonce="x'))


@pytest.mark.parametrize(
    "alter",
    [
        _other_body,
        _other_path,
        _other_stage,
        _other_host,
        _other_key,
        _other_token,
        _other_digest,
        _flipped,
        _other_nonce,
    ],
)
def test_whatever_is_altered_the_signature_no_longer_counts(alter: Callable[[dict[str, Any]], None]) -> None:
    request = signed()
    alter(request)

    assert send(request) == (401, "mismatch")
    assert done == []


def test_another_method_than_was_signed_does_not_count() -> None:
    request = signed()
    _other_method(request)

    with pytest.raises(signatures.SignatureInvalid):
        signatures.verify(request, request["body"].encode(), _principal())


def _principal() -> Principal:
    return Principal(CLIENT, frozenset(), signed=True)


def test_a_request_counts_once() -> None:
    request = signed()

    assert send(request) == (201, "")
    assert send(request) == (401, "replayed")
    assert done == ["k1"]


def test_two_clients_may_use_the_same_nonce() -> None:
    first = signed()
    nonce = signatures._parameters(first["headers"]["Signature-Input"])["nonce"]
    NonceRow(nonce=f"{OTHER}#{nonce}", purge_at=1).save()

    assert send(first) == (201, "")


def test_who_cannot_sign_uses_up_no_nonce() -> None:
    request = signed()
    value = request["body"]
    _other_body(request)
    assert send(request) == (401, "mismatch")

    request["body"] = value
    assert send(request) == (201, "")


@pytest.mark.parametrize(("seconds", "outcome"), [(-299, 201), (299, 201), (-301, 401), (301, 401)])
def test_a_signature_counts_five_minutes_around_its_creation(seconds: int, outcome: int) -> None:
    request = signed()

    with clock.source(lambda: _created_at(request) + timedelta(seconds=seconds)):
        status, reason = send(request)

    assert (status, reason) == (outcome, "" if outcome == 201 else "stale")


def test_a_nonce_is_kept_longer_than_any_signature_counts() -> None:
    assert signatures.NONCE_KEPT > 2 * signatures.WINDOW
    send(signed())
    kept = next(iter(NonceRow.scan()))
    assert int(kept.purge_at) > (clock.now() + 2 * signatures.WINDOW).timestamp()


def _signed_with(
    covered: tuple[str, ...] = signatures.COVERED,
    algorithm: Any = None,
    private: Any = None,
    **parameters: Any,
) -> dict[str, Any]:
    """A request that is signed in a way of its own."""
    headers = {"Authorization": TOKEN, "Idempotency-Key": "k1"}
    request = event('{"amount": 5}', "/orders/o1/pay", headers)
    message: Any = SimpleNamespace(
        method="POST", url=f"https://{HOST}/prod/orders/o1/pay", headers=dict(headers)
    )
    made = HTTPMessageSigner(
        signature_algorithm=algorithm or signatures.ALGORITHMS["ed25519"],
        key_resolver=MappingKeyResolver(
            public_keys={}, private_keys={"key_ed25519": private or KEYS["ed25519"][0]}
        ),
    )
    given: dict[str, Any] = {"key_id": "key_ed25519", "nonce": "n" * 16, **parameters}
    digest = "content-digest" in covered
    if not digest:
        changed(request, "Content-Digest", signed()["headers"]["Content-Digest"])
    made.sign(message, covered_component_ids=covered, body=b'{"amount": 5}' if digest else None, **given)
    for name, value in message.headers.items():
        changed(request, name, value)
    return request


@pytest.mark.parametrize("left_out", signatures.COVERED)
def test_every_component_must_be_covered(left_out: str) -> None:
    covered = tuple(name for name in signatures.COVERED if name != left_out)

    assert send(_signed_with(covered)) == (401, "incomplete")
    assert done == []


def test_a_signature_that_has_expired_does_not_count() -> None:
    past, ahead = clock.now() - timedelta(seconds=1), clock.now() + timedelta(seconds=60)

    assert send(_signed_with(expires=past)) == (401, "stale")
    assert send(_signed_with(expires=ahead)) == (201, "")


@pytest.mark.parametrize("nonce", [None, "short", "n" * 129, "with space " * 3])
def test_a_nonce_is_needed_and_long_enough(nonce: str | None) -> None:
    assert send(_signed_with(nonce=nonce)) == (401, "malformed")


def test_the_public_key_is_no_secret_to_sign_with() -> None:
    """The confusion of an algorithm that shares its key with one that does not."""
    forged = _signed_with(algorithm=HMAC_SHA256, private=KEYS["ed25519"][1].encode())

    assert send(forged) == (401, "mismatch")


@pytest.mark.parametrize("said", ["rsa-v1_5-sha256", "rsa-pss-sha512", "hmac-sha256", "none"])
def test_the_keys_algorithm_decides_whatever_the_request_says(said: str) -> None:
    request = signed()
    value = request["headers"]["Signature-Input"]

    assert send(changed(request, "Signature-Input", value.replace('"ed25519"', f'"{said}"'))) == (
        401,
        "mismatch",
    )


def test_the_key_of_one_rsa_algorithm_does_not_sign_by_another() -> None:
    request = signed(algorithm="rsa-v1_5-sha256", key_id="key_rsa-pss-sha512")

    assert send(request) == (401, "mismatch")


@pytest.mark.parametrize("key_id", ["key_other", "key_nobody"])
def test_the_key_of_another_client_and_none_at_all_get_one_answer(key_id: str) -> None:
    answer = api(signed(key_id=key_id), http.context())
    wrong = signed()
    _flipped(wrong)
    problems = [json.loads(each["body"]) for each in (answer, api(wrong, http.context()))]

    assert problems[0] | {"request_id": ""} == problems[1] | {"request_id": ""}
    assert problems[0]["reason"] == "mismatch"


def test_while_keys_overlap_both_count_and_a_retired_one_ends() -> None:
    now = clock.now()
    key(CLIENT, "key_old", "ed25519", not_after=clock.instant(now + timedelta(seconds=60)))

    assert send(signed(key_id="key_old")) == (201, "")
    assert send(signed()) == (201, "")
    with clock.source(lambda: now + timedelta(seconds=61)):
        assert send(signed(key_id="key_old")) == (401, "mismatch")
        assert send(signed()) == (201, "")


def test_a_key_is_kept_for_a_minute_and_no_longer() -> None:
    now = clock.now()
    with clock.source(lambda: now):
        assert send(signed()) == (201, "")
        ClientKeyRow.get(CLIENT, "key_ed25519").delete()

        assert send(signed()) == (201, "")
    with clock.source(lambda: now + timedelta(seconds=61)):
        assert send(signed()) == (401, "mismatch")


@pytest.mark.parametrize("name", ["Signature", "Signature-Input", "Content-Digest"])
def test_what_is_too_long_to_be_a_signature_is_not_read(name: str) -> None:
    request = signed()

    assert send(changed(request, name, request["headers"][name] + "a" * 5000)) == (401, "malformed")


@pytest.mark.parametrize("name", ["Signature", "Signature-Input", "Content-Digest"])
@pytest.mark.parametrize("value", ["", "garbage", "bank=", 'bank=("@method")', "a=1, b=2", "\x00", "💥"])
def test_garbage_is_refused_and_breaks_nothing(name: str, value: str) -> None:
    assert send(changed(signed(), name, value))[0] == 401


@pytest.mark.parametrize("name", ["Signature-Input", "Idempotency-Key", "Authorization", "Content-Digest"])
def test_a_field_that_stands_twice_could_be_either(name: str) -> None:
    request = signed()
    request["multiValueHeaders"][name] = [request["headers"][name], "another"]

    assert send(request) == (401, "malformed")


def test_two_signatures_are_one_too_many() -> None:
    request = signed()
    value = request["headers"]["Signature-Input"]

    assert (
        send(changed(request, "Signature-Input", f"{value}, {value.replace('bank', 'b')}"))[1] == "malformed"
    )


@pytest.mark.parametrize(
    ("pem", "algorithm"),
    [
        (KEYS["ed25519"][1], "rsa-pss-sha512"),
        (KEYS["rsa"][1], "ed25519"),
        (KEYS["rsa"][1], "hmac-sha256"),
        (_pem(generate_private_key(65537, 1024))[1], "rsa-pss-sha512"),
        (KEYS["ed25519"][0].decode(), "ed25519"),
        ("garbage", "ed25519"),
    ],
    # The keys are made anew in each process: pytest-xdist takes their text for other tests' names.
    ids=["another algorithm's", "another curve's", "unknown algorithm", "too short", "private", "no key"],
)
def test_only_a_public_key_that_fits_its_algorithm_is_taken(pem: str, algorithm: str) -> None:
    with pytest.raises(signatures.UnusableKey):
        signatures.public_key(pem, algorithm)


def test_a_nonce_that_cannot_be_put_is_no_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: Any) -> None:
        raise errors.Unavailable("down")

    monkeypatch.setattr(signatures, "_use", down)

    assert send(signed()) == (503, "unavailable")
    assert done == []
