"""Daily reports."""

from bank.http import Call
from risk import rendering, schemas
from risk.routes.api import READERS, app
from risk.service import reports


@app.get(
    "/risk/reports",
    scope="risk:read",
    callers=READERS,
    query=schemas.ReportQuery,
    answer=schemas.RiskReportAnswer,
)
def get_risk_report(call: Call, query: schemas.ReportQuery) -> schemas.RiskReportAnswer:
    """A day's decisions, confirmed losses and rules, by the units of the caller's data scope."""
    call.principal.require_bank()
    return rendering.report(query.day, reports.of_day(principal=call.principal, day=query.day))
