"""The approvals room at the edge: inboxes, decisions, who must check, the outbox, and what expires."""

from typing import Any

from approvals import events, rendering, schemas
from approvals.service import deciding, expiry, lists, rule_changes
from approvals.service.rule_changes import BelowFloor, NoSuchKind
from bank import clock, errors, jobs
from bank.access import acts
from bank.access.principal import Kind
from bank.control import audit
from bank.control.approval import ContentChanged, NotApproved
from bank.control.approval.domain import DECIDE
from bank.control.approval.tables import ApprovalRow
from bank.events import change, envelope_for_change, publish
from bank.http import Answer, Api, Call
from bank.observability import logger

app = Api("approvals", permissions=(DECIDE,))

STAFF = (Kind.STAFF,)
DECISION: dict[str, Any] = {
    "callers": STAFF,
    "answer": schemas.ApprovalFile,
    "problems": [errors.NotFound, errors.Conflict],
}


@app.get(
    "/approvals",
    scope="approvals:read",
    callers=STAFF,
    query=schemas.ApprovalsQuery,
    answer=schemas.ApprovalPage,
)
def list_approvals(call: Call, query: schemas.ApprovalsQuery) -> schemas.ApprovalPage:
    """The caller's inbox: what may be decided now, the most urgent first. Or what the caller submitted."""
    page = lists.list_mine if query.mine else lists.list_inbox
    rows, last = page(principal=call.principal, after=query.after, limit=query.limit)
    now = clock.instant()
    return schemas.ApprovalPage(
        items=[rendering.approval(row, now) for row in rows],
        next_cursor=last,
    )


@app.get(
    "/approvals/{approval_id}",
    scope="approvals:read",
    callers=STAFF,
    answer=schemas.ApprovalFile,
    problems=[errors.NotFound],
)
def get_approval(call: Call, approval_id: str) -> schemas.ApprovalFile:
    """One approval, with its history."""
    return _file(call, deciding.find(principal=call.principal, approval_id=approval_id))


def _file(call: Call, row: ApprovalRow) -> schemas.ApprovalFile:
    decidable = deciding.decidable(call.principal, [row], clock.instant())
    return rendering.file(row, may_decide=bool(decidable))


@app.post(
    "/approvals/{approval_id}/approve",
    act=acts.alone(acts.GUARD, "is the second person"),
    scope="approvals:write",
    body=schemas.Decision,
    **DECISION,
)
def approve(call: Call, approval_id: str, body: schemas.Decision) -> schemas.ApprovalFile:
    """Pass the step that is due. The maker does not, and nobody passes two."""
    row = deciding.approve(
        principal=call.principal,
        actor=audit.actor(call),
        approval_id=approval_id,
        step=body.step,
        content_digest=body.content_digest,
        comment=body.comment,
    )
    return _file(call, row)


@app.post(
    "/approvals/{approval_id}/reject",
    act=acts.RECORD,
    scope="approvals:write",
    body=schemas.Rejection,
    **DECISION,
)
def reject(call: Call, approval_id: str, body: schemas.Rejection) -> schemas.ApprovalFile:
    """Say no, with the reason, also to what is approved and not used yet; it can only be submitted anew."""
    row = deciding.reject(
        principal=call.principal,
        actor=audit.actor(call),
        approval_id=approval_id,
        step=body.step,
        reason=body.reason,
    )
    return _file(call, row)


@app.post(
    "/approvals/{approval_id}/withdraw",
    act=acts.RECORD,
    scope="approvals:write",
    body=schemas.Retraction,
    **DECISION,
)
def withdraw_approval(call: Call, approval_id: str, body: schemas.Retraction) -> schemas.ApprovalFile:
    """Take back what one has submitted oneself, while nothing is decided."""
    row = deciding.withdraw(
        principal=call.principal, actor=audit.actor(call), approval_id=approval_id, reason=body.reason
    )
    return _file(call, row)


@app.post(
    "/approval-rules",
    act=acts.RECORD,
    scope="approvals:configure",
    callers=STAFF,
    status=201,
    body=schemas.ProposedRule,
    answer=schemas.RuleAnswer,
    problems=[errors.NotFound, NoSuchKind, BelowFloor],
)
def propose_rule(call: Call, body: schemas.ProposedRule) -> Answer:
    """Propose who must check a kind, above its floor. It holds once it is approved and activated."""
    row, replayed = rule_changes.propose(
        principal=call.principal,
        actor=audit.actor(call),
        version=call.record_id("arv"),
        request_digest=call.digest,
        kind=body.kind,
        content=body.model_dump(mode="json", exclude={"kind"}),
    )
    return Answer(rendering.rule_row(row), replayed=replayed)


@app.get(
    "/approval-rules/{kind}",
    scope="approvals:read",
    callers=STAFF,
    answer=schemas.RuleAnswer,
    problems=[errors.NotFound],
)
def get_rule(call: Call, kind: str) -> schemas.RuleAnswer:
    """Approval rule of a kind, as it holds now."""
    return rendering.rule(kind, rule_changes.live(principal=call.principal, kind=kind))


@app.post(
    "/approval-rules/{kind}/activate",
    act=acts.APPROVED_GUARD,
    scope="approvals:configure",
    callers=STAFF,
    body=schemas.RuleActivation,
    answer=schemas.RuleAnswer,
    problems=[errors.NotFound, NotApproved, ContentChanged, NoSuchKind, BelowFloor],
)
def activate_rule(call: Call, kind: str, body: schemas.RuleActivation) -> schemas.RuleAnswer:
    """Let an approved version hold from now on; what is submitted already keeps its steps."""
    row = rule_changes.activate(
        principal=call.principal, actor=audit.actor(call), kind=kind, version=body.version
    )
    return rendering.rule_row(row)


# Events -------------------------------------------------------------------------------------------


def on_approvals(event: dict[str, Any], context: Any) -> None:
    """The approvals' stream: tell what was submitted and decided."""
    changes = [(record, events.of_change(*change(record, ApprovalRow))) for record in event["Records"]]
    publish(
        envelope_for_change(record, domain_event, subject=domain_event.approval_id)
        for record, domain_event in changes
        if domain_event
    )
    logger.info("published", changes=len(changes))


@jobs.recorded(keep_days=35)
def on_expiry(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: end what nobody decided in time."""
    expired = expiry.expire_due()
    logger.info("expired", approvals=expired)
    return {"expired": expired}
