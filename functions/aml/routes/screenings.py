"""Screenings, and what staff decide of their hits."""

from aml import rendering, schemas
from aml.domain.outcomes import Outcome
from aml.routes.api import BANK, STAFF, app
from aml.service import access, decisions, lists, reading, screening
from aml.service.subjects import Subject
from bank import errors
from bank.access import acts
from bank.access.principal import Kind, Principal
from bank.control import audit
from bank.http import Answer, Call


@app.post(
    "/aml/screenings",
    act=acts.RECORD,
    scope="aml:write",
    callers=BANK,
    status=201,
    body=schemas.Screen,
    answer=schemas.ScreeningAnswer,
    problems=[errors.NotFound, lists.NoList],
)
def screen(call: Call, body: schemas.Screen) -> Answer:
    """Screen a customer or a payee. A hit waits for a decision of staff; one beyond doubt is confirmed."""
    subject = Subject(
        subject_id=body.subject_id,
        kind=body.kind.value,
        schema=body.type.value,
        name=body.name,
        year=body.birth_date.year if body.birth_date else None,
        reference=body.reference,
    )
    row, replayed = screening.screen(
        subject=subject,
        screening_id=call.record_id("scr"),
        request_digest=call.digest,
        principal=call.principal,
    )
    return Answer(rendering.screening(row, reviewer=_reviews(call.principal)), replayed=replayed)


@app.get(
    "/aml/screenings",
    scope="aml:read",
    callers=BANK,
    query=schemas.WaitingQuery,
    answer=schemas.ScreeningPage,
)
def list_screenings(call: Call, query: schemas.WaitingQuery) -> schemas.ScreeningPage:
    """The screenings of the caller's units that wait for a decision, newest first."""
    access.require_reviewer(call.principal)
    rows, last = reading.list_waiting(principal=call.principal, after=query.after, limit=query.limit)
    return schemas.ScreeningPage(
        items=[rendering.screening(row, reviewer=True) for row in rows],
        next_cursor=last,
    )


@app.get(
    "/aml/screenings/{screening_id}",
    scope="aml:read",
    callers=BANK,
    answer=schemas.ScreeningAnswer,
    problems=[errors.NotFound],
)
def get_screening(call: Call, screening_id: str) -> schemas.ScreeningAnswer:
    """One screening. A channel hears the outcome alone."""
    row = reading.find(screening_id, call.principal)
    return rendering.screening(row, reviewer=_reviews(call.principal))


@app.post(
    "/aml/screenings/{screening_id}/decision",
    act=acts.approved(acts.GUARD),
    scope="aml:write",
    callers=STAFF,
    body=schemas.Decide,
    answer=schemas.ScreeningAnswer,
    problems=[errors.NotFound, decisions.AlreadyDecided],
)
def decide_screening(call: Call, screening_id: str, body: schemas.Decide) -> schemas.ScreeningAnswer:
    """Say whether it is the entry. That it is not is remembered until the name or the entry changes."""
    row = decisions.decide(
        screening_id=screening_id,
        decision=Outcome(body.decision),
        reason=body.reason,
        principal=call.principal,
        actor=audit.actor(call),
    )
    return rendering.screening(row, reviewer=True)


@app.post(
    "/screened-names",
    act=acts.alone(acts.DOOR, "reads what the law lets it, with a reason, in the audit trail"),
    scope="aml:unmask",
    callers=STAFF,
    status=201,
    body=schemas.Unmask,
    answer=schemas.NameAnswer,
    problems=[errors.NotFound],
)
def unmask_screened_name(call: Call, body: schemas.Unmask) -> schemas.NameAnswer:
    """The full name of who was screened. It is written down who asked, and why."""
    name, year = decisions.unmask(
        screening_id=body.screening_id,
        reason=body.reason,
        principal=call.principal,
        actor=audit.actor(call),
    )
    return schemas.NameAnswer(name=name, birth_year=year)


def _reviews(principal: Principal) -> bool:
    return principal.kind is Kind.STAFF or principal.bank_wide
