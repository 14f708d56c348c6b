"""Roles."""

from pydantic import Field

from bank.http import Body, Identifier, Schema, Text


class NewRole(Body):
    """A role to make, of permissions that its maker holds."""

    name: Text = Field(examples=["Merchant desk"])
    permissions: list[Identifier] = Field(min_length=1, max_length=100, examples=[["merchants:read"]])


class ChangeRole(Body):
    """Changes of a role. Its permissions never change: make another."""

    name: Text | None = Field(default=None, examples=["Merchant desk"])
    retired: bool | None = None


class RoleAnswer(Schema):
    """A role and what it is made of."""

    role_id: str
    name: str
    permissions: list[str] = Field(examples=[["merchants:read"]])
    built_in: bool
    retired: bool


class RoleList(Schema):
    """All roles."""

    items: list[RoleAnswer]
    next_cursor: str | None = None
