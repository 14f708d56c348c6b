"""KMS keys that stay the same, so that what was sealed and signed while recording can be opened again.

They are made up for these fixtures and have never held anything else. moto's KMS holds them, whatever else
answers for AWS, since each emulator has a form of ciphertext of its own.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import botocore.handlers
from botocore.awsrequest import AWSResponse
from botocore.handlers import REGISTER_FIRST
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.request import normalize_request
from moto.kms.models import Key
from moto.kms.responses import KmsResponse
from moto.kms.utils import generate_key_id, generate_master_key

from bank.config import config
from tests.support.embedded import _Raw

Material = dict[str, dict[str, str]]

# Each key by its name in a recording: spec, usage, alias.
USES = {
    "SYMMETRIC_DEFAULT": ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", config.field_key_id),
    "HMAC_256": ("HMAC_256", "GENERATE_VERIFY_MAC", config.lookup_key_id),
    "CURSORS": ("HMAC_256", "GENERATE_VERIFY_MAC", config.cursor_key_id),
    # The one key of release 0.1, which signed every caller's tokens.
    "RSA_2048": ("RSA_2048", "SIGN_VERIFY", config.token_keys["channel"][0]),
    "CUSTOMER_TOKENS": ("RSA_2048", "SIGN_VERIFY", config.token_keys["customer"][0]),
    "STAFF_TOKENS": ("RSA_2048", "SIGN_VERIFY", config.token_keys["staff"][0]),
}


def fresh() -> Material:
    """Keys of each kind that the platform has, by their names."""
    return {name: {"id": generate_key_id(), **_made(spec)} for name, (spec, _, _) in USES.items()}


def _made(spec: str) -> dict[str, str]:
    if spec != "RSA_2048":
        return {"key": base64.b64encode(generate_master_key()).decode()}
    private = rsa.generate_private_key(65537, 2048)
    return {"pem": private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()}


@contextmanager
def used(material: Material) -> Iterator[None]:
    """The platform's keys, by their aliases, are these, for clients that are made in here.

    Keys that the release did not have are new ones.
    """
    keys = {USES[name][2]: _key(name, given) for name, given in material.items()}
    ids = {key.id for key in keys.values()}

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        asked = json.loads(request.body)
        sealed = base64.b64decode(asked.get("CiphertextBlob", ""))[:36].decode(errors="replace")
        named = str(asked.get("KeyId") or sealed).rpartition(":key/")[2]
        if named not in keys.keys() | ids or "Alias" in str(request.headers["X-Amz-Target"]):
            return None
        _give(keys)
        status, headers, body = KmsResponse.dispatch(normalize_request(request), request.url, request.headers)
        return AWSResponse(request.url, status, headers, _Raw(body.encode()))

    handler = ("before-send.kms", answer, REGISTER_FIRST)
    botocore.handlers.BUILTIN_HANDLERS.append(handler)
    try:
        yield
    finally:
        botocore.handlers.BUILTIN_HANDLERS.remove(handler)


def _give(keys: dict[str, Key]) -> None:
    """Have them in moto's KMS, by their aliases, which every test empties."""
    backend = get_backend("kms")[DEFAULT_ACCOUNT_ID][config.region]
    if any(key.id not in backend.keys for key in keys.values()):
        for other in backend.keys.values():
            other.aliases.clear()
        for alias, key in keys.items():
            backend.keys[key.id] = key
            backend.create_alias(key.id, alias)


def _key(name: str, given: dict[str, str]) -> Key:
    made: Any = Key
    spec, usage, _ = USES[name]
    key = made(None, usage, spec, "", DEFAULT_ACCOUNT_ID, config.region)
    key.id = given["id"]
    key.arn = f"{key.arn.rsplit('/', 1)[0]}/{key.id}"
    if "key" in given:
        key.key_material = base64.b64decode(given["key"])
    else:
        key.private_key.private_key = load_pem_private_key(given["pem"].encode(), None)
    return cast(Key, key)
