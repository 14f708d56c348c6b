"""Access tokens as the bank issues them: JWTs as RFC 9068 profiles them, RS256, signed by KMS.

The rooms that know who somebody is (identity for channels, customers, staff) issue them; the authorizer in
identity verifies them, and `bank.access.principal.principal` reads what it passed on.
"""

import base64
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from bank import clock, ids
from bank.access import signing
from bank.access.principal import Kind
from bank.access.signing import ALGORITHM, AUDIENCE
from bank.config import config

LIFETIME = timedelta(minutes=15)


def issue(
    *,
    client_id: str,
    scopes: Iterable[str],
    subject: str = "",
    kind: Kind = Kind.CHANNEL,
    unit: str = "",
    session: str = "",
    device: str = "",
    bank_wide: bool = False,
    signed: bool = False,
) -> str:
    """A token for `subject` (a channel itself where none is given), who comes through `client_id`.

    The further claims are those of `Principal`. One call of KMS; a new process makes one more
    for the key's id.
    """
    now = int(clock.now().timestamp())
    header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": signing.kid(kind)}
    claims = {
        "iss": config.issuer,
        "sub": subject or client_id,
        "client_id": client_id,
        "aud": AUDIENCE,
        "iat": now,
        "nbf": now,
        "exp": now + int(LIFETIME.total_seconds()),
        "jti": ids.new("tok"),
        "scope": " ".join(scopes),
        "kind": kind.value,
        "unit": unit,
        "sid": session,
        "device": device,
        "bank_wide": bank_wide,
        "signed": signed,
    }
    # joserfc signs with keys that it holds, and this one stays in KMS: RFC 7515, section 5.1, by hand.
    unsigned = f"{_encoded(_json(header))}.{_encoded(_json(claims))}"
    return f"{unsigned}.{_encoded(signing.sign(unsigned.encode(), kind))}"


def _json(part: dict[str, Any]) -> bytes:
    return json.dumps(part, separators=(",", ":")).encode()


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
