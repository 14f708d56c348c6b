"""Programmes: drafted, and activated once another has approved that."""

from bank import errors
from bank.access import acts
from bank.control import audit
from bank.http import Answer, Call, Page
from points import rendering, schemas
from points.domain import Terms, Tier
from points.routes.api import KEEPERS, STAFF, app
from points.service import programmes


@app.post(
    "/points/programmes",
    act=acts.RECORD,
    scope="points:write",
    callers=STAFF,
    status=201,
    body=schemas.DraftProgramme,
    answer=schemas.ProgrammeAnswer,
    problems=[errors.Unprocessable],
)
def create_programme(call: Call, body: schemas.DraftProgramme) -> Answer:
    """Keep a version of the rules, checked and compiled; nothing is earned by it yet."""
    call.principal.require_head_office()
    row, replayed = programmes.draft(
        programme_id=call.record_id("ppr"),
        request_digest=call.digest,
        content=body.content,
        terms=_terms(body.terms),
        note=body.note,
        actor=audit.actor(call),
    )
    return Answer(rendering.programme(row, programmes.live(), whole=True), replayed=replayed)


@app.get("/points/programmes", scope="points:read", callers=KEEPERS, query=Page, answer=schemas.ProgrammePage)
def list_programmes(call: Call, query: Page) -> schemas.ProgrammePage:
    """Programmes, oldest first, without their rules."""
    call.principal.require_bank()
    rows, last = programmes.list_programmes(after=query.after, limit=query.limit)
    live = programmes.live()
    return schemas.ProgrammePage(
        items=[rendering.programme(row, live, whole=False) for row in rows], next_cursor=last
    )


@app.get(
    "/points/programmes/{programme_id}",
    scope="points:read",
    callers=KEEPERS,
    answer=schemas.ProgrammeAnswer,
    problems=[errors.NotFound],
)
def get_programme(call: Call, programme_id: str) -> schemas.ProgrammeAnswer:
    """A programme with its rules."""
    call.principal.require_bank()
    row, live = programmes.find(programme_id=programme_id)
    return rendering.programme(row, live, whole=True)


@app.post(
    "/points/programmes/{programme_id}/activation",
    act=acts.approved(acts.GUARD),
    scope="points:write",
    callers=STAFF,
    answer=schemas.ProgrammeAnswer,
    problems=[errors.NotFound, programmes.AlreadyLive, errors.Invalid],
)
def activate_programme(call: Call, programme_id: str) -> schemas.ProgrammeAnswer:
    """Let points be earned by this programme from now on; what was earned before keeps its terms."""
    call.principal.require_head_office()
    row = programmes.activate(programme_id=programme_id, actor=audit.actor(call))
    return rendering.programme(row, programmes.live(), whole=True)


def _terms(body: schemas.Terms) -> Terms:
    """Terms as the rules know them. Raises Invalid for tiers that do not rise."""
    tiers = tuple(Tier(**each.model_dump()) for each in body.tiers)
    starts = [each.points for each in tiers]
    if starts != sorted(set(starts)) or len({each.name for each in tiers}) != len(tiers):
        wrong = [{"field": "terms.tiers", "message": "each begins at more points than the one before"}]
        raise errors.Invalid("tiers rise", errors=wrong)
    return Terms(**{**body.model_dump(), "tiers": tiers})
