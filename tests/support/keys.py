"""The KMS keys of infra/security.yaml, by the aliases of a test's configuration."""

import copy
from typing import Any

import boto3
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from bank.config import config

KEYS = (
    (config.field_key_id, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
    (config.lookup_key_id, "HMAC_256", "GENERATE_VERIFY_MAC"),
    (config.signing_key_id, "RSA_2048", "SIGN_VERIFY"),
)

_made: dict[str, Any] = {}


def give_moto() -> None:
    """Keys for sealing, lookup and tokens: the same ones for all tests of this process."""
    backend = get_backend("kms")[DEFAULT_ACCOUNT_ID][config.region]
    if not _made:
        _create()
        _made.update(backend.keys)
    # Their material has no deep copy and needs none: nothing changes it.
    backend.keys.update({key_id: copy.copy(key) for key_id, key in _made.items()})


def _create() -> None:
    kms = boto3.client("kms", region_name=config.region)
    for alias, spec, usage in KEYS:
        key = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=key)
