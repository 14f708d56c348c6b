"""Customers as staff and channels see them."""

from typing import Literal

from pydantic import Field

from bank.access.authority import Authority
from bank.http import Body, Identifier, Page, Schema, Text
from bank.phones import Phone
from customers.schemas.me import CustomerAnswer


class CustomersQuery(Page):
    """Filter of customers: of all units that the caller sees, or of one."""

    unit_id: Identifier | None = None


class CustomerPage(Schema):
    """A page of customers. It may come short, even empty, and have a next one."""

    items: list[CustomerAnswer]
    next_cursor: str | None


class LookUp(Body):
    """Phone to look up; in the body, because addresses are logged. Staff name the channel."""

    phone: Phone
    client_id: Identifier | None = Field(
        default=None, description="For staff; the bank's own channels unless given"
    )


class Why(Body):
    """Reason of a change; the audit trail keeps it."""

    reason: Text


class Reinstate(Why):
    """The end of a suspension: the caller's own, or a lower authority's."""

    authority: Authority | None = Field(default=None, strict=False, examples=[None])


class Unmask(Body):
    """Field to unmask, and the reason."""

    customer_id: Identifier
    field: Literal["phone"]
    reason: Text


class Unmasked(Schema):
    """A field as it is. That it was shown is in the audit trail."""

    customer_id: str
    field: Literal["phone"]
    value: str = Field(examples=["+8613800138000"])
