"""Routes as they are declared, calls as use cases see them, and answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from bank import errors, ids
from bank.access.acts import Act
from bank.access.principal import Kind, Principal
from bank.http.fields import Body

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Call:
    """One request, as a use case may need to know it."""

    principal: Principal
    request_id: str
    operation: str
    headers: Any
    digest: str
    idempotency_key: str = ""
    source_ip: str = ""

    def record_id(self, prefix: str) -> str:
        """The id of the record that this request makes: the same for each of its deliveries.

        Where the route does not ask for an Idempotency-Key and none was sent, a fresh one. Callers who share
        a channel share no keys: a customer never meets the record of another's request.
        """
        if not self.idempotency_key:
            return ids.new(prefix)
        principal = self.principal
        who = [principal.client_id] + [principal.subject] * (principal.kind is not Kind.CHANNEL)
        return ids.derived(prefix, *who, self.operation, self.idempotency_key)


@dataclass(frozen=True)
class Answer:
    """A view's answer where the declared status or JSON alone is not enough."""

    body: Any
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    replayed: bool = False


@dataclass(frozen=True)
class Operation:
    """One route as it was declared; the OpenAPI document is made from these."""

    method: str
    path: str
    view: Callable[..., Any]
    scope: str | None
    status: int
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    answer: type[BaseModel] | None
    idempotent: bool
    callers: tuple[Kind, ...]
    form: bool
    problems: tuple[type[errors.BankError], ...]
    media_types: tuple[str, ...]
    tag: str
    # What it does and takes, where it writes; None where it only reads.
    act: Act | None = None
    session_checked: bool = False
    kept_seconds: int = 0
    # What the answer's example shows of what was just done.
    example: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The operationId: the view's name."""
        return self.view.__name__

    @property
    def title(self) -> str:
        """The name with its room's, as audit entries and approvals are called."""
        return f"{self.tag}.{self.name}"

    def needs_approval(self, principal: Principal, body: BaseModel | None) -> bool:
        """Return whether others have to approve what this caller asks for."""
        if self.act is None or not self.act.proposed:
            return False
        asked = principal.kind is Kind.STAFF or (self.act.channels and principal.kind is Kind.CHANNEL)
        return asked and (not isinstance(body, Body) or body.takes_approval)

    def needs_fresh_factor(self, principal: Principal, body: BaseModel | None = None) -> bool:
        """Return whether a person of the bank's does what has weight, whatever they ask or by their `body`.

        Customers have payment tokens.
        """
        if self.act is None or principal.kind is not Kind.STAFF:
            return False
        return self.act.fresh or (body is not None and self.needs_approval(principal, body))
