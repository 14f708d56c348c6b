"""Envelope encryption with the AWS Encryption SDK. Import it late: the SDK brings boto3 with it.

Suite: AES-256-GCM with a key derived per message (HKDF-SHA-512 over the message's id) and key commitment
(a sealed message opens under one key only), without signature: who seals and who opens trust each other.
"""

import hmac
from typing import Any

from aws_encryption_sdk import (
    CachingCryptoMaterialsManager,
    CommitmentPolicy,
    EncryptionSDKClient,
    LocalCryptoMaterialsCache,
    StrictAwsKmsMasterKeyProvider,
)
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError, GenerateKeyError
from aws_encryption_sdk.identifiers import Algorithm
from aws_encryption_sdk.materials_managers import EncryptionMaterials
from aws_encryption_sdk.materials_managers.base import CryptoMaterialsManager
from aws_encryption_sdk.materials_managers.default import DefaultCryptoMaterialsManager
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag

from bank import aws

SUITE = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
# What KMS binds the data keys to, and its audit trail shows.
OF_FIELDS = {"sealed": "field"}
# How long a data key is used: each holds for the fields that one process seals in this time.
KEY_SECONDS = 300.0
KEY_MESSAGES = 1000
KEYS_KEPT = 1000


class Envelope:
    """Seals and opens under one KMS key."""

    def __init__(self, key_arn: str) -> None:
        session = aws.new_session()
        session.set_default_client_config(aws.client_config(read_timeout=3))
        provider = StrictAwsKmsMasterKeyProvider(key_ids=[key_arn], botocore_session=session)
        self._client = EncryptionSDKClient(
            commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, max_encrypted_data_keys=1
        )
        self._uncached = _Bound(DefaultCryptoMaterialsManager(master_key_provider=provider))
        self._materials = _Bound(
            CachingCryptoMaterialsManager(
                master_key_provider=provider,
                cache=LocalCryptoMaterialsCache(KEYS_KEPT),
                max_age=KEY_SECONDS,
                max_messages_encrypted=KEY_MESSAGES,
            )
        )

    def seal(self, plain: bytes, context: dict[str, str]) -> bytes:
        """`plain` sealed for `context`. What KMS refuses is raised as its ClientError."""
        try:
            sealed, _ = self._client.encrypt(
                source=plain,
                materials_manager=self._materials,
                encryption_context=context,
                algorithm=SUITE,
            )
        except GenerateKeyError as error:
            if isinstance(error.__cause__, ClientError):
                raise error.__cause__ from None
            raise
        return bytes(sealed)

    def open(self, sealed: bytes, context: dict[str, str], *, cached: bool = True) -> bytes | None:
        """Return the plain text sealed for `context`; None for another context or altered bytes.

        Not `cached`, it takes a call of KMS each time.
        """
        materials = self._materials if cached else self._uncached
        try:
            plain, header = self._client.decrypt(source=sealed, materials_manager=materials)
        except (AWSEncryptionSDKClientError, InvalidTag, ValueError):
            return None
        # Only now is the header's context authenticated.
        same = hmac.compare_digest(_canonical(header.encryption_context), _canonical(context))
        return bytes(plain) if same else None


class _Bound(CryptoMaterialsManager):  # type: ignore[misc]
    """Binds each message, by its own context, under a data key that many messages share.

    The SDK's cache keeps data keys apart by context, so a context per record would make every seal a call of
    KMS. Here KMS sees one context for all, and the message's own stands in its header, which is
    authenticated with the key derived for that message.
    """

    def __init__(self, keys: CryptoMaterialsManager) -> None:
        self._keys = keys

    def get_encryption_materials(self, request: Any) -> EncryptionMaterials:
        """The shared data key, with this message's context around KMS's."""
        own, request.encryption_context = request.encryption_context, OF_FIELDS
        shared = self._keys.get_encryption_materials(request)
        return EncryptionMaterials(
            algorithm=shared.algorithm,
            data_encryption_key=shared.data_encryption_key,
            encrypted_data_keys=shared.encrypted_data_keys,
            encryption_context=own,
        )

    def decrypt_materials(self, request: Any) -> Any:
        """The data key of a message, whatever its own context."""
        request.encryption_context = OF_FIELDS
        return self._keys.decrypt_materials(request)


def _canonical(context: dict[str, str]) -> bytes:
    return repr(sorted(context.items())).encode()
