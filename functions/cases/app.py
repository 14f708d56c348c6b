"""The cases room at the edge: routes for staff, alerts that come over the bus, the outbox of its table."""

from datetime import timedelta
from typing import Any

from bank import clock, errors
from bank.access import acts
from bank.access.principal import Kind
from bank.control import audit
from bank.events import envelope_for_change, images, publish, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.http import Api, Call
from bank.observability import logger
from cases import events, rendering, schemas
from cases.service import acting, intake, reading, work

app = Api("cases")

LONGEST_SNOOZE = timedelta(days=183)
# The bank's own systems are channels, too; others see none.
CALLERS = (Kind.STAFF, Kind.CHANNEL)
# What is decided, also that nothing is to be looked into, a person decides in a session of theirs.
STAFF = (Kind.STAFF,)
WORK: dict[str, Any] = {
    "scope": "cases:write",
    "callers": CALLERS,
    "answer": schemas.CaseAnswer,
    "problems": [errors.NotFound, errors.Conflict],
}
DECISION = WORK | {"callers": STAFF}


@app.get("/cases", scope="cases:read", callers=CALLERS, query=schemas.CasesQuery, answer=schemas.CasePage)
def list_cases(call: Call, query: schemas.CasesQuery) -> schemas.CasePage:
    """The cases of the caller's data scope, newest first."""
    rows, last = reading.list_cases(
        principal=call.principal,
        status=query.status,
        assigned_to=query.assigned_to,
        after=query.after,
        limit=query.limit,
    )
    return schemas.CasePage(items=[rendering.case(row) for row in rows], next_cursor=last)


@app.get(
    "/cases/{case_id}",
    scope="cases:read",
    callers=CALLERS,
    answer=schemas.FileAnswer,
    problems=[errors.NotFound],
)
def get_case(call: Call, case_id: str) -> schemas.FileAnswer:
    """A case with its alerts, reviews, links and diary."""
    return rendering.file(reading.find_detail(principal=call.principal, case_id=case_id))


@app.post("/cases/{case_id}/assignment", act=acts.RECORD, body=schemas.Assignment, **WORK)
def assign_case(call: Call, case_id: str, body: schemas.Assignment) -> schemas.CaseAnswer:
    """Give the case to a member of staff; an open one is under investigation from then on."""
    row = work.assign(
        principal=call.principal, actor=audit.actor(call), case_id=case_id, assignee=body.staff_id
    )
    return rendering.case(row)


@app.post("/cases/{case_id}/comments", act=acts.RECORD, body=schemas.Comment, status=201, **WORK)
def comment_on_case(call: Call, case_id: str, body: schemas.Comment) -> schemas.CaseAnswer:
    """Write into the case's diary."""
    row = work.comment(principal=call.principal, actor=audit.actor(call), case_id=case_id, text=body.text)
    return rendering.case(row)


@app.post("/cases/{case_id}/closing", act=acts.RECORD, body=schemas.Closing, **DECISION)
def close_case(call: Call, case_id: str, body: schemas.Closing) -> schemas.CaseAnswer:
    """Close with an outcome. Closed as confirmed, it feeds the lists that payments are judged by."""
    row = work.close(
        principal=call.principal,
        actor=audit.actor(call),
        case_id=case_id,
        outcome=body.outcome,
        reason=body.reason,
    )
    return rendering.case(row)


@app.post("/cases/{case_id}/reopening", act=acts.RECORD, body=schemas.Reason, **WORK)
def reopen_case(call: Call, case_id: str, body: schemas.Reason) -> schemas.CaseAnswer:
    """Take up a closed case again."""
    row = work.reopen(principal=call.principal, actor=audit.actor(call), case_id=case_id, reason=body.reason)
    return rendering.case(row)


@app.post("/cases/{case_id}/links", act=acts.RECORD, body=schemas.Link, **WORK)
def link_cases(call: Call, case_id: str, body: schemas.Link) -> schemas.CaseAnswer:
    """Say that two cases belong together; both show it."""
    row = work.link(
        principal=call.principal,
        actor=audit.actor(call),
        case_id=case_id,
        other_id=body.case_id,
        reason=body.reason,
    )
    return rendering.case(row)


@app.post(
    "/cases/{case_id}/snooze",
    act=acts.alone(acts.GUARD, "held money opens a case all the same, and it ends"),
    body=schemas.Snooze,
    **DECISION,
)
def snooze_customer(call: Call, case_id: str, body: schemas.Snooze) -> schemas.CaseAnswer:
    """Open no cases about this case's customer until a date. Held money still opens one."""
    now = clock.now()
    if not now < body.until <= now + LONGEST_SNOOZE:
        message = f"is not in the next {LONGEST_SNOOZE.days} days"
        raise errors.Invalid("the request is not valid", errors=[{"field": "until", "message": message}])
    row = work.snooze(
        principal=call.principal,
        actor=audit.actor(call),
        case_id=case_id,
        until=body.until,
        reason=body.reason,
    )
    return rendering.case(row)


@app.post(
    "/cases/{case_id}/reviews/{record_id}/decision",
    act=acts.approved(acts.GUARD),
    scope="cases:write",
    callers=STAFF,
    body=schemas.ReviewDecision,
    answer=schemas.ReviewAnswer,
    problems=[errors.NotFound, errors.Conflict],
)
def decide_review(
    call: Call, case_id: str, record_id: str, body: schemas.ReviewDecision
) -> schemas.ReviewAnswer:
    """Release or reject money that is held for this case, once."""
    row = work.decide(
        principal=call.principal,
        actor=audit.actor(call),
        case_id=case_id,
        record_id=record_id,
        decision=body.decision,
        reason=body.reason,
    )
    return rendering.review(row)


# Events -------------------------------------------------------------------------------------------


def on_alerts(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Alerts and holds of every room, over the bus: each is gathered into a case once."""
    return process_sqs_batch(event, context, _take)


def _take(body: str) -> None:
    envelope = unwrap_sqs_event(body)
    alert, lapsed = events.alert_of(envelope), events.lapsed(envelope)
    if alert is not None:
        case_id = intake.take(alert=alert, source=envelope["source"], raised_at=envelope["time"])
        logger.info("alert taken", alert_id=alert.alert_id, kind=alert.kind, case_id=case_id)
    if lapsed is not None:
        intake.lapse(record_id=lapsed)
        logger.info("review lapsed", record_id=lapsed)


def on_cases(event: dict[str, Any], context: Any) -> None:
    """The table's stream: tell what became of cases and reviews.

    A review that nobody decided by an act is not told of: its record fails, until it is among the failures.
    Whatever else is in the batch is told first, the same each time that the batch comes again.
    """
    envelopes, without_act = [], None
    for record in event["Records"]:
        made = events.of_change(*images(record))
        try:
            if isinstance(made, events.ReviewDecided):
                acting.require_act(made)
        except errors.Altered as error:
            without_act = error
        else:
            envelopes += [envelope_for_change(record, made, subject=made.subject)] if made else []
    publish(envelopes)
    logger.info("published", events=len(envelopes))
    if without_act:
        raise without_act
