"""The keys that access tokens are signed with: one for each kind of caller, and those before it.

What a key signs is good for its kind alone, so that a room that issues tokens of one kind can make none of
another. Private halves never leave KMS; public halves are read once a process. The first key of a kind signs;
tokens of the others are good until they end, so that a key can be replaced (docs/operations.md).
"""

import functools
from typing import TYPE_CHECKING, Any

from bank import aws
from bank.access.principal import Kind
from bank.config import config

if TYPE_CHECKING:
    from joserfc.jwk import KeySet, RSAKey

ALGORITHM = "RS256"
AUDIENCE = "perkbank"


def sign(message: bytes, kind: Kind) -> bytes:
    """The RS256 signature of `message`, which KMS takes whole up to 4096 bytes."""
    signed = _kms().sign(
        KeyId=config.token_keys[kind][0],
        Message=message,
        MessageType="RAW",
        SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
    )
    signature: bytes = signed["Signature"]
    return signature


def kid(kind: Kind) -> str:
    """The id of the key that signs tokens of this kind now: its RFC 7638 thumbprint."""
    return str(_public_key(config.token_keys[kind][0]).kid)


@functools.cache
def public_keys(kind: Kind) -> "KeySet":
    """The public keys, as a JWK set, that tokens of this kind verify with: no other kind's among them."""
    from joserfc.jwk import KeySet

    return KeySet([_public_key(key_id) for key_id in config.token_keys[kind]])


@functools.cache
def _public_key(key_id: str) -> "RSAKey":
    # Imported here: what it brings takes a tenth of this function's cold start.
    from joserfc.jwk import RSAKey

    der = _kms().get_public_key(KeyId=key_id)["PublicKey"]
    key = RSAKey.import_key(der, {"use": "sig", "alg": ALGORITHM})
    key.ensure_kid()
    return key


@functools.cache
def _kms() -> Any:
    return aws.client("kms", read_timeout=3)
