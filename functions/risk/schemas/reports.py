"""Daily reports."""

from typing import Any

from bank.http import Schema
from risk.schemas.fields import Day


class ReportQuery(Schema):
    """Of which day."""

    day: Day


class UnitReport(Schema):
    """A unit's day. `totals` are by currency, `rules` by currency and reason; amounts in minor units."""

    unit_id: str
    totals: list[dict[str, Any]]
    rules: list[dict[str, Any]]


class RiskReportAnswer(Schema):
    """The units of the caller's data scope; `totals` and `rules` sum them up."""

    day: Day
    units: list[UnitReport]
    totals: list[dict[str, Any]]
    rules: list[dict[str, Any]]
