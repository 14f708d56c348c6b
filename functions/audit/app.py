"""The audit room at the edge: who did what, the consumers that chain it, anchoring and verification."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from audit import events, rendering, schemas
from audit.domain import Entry
from audit.service import anchoring, chaining, decisions, entries, reading, verifying
from audit.service import exports as gathering
from bank import clock, errors, jobs
from bank.access import acts
from bank.access.principal import THE_BANK, Kind, Principal
from bank.control.audit import AuditEntryRow
from bank.events import envelope, publish, unwrap_sqs_event
from bank.http import Api, Call
from bank.ledger import JournalRow
from bank.observability import logger, metrics
from bank.privacy import exports
from bank.store import TableT

app = Api("audit")

# The bank's own systems may read it, too; what a caller may not see is passed over.
READERS = (Kind.STAFF, Kind.CHANNEL)
# A running system is verified from the day before on; all of it is verified every night.
RECENT_DAYS = 2
# What is left of a function's time where a verification goes no further: what is in hand may take as long.
RESERVE_MS, ANSWER_MS = 120_000, 5_000


@app.get(
    "/audit", scope="audit:read", callers=READERS, query=schemas.AuditQuery, answer=schemas.AuditEntryPage
)
def list_audit_entries(call: Call, query: schemas.AuditQuery) -> schemas.AuditEntryPage:
    """Acts on what the caller may see, newest first."""
    # What happens now is to be seen, too, also where another clock is a little ahead.
    until = query.to or clock.now() + verifying.CLOCK_SKEW
    since = query.from_ or until - reading.LONGEST_WINDOW
    _require_window(query, since, until)
    rows, last = reading.list_entries(
        principal=call.principal,
        wanted=reading.Wanted(
            actor=query.actor,
            subject=query.subject,
            action=query.action,
            unit=query.unit,
            since=since,
            until=until,
            after=query.after,
            limit=query.limit,
        ),
    )
    return schemas.AuditEntryPage(items=[rendering.entry(row) for row in rows], next_cursor=last)


@app.get(
    "/audit/decisions",
    scope="audit:read",
    callers=READERS,
    query=schemas.DecisionsQuery,
    answer=schemas.DecisionPage,
)
def list_decisions(call: Call, query: schemas.DecisionsQuery) -> schemas.DecisionPage:
    """Decisions on money of a day: payments, transfers and withdrawals however they ended, closed cases."""
    found, last = decisions.list_decisions(
        principal=call.principal,
        wanted=decisions.Wanted(
            day=query.day.isoformat(),
            subject=query.subject,
            type=query.type,
            after=query.after,
            limit=query.limit,
        ),
    )
    return schemas.DecisionPage(
        items=[rendering.decision(each) for each in found],
        next_cursor=last,
    )


@app.get(
    "/audit/verification",
    scope="audit:read",
    callers=READERS,
    answer=schemas.AuditVerificationAnswer,
    problems=[errors.NotFound],
)
def get_audit_verification(call: Call) -> schemas.AuditVerificationAnswer:
    """Report of the last verification of the audit trail."""
    _require_bank_wide(call.principal)
    report = verifying.last_report()
    if report is None:
        raise errors.NotFound("no verification has run yet", code="not_verified_yet")
    return rendering.report(report)


@app.post(
    "/audit/verifications",
    act=acts.RECORD._replace(trace=acts.Trace.RECORD),
    scope="audit:verify",
    callers=READERS,
    status=201,
    answer=schemas.AuditVerificationAnswer,
    problems=[errors.NotFound],
)
def verify_audit(call: Call) -> schemas.AuditVerificationAnswer:
    """Verify the running day and the day before, all of which are anchored every five minutes.

    As far as the time of a request is: the answer says whether it was. All days are verified every night.
    """
    _require_bank_wide(call.principal)
    enough = _enough(app.lambda_context, ANSWER_MS)
    return rendering.report(_told(verifying.verify(newest=RECENT_DAYS, authority=False, enough=enough)))


@app.get(
    "/audit/{entry_id}",
    scope="audit:read",
    callers=READERS,
    answer=schemas.AuditEntryAnswer,
    problems=[errors.NotFound],
)
def get_audit_entry(call: Call, entry_id: str) -> schemas.AuditEntryAnswer:
    """One act."""
    return rendering.entry(reading.find(principal=call.principal, entry_id=entry_id))


def _require_window(query: schemas.AuditQuery, since: datetime, until: datetime) -> None:
    narrow = query.actor or query.subject or query.unit
    if since > until or (not narrow and until - since > reading.LONGEST_WINDOW + verifying.CLOCK_SKEW):
        detail = "is not before `to`, or more than 31 days without an actor, a subject or a unit"
        raise errors.Invalid("the request is not valid", errors=[{"field": "from", "message": detail}])


def _require_bank_wide(principal: Principal) -> None:
    """The chain is the whole bank's: it exists for those who see all of it."""
    principal.require_sees(THE_BANK, errors.NotFound("there is no such thing"))


# Events -------------------------------------------------------------------------------------------


def on_entries(event: dict[str, Any], context: Any) -> None:
    """The audit trail's stream: chain the acts that were added."""
    _chain(event, AuditEntryRow, entries.of_row)


def on_journals(event: dict[str, Any], context: Any) -> None:
    """The journals' stream: chain the movements of money."""
    _chain(event, JournalRow, entries.of_journal)


def _chain(event: dict[str, Any], model: type[TableT], entry_of: Callable[[TableT], Entry]) -> None:
    """Chain what was added to a table, and that anything else was done to it, which no function may do.

    What fails is delivered again, to no second effect.
    """
    found = [entries.of_change(record, model, entry_of) for record in event["Records"]]
    logger.info("chained", entries=chaining.append(found) if found else 0)


def on_decisions(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Decisions on money from the bus: many at once into one block. What is no event fails alone."""
    found, failed = [], []
    for record in event["Records"]:
        try:
            found.append(entries.of_event(unwrap_sqs_event(record["body"])))
        except (ValueError, KeyError, TypeError):
            logger.error("a message holds no event", message_id=record["messageId"])
            failed.append({"itemIdentifier": record["messageId"]})
    logger.info("chained", decisions=chaining.append(found) if found else 0)
    return {"batchItemFailures": failed}


def on_customer_events(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Customers who ask for a copy of their data: write this room's part."""
    return exports.process(event, context, room="audit", gather=_own_data)


def _own_data(customer_id: str) -> exports.Part:
    return rendering.own_data(gathering.acts(customer_id))


@jobs.recorded(keep_days=35)
def on_anchor(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule, every five minutes: the lanes' heads go under lock, ended days go there whole."""
    done = anchoring.anchor()
    logger.info("anchored", anchors=done["anchors"], files=done["files"])
    return done


@jobs.recorded(keep_days=400)
@metrics.log_metrics
def on_audit_verification(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """On schedule, through the night: verify all days; differences raise an alarm and an event.

    What a run has no time for, the next one does, until all is verified once a night.
    """
    if "time" in event and verifying.is_done():
        metrics.add_metric(name="AuditVerificationFailures", unit="Count", value=0)
        return {"complete": True}
    return _ended(_told(verifying.go_on(enough=_enough(context))))


@jobs.recorded(keep_days=400)
@metrics.log_metrics
def on_recent_verification(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """On schedule, hourly: the same for today and the day before."""
    return _ended(_told(verifying.go_on(newest=RECENT_DAYS, enough=_enough(context))))


def _ended(report: dict[str, Any]) -> dict[str, Any]:
    """The report as the run's outcome. Raises Unfinished where the next one has to go on."""
    metrics.add_metric(name="AuditVerificationFailures", unit="Count", value=report["difference_count"])
    if report["next"]:
        raise jobs.Unfinished({name: report[name] for name in ("blocks", "entries", "difference_count")})
    return report


def _enough(context: Any, reserve_ms: int = RESERVE_MS) -> Callable[[], bool]:
    """True once a function's time is nearly over."""
    return lambda: context.get_remaining_time_in_millis() < reserve_ms


def _told(report: dict[str, Any]) -> dict[str, Any]:
    """The report, after an event has told of its differences."""
    logger.info("verified", entries=report["entries"], differences=report["difference_count"])
    if report["differences"]:
        first = report["differences"][0]
        logger.error("the audit trail is not as it was written", first=first)
        failed = events.AuditVerificationFailed(
            started_at=report["started_at"],
            difference_count=report["difference_count"],
            first_what=first["what"],
            first_id=first["id"],
        )
        publish([envelope(failed, subject="audit", change=report["started_at"], time=clock.instant())])
    return report
