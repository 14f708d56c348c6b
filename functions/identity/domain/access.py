"""The rules of access: a token's principal, and the policy that opens its scopes' routes.

The table of scopes is the kernel's (`bank.access.scopes`): roles of staff are made of them too.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bank.access.scopes import SCOPES

__all__ = ["SCOPES", "AuthenticatedPrincipal", "Refused", "known", "policy", "unknown"]


class Refused(Exception):
    """The token is not one to be taken; the message says why, for the log and not for the caller."""


@dataclass(frozen=True)
class AuthenticatedPrincipal:
    """Principal of a verified access token: the source of `bank.access.principal.Principal`."""

    client_id: str
    subject: str
    scopes: tuple[str, ...]
    kind: str = "channel"
    unit: str = ""
    session: str = ""
    device: str = ""
    issued_at: int = 0
    bank_wide: bool = False
    signed: bool = False

    def context(self) -> dict[str, str]:
        """As API Gateway hands it on: text only."""
        return {
            "client_id": self.client_id,
            "subject": self.subject,
            "scope": " ".join(self.scopes),
            "kind": self.kind,
            "unit": self.unit,
            "session": self.session,
            "device": self.device,
            "issued_at": str(self.issued_at),
            "bank_wide": str(self.bank_wide).lower(),
            "signed": str(self.signed).lower(),
        }


def known(scopes: Iterable[str]) -> tuple[str, ...]:
    """Those of `scopes` that open anything here, each once and in order."""
    return tuple(sorted(set(scopes) & SCOPES.keys()))


def unknown(scopes: Iterable[str]) -> list[str]:
    """Those of `scopes` that nothing here is opened by."""
    return sorted(set(scopes) - SCOPES.keys())


def policy(method_arn: str, principal: AuthenticatedPrincipal) -> dict[str, Any]:
    """The authorizer's answer to API Gateway, for every route of the stage that `method_arn` is in.

    API Gateway keeps the answer for its token and asks it about other routes too, so that it must not depend
    on the route of this request. What it does not allow is answered 403.
    """
    stage = "/".join(method_arn.split("/")[:2])
    resources = _resources(_shortened(stage), principal.scopes)
    # A statement must name something: a token that opens nothing denies everything.
    statement = _statement("Allow", resources) if resources else _statement("Deny", [f"{stage}/*"])
    return {
        "principalId": principal.subject,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": principal.context(),
    }


def _shortened(stage: str) -> str:
    """The stage's ARN without region and account, which its API's id implies: 8 KB are soon full."""
    service, _, _, api = stage.rsplit(":", 3)
    return f"{service}:*:*:{api}"


def _resources(stage: str, scopes: Iterable[str]) -> list[str]:
    """One pattern for a path and all below it: API Gateway takes 8 KB at most. Two where one would not do."""
    opened = {opening for scope in scopes for opening in SCOPES[scope]}
    return [f"{stage}/{method}/{pattern}" for method, root in sorted(opened) for pattern in _patterns(root)]


@functools.cache
def _patterns(root: str) -> tuple[str, ...]:
    """Return patterns for a root and all below it, and for no other: `me*` would open `merchants` too."""
    others = {opening.root for openings in SCOPES.values() for opening in openings} - {root}
    begins_another = any(other.startswith(root) for other in others)
    return (root, f"{root}/*") if begins_another else (f"{root}*",)


def _statement(effect: str, resources: list[str]) -> dict[str, Any]:
    return {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resources}
