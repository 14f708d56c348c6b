"""Keyed hashes that any function can make, and nobody without the key, which never leaves KMS.

One key serves more than one purpose: each begins its messages with words that no other begins with.
"""

import functools
from typing import Any

from bank import aws
from bank.config import config


def made(message: str) -> bytes:
    """HMAC-SHA-256 of `message`, 32 bytes. One call of KMS. Replacing the key makes them all others."""
    answer = _kms().generate_mac(
        KeyId=config.cursor_key_id, Message=message.encode(), MacAlgorithm="HMAC_SHA_256"
    )
    mac: bytes = answer["Mac"]
    return mac


@functools.cache
def _kms() -> Any:
    return aws.client("kms", read_timeout=3)
