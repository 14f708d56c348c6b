"""Request signatures (RFC 9421, HTTP messages) with a digest of the body (Content-Digest, RFC 9530).

A bearer token proves nothing about the request it comes with: whoever gets hold of one sends what they like.
So clients that are registered as `signed` also sign what moves money, with a key of theirs whose public half
the bank holds. A signature covers `COVERED`, which binds it to this method, host, path, body and
Idempotency-Key, and to the token: it cannot be taken over to another customer's token of the same channel.

It counts for `WINDOW` around its `created`, before its `expires`, and once: its `nonce` is put into a table.
What differs is told by class; an unknown key, a retired one, another client's and a wrong signature are one
class, so that nobody can ask which it is.

Imported only where a signature has to be looked at: nobody else pays for the library.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Literal

import http_sf
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import (
    ED25519,
    RSA_PSS_SHA512,
    RSA_V1_5_SHA256,
    HTTPSignatureAlgorithm,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from bank import clock, errors, store
from bank.access.clients import ClientKeyRow
from bank.access.principal import Principal
from bank.store import Table, table_name

COVERED = ("@method", "@authority", "@path", "content-digest", "idempotency-key", "authorization")
WINDOW = timedelta(seconds=300)
# How long a key is kept in the process; one that is retired counts no longer than that.
KEPT = timedelta(minutes=1)
# Longer than any signature can count: its `created` may be ahead by a window.
NONCE_KEPT = 3 * WINDOW
LEAST_RSA_BITS = 2048
MAX_FIELD = 4096
FIELDS = ("signature", "signature-input", "content-digest")
NONCE = re.compile(r"[A-Za-z0-9_\-+/=.:]{16,128}")
KEY_ID = re.compile(r"[A-Za-z0-9_\-.]{1,64}")
ALGORITHMS: dict[str, type[HTTPSignatureAlgorithm]] = {
    each.algorithm_id: each for each in (RSA_V1_5_SHA256, RSA_PSS_SHA512, ED25519)
}

Reason = Literal["missing", "malformed", "incomplete", "stale", "mismatch", "replayed"]


class SignatureInvalid(errors.Unauthorized):
    """401: this request has to be signed, and its signature does not count; `reason` is the class of why."""

    code, title = "signature_invalid", "Signature invalid"

    def __init__(self, detail: str = "the signature does not count", *, reason: Reason = "mismatch") -> None:
        super().__init__(detail, reason=reason)


class UnusableKey(errors.Unprocessable):
    """422: this is not a public key to verify signatures with."""

    code, title = "unusable_key", "Unusable key"


class NonceRow(Table):
    """A nonce that a client has used: `<client>#<nonce>`, for as long as its signature could count."""

    class Meta:
        table_name = table_name("request-nonces")

    nonce = UnicodeAttribute(hash_key=True)
    purge_at = NumberAttribute()


@dataclass(frozen=True)
class _Key:
    algorithm: type[HTTPSignatureAlgorithm]
    public_key: Any
    not_after: str | None


_kept: dict[tuple[str, str], tuple[datetime, _Key]] = {}


def public_key(pem: str, algorithm: str) -> Any:
    """The key that a PEM document holds, if it is one for the algorithm. Raises UnusableKey."""
    try:
        key = load_pem_public_key(pem.encode())
    except Exception:
        raise UnusableKey("this is not a public key in PEM") from None
    if algorithm == ED25519.algorithm_id:
        fits = isinstance(key, Ed25519PublicKey)
    else:
        fits = isinstance(key, RSAPublicKey) and key.key_size >= LEAST_RSA_BITS
    if algorithm not in ALGORITHMS or not fits:
        raise UnusableKey(f"{algorithm} takes an Ed25519 key, or an RSA key of {LEAST_RSA_BITS} bits or more")
    return key


def forget() -> None:
    """Let go of the kept keys (tests)."""
    _kept.clear()


def verify(event: Mapping[str, Any], body: bytes, principal: Principal) -> None:
    """Raise SignatureInvalid unless the request of this proxy event is signed by the caller's client.

    One round trip and one write unit, for the nonce; another round trip when the key is not kept.
    """
    message = _message(event)
    parameters = _parameters(message.headers["signature-input"])
    _require_current(parameters)
    key = _key(principal.client_id, parameters["keyid"])
    if key is None:
        raise SignatureInvalid
    verifier = _Verifier(signature_algorithm=key.algorithm, key_resolver=_Known(key.public_key))
    try:
        found = verifier.verify(message, max_age=None)
        if not {f'"{name}"' for name in COVERED} <= found[0].covered_components.keys():
            raise SignatureInvalid(f"the signature must cover {', '.join(COVERED)}", reason="incomplete")
        verifier.verify_body(message, found, body)
    except HTTPMessageSignaturesException:
        raise SignatureInvalid from None
    _use(principal.client_id, parameters["nonce"])


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """Judged before, by the bank's own clock (`_require_current`)."""


class _Known(HTTPSignatureKeyResolver):
    def __init__(self, key: Any) -> None:
        self._key = key

    def resolve_public_key(self, key_id: str) -> Any:
        """The key that was found for the client."""
        return self._key


def _message(event: Mapping[str, Any]) -> Any:
    """The request as it was sent, as far as it matters here: what API Gateway says of it."""
    lines = event.get("multiValueHeaders") or {name: [value] for name, value in event["headers"].items()}
    headers = {name.lower(): values for name, values in lines.items()}
    for name in FIELDS:
        if name not in headers:
            raise SignatureInvalid(f"the request has no {name} field", reason="missing")
        if len(headers[name][0]) > MAX_FIELD:
            raise SignatureInvalid(f"the field {name} is too long", reason="malformed")
    # What is signed must be what is acted on: a second line of the same name could be either.
    if any(len(headers.get(name, [])) > 1 for name in (*FIELDS, *COVERED)):
        raise SignatureInvalid("a field stands twice", reason="malformed")
    context = event["requestContext"]
    host = context.get("domainName") or headers.get("host", [""])[0]
    return SimpleNamespace(
        method=event["httpMethod"],
        url=f"https://{host}{context.get('path') or event['path']}",
        headers={name: values[0] for name, values in headers.items()},
    )


def _parameters(signature_input: str) -> dict[str, Any]:
    """The parameters of the one signature, not verified: `keyid`, `created`, `nonce` and what else stands."""
    try:
        parsed: Any = http_sf.parse(signature_input.encode(), tltype="dictionary")
        members = list(parsed.values())
        parameters = dict(members[0][1]) if len(members) == 1 else {}
    except Exception:
        parameters = {}
    wanted: dict[str, Callable[[Any], bool]] = {
        "keyid": lambda value: isinstance(value, str) and bool(KEY_ID.fullmatch(value)),
        "nonce": lambda value: isinstance(value, str) and bool(NONCE.fullmatch(value)),
        "created": lambda value: type(value) is int,
    }
    wrong = [name for name, good in wanted.items() if not good(parameters.get(name))]
    if wrong:
        detail = f"Signature-Input needs one signature, with {', '.join(wrong)}"
        raise SignatureInvalid(detail, reason="malformed")
    return parameters


def _require_current(parameters: Mapping[str, Any]) -> None:
    now = clock.now().timestamp()
    expires = parameters.get("expires", now + 1)
    if type(expires) is not int and "expires" in parameters:
        raise SignatureInvalid("expires is a number of seconds", reason="malformed")
    if abs(now - parameters["created"]) > WINDOW.total_seconds() or expires <= now:
        detail = f"a signature counts {WINDOW.seconds} seconds around its creation, until it expires"
        raise SignatureInvalid(detail, reason="stale")


def _key(client_id: str, key_id: str) -> _Key | None:
    """The client's key, unless it is retired. Only keys that are there are kept."""
    now, place = clock.now(), (client_id, key_id)
    read_at, key = _kept.get(place, (None, None))
    if read_at is None or not timedelta(0) <= now - read_at < KEPT:
        _kept.pop(place, None)
        row = store.get(ClientKeyRow, client_id, key_id)
        if row is None:
            return None
        key = _Key(ALGORITHMS[row.algorithm], public_key(row.public_key, row.algorithm), row.not_after)
        _kept[place] = now, key
    return key if key and (key.not_after is None or clock.instant(now) < key.not_after) else None


def _use(client_id: str, nonce: str) -> None:
    """Take the nonce, after everything else was right: only who can sign uses one up."""
    row = NonceRow(
        nonce=f"{client_id}#{nonce}", purge_at=int((clock.now() + NONCE_KEPT).timestamp())
    ).serialize()
    try:
        store.client().put_item(
            TableName=NonceRow.Meta.table_name,
            Item=row,
            ConditionExpression="attribute_not_exists(nonce)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        raise SignatureInvalid("this nonce was used", reason="replayed") from None
