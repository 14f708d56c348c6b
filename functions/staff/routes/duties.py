"""Segregation of duties: what is kept apart, and the report on who has it together."""

from bank.http import Call, Page
from staff import rendering, schemas
from staff.domain.duties import CONFLICTS, DUTIES
from staff.routes.api import READ, app
from staff.service import duties


@app.get("/duties", scope="roles:read", answer=schemas.DutiesAnswer, **READ)
def list_duties(call: Call) -> schemas.DutiesAnswer:
    """Duties by their permissions, and which of them one person may not have together."""
    return schemas.DutiesAnswer(
        duties=[
            schemas.DutyAnswer(duty=duty, permissions=sorted(held)) for duty, held in sorted(DUTIES.items())
        ],
        conflicts=[rendering.conflict(each) for each in CONFLICTS],
    )


@app.get(
    "/duty-conflicts",
    scope="staff:read",
    query=Page,
    answer=schemas.ConflictPage,
    **READ,
)
def list_duty_conflicts(call: Call, query: Page) -> schemas.ConflictPage:
    """Report the members of the data scope whose roles have duties that conflict, by unit and id."""
    found, last = duties.report(principal=call.principal, after=query.after, limit=query.limit)
    return schemas.ConflictPage(items=[rendering.finding(each) for each in found], next_cursor=last)
