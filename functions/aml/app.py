"""The aml room at the edge: routes, its table's stream, its queues and its scheduled jobs."""

from typing import Any

from aml import rendering, schemas
from aml.domain.outcomes import Outcome, Trigger
from aml.service import consumers, decisions, lists, patterns, rescreens, screening
from aml.service.screening import Subject
from bank import clock, errors, store
from bank.access.principal import Kind, Principal
from bank.control import audit
from bank.events.batches import process_sqs_batch
from bank.http import Answer, Api, Call
from bank.observability import logger

app = Api("aml")

# Nobody is screened by himself, and hits are not for those who are.
BANK = (Kind.CHANNEL, Kind.STAFF)


@app.post(
    "/sanctions-lists",
    scope="aml:manage",
    callers=BANK,
    status=201,
    body=schemas.AnnounceList,
    answer=schemas.ListAnswer,
)
def announce_list(call: Call, body: schemas.AnnounceList) -> Answer:
    """Announce a version of a list; the answer says where to put its files. Same files, same version."""
    screening.require_head_office(call.principal)
    digests = {"sdn": body.sdn_sha256, "alt": body.alt_sha256}
    row, known = lists.announce(name=body.name, digests=digests, actor=audit.actor(call))
    return Answer(rendering.sanctions_list(row), replayed=known)


@app.get(
    "/sanctions-lists/{list_id}",
    scope="aml:read",
    callers=BANK,
    answer=schemas.ListAnswer,
    problems=[errors.NotFound],
)
def get_list(call: Call, list_id: str) -> schemas.ListAnswer:
    """A version of a list."""
    screening.require_reviewer(call.principal)
    return rendering.sanctions_list(lists.find(list_id))


@app.post(
    "/sanctions-lists/{list_id}/publication",
    scope="aml:manage",
    callers=BANK,
    answer=schemas.ListAnswer,
    problems=[errors.NotFound, lists.NotThatFile, errors.Conflict],
)
def publish_list(call: Call, list_id: str) -> Answer:
    """Screen against this version from now on: everybody is screened again. Once."""
    screening.require_head_office(call.principal)
    row, known = lists.publish(list_id=list_id, actor=audit.actor(call))
    return Answer(rendering.sanctions_list(row), replayed=known)


@app.post(
    "/aml/screenings",
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
    screening.require_reviewer(call.principal)
    rows, last = screening.waiting(principal=call.principal, after=query.after, limit=query.limit)
    return schemas.ScreeningPage(
        items=[rendering.screening(row, reviewer=True) for row in rows],
        next_cursor=store.encode_cursor(last) if last else None,
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
    row = screening.find(screening_id, call.principal)
    return rendering.screening(row, reviewer=_reviews(call.principal))


@app.post(
    "/aml/screenings/{screening_id}/decision",
    scope="aml:write",
    callers=BANK,
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
    scope="aml:unmask",
    callers=BANK,
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


@app.get(
    "/aml/reports", scope="aml:read", callers=BANK, query=schemas.ReportsQuery, answer=schemas.ReportPage
)
def list_aml_reports(call: Call, query: schemas.ReportsQuery) -> schemas.ReportPage:
    """The reports of the caller's units, newest first."""
    screening.require_reviewer(call.principal)
    units = screening.reach(call.principal)
    rows, last = patterns.reports(units=units, after=query.after, limit=query.limit)
    return schemas.ReportPage(
        items=[rendering.report(row) for row in rows],
        next_cursor=store.encode_cursor(last) if last else None,
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
    return rendering.report_with_evidence(decisions.report(report_id, call.principal))


@app.post(
    "/aml/reports/{report_id}/submission",
    scope="aml:write",
    callers=BANK,
    body=schemas.Submit,
    answer=schemas.ReportWithEvidence,
    problems=[errors.NotFound, decisions.AlreadyDecided],
)
def submit_aml_report(call: Call, report_id: str, body: schemas.Submit) -> schemas.ReportWithEvidence:
    """Submit a draft, or dismiss it. Once."""
    row = decisions.submit(
        report_id=report_id,
        submitted=body.decision == "submitted",
        reason=body.reason,
        principal=call.principal,
        actor=audit.actor(call),
    )
    return rendering.report_with_evidence(row)


@app.get("/pattern-parameters", scope="aml:read", callers=BANK, answer=schemas.ParametersAnswer)
def get_aml_parameters(call: Call) -> schemas.ParametersAnswer:
    """The bounds of the patterns in force."""
    screening.require_reviewer(call.principal)
    return schemas.ParametersAnswer(values=patterns.parameters().values())


@app.patch(
    "/pattern-parameters",
    scope="aml:manage",
    callers=BANK,
    body=schemas.SetParameters,
    answer=schemas.ParametersAnswer,
)
def set_aml_parameters(call: Call, body: schemas.SetParameters) -> schemas.ParametersAnswer:
    """Set some bounds otherwise, for the next run on."""
    screening.require_head_office(call.principal)
    values = body.model_dump(exclude={"reason"}, exclude_none=True)
    given = patterns.set_parameters(values=values, reason=body.reason, actor=audit.actor(call))
    return schemas.ParametersAnswer(values=given.values())


# Events -------------------------------------------------------------------------------------------


def on_records(event: dict[str, Any], context: Any) -> None:
    """The records' stream: tell of screenings and findings; have all screened again when lists change."""
    consumers.tell(event["Records"])


def on_verifications(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of customers whose name was verified: screen them."""
    return process_sqs_batch(event, context, consumers.take_verification)


def on_movements(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of money that moved: add the batch to the history."""
    return consumers.take_movements(event, context)


def on_rescreens(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of rescreening: a stretch of a shard each."""
    return process_sqs_batch(event, context, rescreens.take_message)


def on_daily(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: have everybody screened again."""
    queued = rescreens.begin(trigger=Trigger.DAILY, at=clock.business_date().isoformat())
    logger.info("daily screening begins", stretches=queued)
    return {"stretches": queued}


def on_patterns(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: look for patterns in the business days before today, or before `until` of the event."""
    until = event.get("until")
    return patterns.run(until=clock.business_date(clock.parse(until) if until else None))


def _reviews(principal: Principal) -> bool:
    return principal.kind is Kind.STAFF or principal.bank_wide
