"""The key that signs blocks and anchors. Its private half stays in KMS; anybody may verify with the other.

Who signs are the functions that append and that anchor, and nobody else (infra/security.yaml).
"""

import functools
from typing import TYPE_CHECKING, Any

from audit.settings import settings
from bank import aws

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


def sign(message: bytes) -> bytes:
    """The signature of `message`: RSASSA-PKCS1-v1_5 with SHA-256, 256 bytes. One call of KMS."""
    signed = _kms().sign(
        KeyId=settings.signing_key_id,
        Message=message,
        MessageType="RAW",
        SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
    )
    signature: bytes = signed["Signature"]
    return signature


def is_signed(message: bytes, signature: bytes) -> bool:
    """Return whether the key has signed this. One call of KMS a process, for the public half."""
    # Imported here: an appender verifies nothing.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        _public_key().verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


@functools.cache
def _public_key() -> "RSAPublicKey":
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(_kms().get_public_key(KeyId=settings.signing_key_id)["PublicKey"])
    assert isinstance(key, RSAPublicKey)
    return key


@functools.cache
def _kms() -> Any:
    return aws.client("kms", read_timeout=3)
