"""Who is calling. The Lambda authorizer has verified the token; rooms check scopes again, in code."""

from dataclasses import dataclass
from typing import Any

from bank import errors


@dataclass(frozen=True)
class Principal:
    """A verified caller: a channel client and the scopes its token carries."""

    client_id: str
    scopes: frozenset[str]

    def require(self, scope: str) -> None:
        """Raise `Forbidden` unless the token carries `scope`."""
        if scope not in self.scopes:
            raise errors.Forbidden(f"this needs the scope {scope}", code="insufficient_scope")


def principal(event: dict[str, Any]) -> Principal:
    """The caller of an API Gateway proxy event, as the authorizer passed it on."""
    context = event["requestContext"].get("authorizer") or {}
    if "client_id" not in context:
        raise errors.Unauthorized("no verified caller")
    return Principal(context["client_id"], frozenset(context.get("scope", "").split()))
