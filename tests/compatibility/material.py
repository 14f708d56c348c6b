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

USES = {
    "SYMMETRIC_DEFAULT": ("ENCRYPT_DECRYPT", config.field_key_id),
    "HMAC_256": ("GENERATE_VERIFY_MAC", config.lookup_key_id),
    "RSA_2048": ("SIGN_VERIFY", config.signing_key_id),
}


def fresh() -> Material:
    """Keys of the three kinds that the platform has, by their spec."""
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    symmetric = {
        spec: {"id": generate_key_id(), "key": base64.b64encode(generate_master_key()).decode()}
        for spec in ("SYMMETRIC_DEFAULT", "HMAC_256")
    }
    return {**symmetric, "RSA_2048": {"id": generate_key_id(), "pem": pem.decode()}}


@contextmanager
def used(material: Material) -> Iterator[None]:
    """The platform's keys, by their aliases, are these: for clients that are made in here."""
    keys = {given["id"]: _key(spec, given) for spec, given in material.items()}
    aliases = {alias for _, alias in USES.values()}

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        asked = json.loads(request.body)
        sealed = base64.b64decode(asked.get("CiphertextBlob", ""))[:36].decode(errors="replace")
        named = str(asked.get("KeyId") or sealed).rpartition(":key/")[2]
        if named not in aliases | keys.keys() or "Alias" in str(request.headers["X-Amz-Target"]):
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
    """Have them in moto's KMS, which every test empties."""
    backend = get_backend("kms")[DEFAULT_ACCOUNT_ID][config.region]
    if not backend.keys.keys() >= keys.keys():
        for other in backend.keys.values():
            other.aliases.clear()
        backend.keys.update(keys)
        for key in keys.values():
            backend.create_alias(key.id, USES[key.key_spec][1])


def _key(spec: str, given: dict[str, str]) -> Key:
    made: Any = Key
    key = made(None, USES[spec][0], spec, "", DEFAULT_ACCOUNT_ID, config.region)
    key.id = given["id"]
    key.arn = f"{key.arn.rsplit('/', 1)[0]}/{key.id}"
    if "key" in given:
        key.key_material = base64.b64decode(given["key"])
    else:
        key.private_key.private_key = load_pem_private_key(given["pem"].encode(), None)
    return cast(Key, key)
