"""Reports of suspicious patterns."""

from aml import rendering, schemas
from aml.routes.api import BANK, STAFF, app
from aml.service import access, decisions, patterns
from bank import errors
from bank.access import acts
from bank.control import audit
from bank.http import Call


@app.get(
    "/aml/reports", scope="aml:read", callers=BANK, query=schemas.ReportsQuery, answer=schemas.ReportPage
)
def list_aml_reports(call: Call, query: schemas.ReportsQuery) -> schemas.ReportPage:
    """The reports of the caller's units, newest first."""
    access.require_reviewer(call.principal)
    units = access.reach(call.principal)
    rows, last = patterns.list_reports(units=units, after=query.after, limit=query.limit)
    return schemas.ReportPage(
        items=[rendering.report(row) for row in rows],
        next_cursor=last,
    )


@app.get(
    "/aml/reports/{report_id}",
    scope="aml:read",
    callers=BANK,
    answer=schemas.ReportWithEvidence,
    problems=[errors.NotFound],
)
def get_aml_report(call: Call, report_id: str) -> schemas.ReportWithEvidence:
    """One report with its evidence."""
    return rendering.report_with_evidence(decisions.find_report(report_id, call.principal))


@app.post(
    "/aml/reports/{report_id}/submission",
    act=acts.approved(acts.GUARD),
    scope="aml:write",
    callers=STAFF,
    body=schemas.Submit,
    answer=schemas.ReportWithEvidence,
    problems=[errors.NotFound, decisions.AlreadyDecided],
)
def submit_aml_report(call: Call, report_id: str, body: schemas.Submit) -> schemas.ReportWithEvidence:
    """Submit a draft, or dismiss it, which others approve. Once."""
    row = decisions.submit(
        report_id=report_id,
        submitted=body.decision == "submitted",
        reason=body.reason,
        principal=call.principal,
        actor=audit.actor(call),
    )
    return rendering.report_with_evidence(row)
