"""Client's signature of requests that move money (RFC 9421): docs/signing.md, as code."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import (
    ED25519,
    RSA_PSS_SHA512,
    RSA_V1_5_SHA256,
    HTTPSignatureAlgorithm,
)

from bank import clock

COVERED = ("@method", "@authority", "@path", "content-digest", "idempotency-key", "authorization")
ALGORITHMS: dict[str, type[HTTPSignatureAlgorithm]] = {
    each.algorithm_id: each for each in (ED25519, RSA_PSS_SHA512, RSA_V1_5_SHA256)
}


@dataclass(frozen=True)
class Signer:
    """A client's key. `api_url` is where requests go; `private_key` is PEM."""

    api_url: str
    key_id: str
    private_key: bytes
    algorithm: str = ED25519.algorithm_id

    def headers(self, method: str, path: str, content: bytes, headers: Mapping[str, str]) -> dict[str, str]:
        """`headers`, with Authorization and Idempotency-Key among them, and digest and signature besides."""
        signed: dict[str, str] = dict(headers)
        message: Any = SimpleNamespace(
            method=method, url=seen_by_the_gateway(self.api_url) + path, headers=signed
        )
        signer = HTTPMessageSigner(
            signature_algorithm=ALGORITHMS[self.algorithm],
            key_resolver=MappingKeyResolver(public_keys={}, private_keys={self.key_id: self.private_key}),
        )
        signer.sign(
            message,
            key_id=self.key_id,
            created=clock.now(),
            nonce=secrets.token_urlsafe(24),
            label="bank",
            covered_component_ids=COVERED,
            body=content,
        )
        return signed


def seen_by_the_gateway(api_url: str) -> str:
    """The URL as API Gateway has it: MiniStack's path to a stage stands for a host of the API's own."""
    return re.sub(r"/restapis/[^/]+/([^/]+)/_user_request_$", r"/\1", api_url)
