"""The KMS keys of infra/security.yaml, by the aliases of a test's configuration."""

import boto3

from bank import vault
from bank.config import config


def create_for_personal_data() -> None:
    """Keys for sealing and lookup, at whatever AWS answers now; what the vault kept of others is let go."""
    forget()
    kms = boto3.client("kms", region_name=config.region)
    for alias, spec, usage in (
        (config.field_key_id, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
        (config.lookup_key_id, "HMAC_256", "GENERATE_VERIFY_MAC"),
    ):
        key = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=key)


def forget() -> None:
    """Let go of clients and data keys of another AWS."""
    vault._kms.cache_clear()
    vault._envelope.cache_clear()
