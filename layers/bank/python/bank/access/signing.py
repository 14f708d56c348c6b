"""The key that access tokens are signed with.

Its private half never leaves KMS; the public half is read once a process.
"""

import functools
from typing import TYPE_CHECKING, Any

from bank import aws
from bank.config import config

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

ALGORITHM = "RS256"
AUDIENCE = "perkbank"


def sign(message: bytes) -> bytes:
    """The RS256 signature of `message`, which KMS takes whole up to 4096 bytes."""
    signed = _kms().sign(
        KeyId=config.signing_key_id,
        Message=message,
        MessageType="RAW",
        SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
    )
    signature: bytes = signed["Signature"]
    return signature


@functools.cache
def public_keys() -> "KeySet":
    """The public key as a JWK set of one; its `kid` is its RFC 7638 thumbprint."""
    # Imported here: what it brings takes a tenth of this function's cold start.
    from joserfc.jwk import KeySet, RSAKey

    der = _kms().get_public_key(KeyId=config.signing_key_id)["PublicKey"]
    return KeySet([RSAKey.import_key(der, {"use": "sig", "alg": ALGORITHM})])


def kid() -> str:
    """The id of the key that signs now."""
    return str(public_keys().keys[0].kid)


@functools.cache
def _kms() -> Any:
    return aws.client("kms", read_timeout=3)
