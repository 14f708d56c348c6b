"""The principal of a request and its data scope. The authorizer verified the token; rooms check again.

Three questions are asked in code. A *scope* says what may be done (`Principal.require`), the *kind* who may
do it whatever their scopes (`Principal.require_kind`: no customer books a deposit), the *data scope* to whose
records (`Principal.require_sees`): a customer's own, the customers of the channel, the subtree of a member of
staff's unit. What may not be seen does not exist: 404, never 403.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bank import errors
from bank.access import organisation


class HeadOfficeOnly(errors.Forbidden):
    """403: the head office alone does this."""

    code, title = "head_office_only", "Head office only"


class BankOnly(errors.Forbidden):
    """403: the bank's own staff and systems alone do this."""

    code, title = "bank_only", "The bank's own"


class Kind(StrEnum):
    """Kinds of principal."""

    CHANNEL = "channel"
    CUSTOMER = "customer"
    STAFF = "staff"


@dataclass(frozen=True)
class Ownership:
    """Ownership of a record: the channel it came through, the unit that keeps it, the customer it is about.

    Nothing set is the head office's own.
    """

    client_id: str = ""
    unit_id: str = organisation.HEAD_OFFICE
    customer_id: str = ""


# Whatever is the whole bank's is the head office's.
THE_BANK = Ownership()


@dataclass(frozen=True)
class Principal:
    """A verified caller.

    `client_id` is the channel that the call came through, `subject` who acts: a customer's or a member of
    staff's id, or the channel's own. `unit` is a member of staff's place in the organisation, `session` what
    can be revoked, `device` the one that a customer's session was opened on ("" where that is not known),
    `issued_at` the token's time (Unix seconds). A `bank_wide` channel is one of the bank's
    own systems: it acts for every channel's customers. A `signed` one has to sign what moves money.
    """

    client_id: str
    scopes: frozenset[str]
    kind: Kind = Kind.CHANNEL
    subject: str = ""
    unit: str = ""
    session: str = ""
    device: str = ""
    issued_at: int = 0
    bank_wide: bool = False
    signed: bool = False

    @property
    def actor_id(self) -> str:
        """Id of who acts: a member of staff's, a customer's, or the channel's own."""
        return self.subject or self.client_id

    def require(self, scope: str) -> None:
        """Raise `Forbidden` unless the token carries `scope`."""
        if scope not in self.scopes:
            raise errors.Forbidden(f"this needs the scope {scope}", code="insufficient_scope")

    def sees(self, record: Ownership) -> bool:
        """Return whether a record is visible to this caller. No round trip while the tree is kept."""
        if self.kind is Kind.CUSTOMER:
            return bool(self.subject) and record.customer_id == self.subject
        if self.kind is Kind.STAFF:
            return organisation.contains(self.unit, record.unit_id)
        return self.bank_wide or (bool(record.client_id) and record.client_id == self.client_id)

    def require_kind(self, kinds: Collection[Kind]) -> None:
        """Raise `Forbidden` unless this is a kind of caller that may do this at all."""
        if self.kind not in kinds:
            raise errors.Forbidden(f"this is not for a {self.kind}", code="caller_kind")

    def require_sees(self, record: Ownership, missing: errors.NotFound) -> None:
        """Raise `missing`, as for what does not exist, unless the record is visible to the caller."""
        if not self.sees(record):
            raise missing

    def require_bank(self) -> None:
        """Raise BankOnly for any but staff and the bank's own systems: this is not for channels."""
        if self.kind is not Kind.STAFF and not self.bank_wide:
            raise BankOnly("this is the bank's own")

    def require_head_office(self) -> None:
        """Raise HeadOfficeOnly for any but the head office's staff and the bank's own systems."""
        of_it = self.unit == organisation.HEAD_OFFICE if self.kind is Kind.STAFF else self.bank_wide
        if not of_it:
            raise HeadOfficeOnly("this is the head office's to do")

    def units(self) -> list[str]:
        """For a member of staff, the units of the data scope, top down; lists are read unit by unit."""
        return organisation.subtree(self.unit)


def principal_of(event: dict[str, Any]) -> Principal:
    """The caller of an API Gateway proxy event, as the authorizer passed it on."""
    context = event["requestContext"].get("authorizer") or {}
    if "client_id" not in context:
        raise errors.Unauthorized("no verified caller")
    return Principal(
        client_id=context["client_id"],
        scopes=frozenset(context.get("scope", "").split()),
        kind=Kind(context.get("kind", Kind.CHANNEL)),
        subject=context.get("subject", context["client_id"]),
        unit=context.get("unit", ""),
        session=context.get("session", ""),
        device=context.get("device", ""),
        issued_at=int(context.get("issued_at", 0)),
        bank_wide=context.get("bank_wide") == "true",
        signed=context.get("signed") == "true",
    )
