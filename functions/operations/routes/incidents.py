"""Incidents: alarms that went off."""

from bank.access import acts
from bank.control import audit
from bank.http import Call, Page
from operations import rendering, schemas
from operations.routes.api import STAFF, app
from operations.service import incidents
from operations.service.incidents import IncidentNotFound


@app.get("/incidents", scope="operations:read", callers=STAFF, query=Page, answer=schemas.IncidentPage)
def list_incidents(call: Call, query: Page) -> schemas.IncidentPage:
    """Alarms that are not over, or that nobody has acknowledged; newest first."""
    call.principal.require_head_office()
    rows, last = incidents.list_open(after=query.after, limit=query.limit)
    return schemas.IncidentPage(items=[rendering.incident(row) for row in rows], next_cursor=last)


@app.get(
    "/incidents/{incident_id}",
    scope="operations:read",
    callers=STAFF,
    answer=schemas.IncidentAnswer,
    problems=[IncidentNotFound],
)
def get_incident(call: Call, incident_id: str) -> schemas.IncidentAnswer:
    """One alarm that went off, whatever became of it."""
    call.principal.require_head_office()
    return rendering.incident(incidents.find(incident_id))


@app.post(
    "/incidents/{incident_id}/acknowledgement",
    act=acts.RECORD,
    scope="operations:write",
    callers=STAFF,
    body=schemas.Acknowledge,
    answer=schemas.IncidentAnswer,
    problems=[IncidentNotFound],
)
def acknowledge_incident(call: Call, incident_id: str, body: schemas.Acknowledge) -> schemas.IncidentAnswer:
    """Take it on: nobody else is woken for it. Of several, the first who did stays named."""
    call.principal.require_head_office()
    row = incidents.acknowledge(incident_id=incident_id, note=body.note, actor=audit.actor(call))
    return rendering.incident(row)
