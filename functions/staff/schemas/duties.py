"""Duties that are kept apart, and who has them together."""

from pydantic import Field

from bank.http import Schema


class DutyAnswer(Schema):
    """A duty: who holds any of its permissions has it."""

    duty: str = Field(examples=["money"])
    permissions: list[str] = Field(examples=[["accounts:write"]])


class ConflictAnswer(Schema):
    """Two duties that one person may not have."""

    one: str = Field(examples=["administration"])
    other: str = Field(examples=["money"])
    why: str = Field(examples=["who lets people in moves no money"])


class DutiesAnswer(Schema):
    """Segregation of duties, as it is checked whenever a role is made or given."""

    duties: list[DutyAnswer]
    conflicts: list[ConflictAnswer]


class FindingAnswer(Schema):
    """A member of staff whose roles, whatever units they are for, have duties that conflict."""

    staff_id: str = Field(examples=["stf_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    unit_id: str
    roles: list[str] = Field(examples=[["rol_risk_analyst", "rol_risk_approver"]])
    conflicts: list[ConflictAnswer]


class ConflictPage(Schema):
    """A page of the report: it may have few items, or none, and go on."""

    items: list[FindingAnswer]
    next_cursor: str | None
