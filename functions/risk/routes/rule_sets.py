"""Rule sets: drafted, approved, made live, rolled back, and run in the shadow of the live one."""

from typing import Any

from bank import errors
from bank.access import acts
from bank.control import audit
from bank.control.approval import ContentChanged, NotApproved
from bank.http import Answer, Call
from risk import rendering, schemas
from risk.domain import rule_sets as rules
from risk.routes.api import READERS, STAFF, app
from risk.service import activation, rule_sets, shadows

ONE: dict[str, Any] = {"answer": schemas.RuleSetAnswer, "problems": [errors.NotFound, errors.Conflict]}
CHANGED: dict[str, Any] = {**ONE, "problems": [*ONE["problems"], errors.Invalid]}


@app.post(
    "/risk/rule-sets",
    act=acts.RECORD,
    scope="risk:write",
    callers=STAFF,
    status=201,
    body=schemas.DraftRuleSet,
    answer=schemas.RuleSetAnswer,
    problems=[errors.Unprocessable],
)
def create_rule_set(call: Call, body: schemas.DraftRuleSet) -> Answer:
    """Keep a version of a product's rules, checked and compiled; it judges nothing yet."""
    call.principal.require_head_office()
    draft = rule_sets.Draft(
        rule_set_id=call.record_id("rls"),
        request_digest=call.digest,
        product=body.product,
        content=body.content,
        caps={window: cap.model_dump(exclude_none=True) for window, cap in body.caps.items()},
        posture=body.posture,
        note=body.note,
    )
    found, replayed = rule_sets.create(draft=draft, actor=audit.actor(call))
    return Answer(rendering.rule_set(found), replayed=replayed)


@app.get(
    "/risk/rule-sets",
    scope="risk:read",
    callers=READERS,
    query=schemas.RuleSetsQuery,
    answer=schemas.RuleSetPage,
)
def list_rule_sets(call: Call, query: schemas.RuleSetsQuery) -> schemas.RuleSetPage:
    """Rule sets of all products, or of one."""
    call.principal.require_bank()
    rows, last = rule_sets.list_rule_sets(product=query.product, after=query.after, limit=query.limit)
    return schemas.RuleSetPage(
        items=[rendering.summary(row) for row in rows],
        next_cursor=last,
    )


@app.get("/risk/live", scope="risk:read", callers=READERS, answer=schemas.LiveAnswer)
def get_live_rules(call: Call) -> schemas.LiveAnswer:
    """Live version of each product, and those in its shadow."""
    call.principal.require_bank()
    found = rule_sets.pointers(products=list(rules.PRODUCTS))
    return schemas.LiveAnswer(
        items=[
            schemas.LiveProduct(product=product, live=pointer.version, shadows=list(pointer.shadows))
            for product, pointer in found.items()
        ]
    )


@app.get("/risk/rule-sets/{rule_set_id}", scope="risk:read", callers=READERS, **ONE)
def get_rule_set(call: Call, rule_set_id: str) -> schemas.RuleSetAnswer:
    """A rule set with its content and what was done with it."""
    call.principal.require_bank()
    return rendering.rule_set(rule_sets.find(rule_set_id=rule_set_id))


@app.post(
    "/risk/rule-sets/{rule_set_id}/submission", act=acts.RECORD, scope="risk:write", callers=STAFF, **CHANGED
)
def submit_rule_set(call: Call, rule_set_id: str) -> schemas.RuleSetAnswer:
    """Ask somebody else to approve exactly this version; `approval_id` is the request's."""
    call.principal.require_head_office()
    return rendering.rule_set(activation.submit(rule_set_id=rule_set_id, actor=audit.actor(call)))


@app.post(
    "/risk/rule-sets/{rule_set_id}/activation",
    act=acts.APPROVED_GUARD,
    scope="risk:write",
    callers=STAFF,
    body=schemas.Activation,
    answer=schemas.RuleSetAnswer,
    problems=[errors.NotFound, NotApproved, ContentChanged, rules.AlreadyLive],
)
def activate_rule_set(call: Call, rule_set_id: str, body: schemas.Activation) -> schemas.RuleSetAnswer:
    """Let the approved version judge from now on."""
    call.principal.require_head_office()
    found = activation.activate(
        rule_set_id=rule_set_id, approval_id=body.approval_id, actor=audit.actor(call)
    )
    return rendering.rule_set(found)


@app.post(
    "/risk/rule-sets/{rule_set_id}/rollback",
    act=acts.approved(acts.GUARD),
    scope="risk:write",
    callers=STAFF,
    body=schemas.Because,
    **CHANGED,
)
def roll_back_to_rule_set(call: Call, rule_set_id: str, body: schemas.Because) -> schemas.RuleSetAnswer:
    """Go back to a version that was approved and live before."""
    call.principal.require_head_office()
    found = activation.roll_back(rule_set_id=rule_set_id, reason=body.reason, actor=audit.actor(call))
    return rendering.rule_set(found)


@app.post(
    "/risk/rule-sets/{rule_set_id}/shadowing",
    act=acts.approved(acts.GUARD),
    scope="risk:write",
    callers=STAFF,
    body=schemas.Shadowing,
    **CHANGED,
)
def shadow_rule_set(call: Call, rule_set_id: str, body: schemas.Shadowing) -> schemas.RuleSetAnswer:
    """Run it beside the live version without effect, or stop that."""
    call.principal.require_head_office()
    found = activation.shadow(rule_set_id=rule_set_id, on=body.on, actor=audit.actor(call))
    return rendering.rule_set(found)


@app.get(
    "/risk/rule-sets/{rule_set_id}/shadow",
    scope="risk:read",
    callers=READERS,
    query=schemas.ShadowQuery,
    answer=schemas.ShadowAnswer,
    problems=[errors.NotFound],
)
def get_shadow(call: Call, rule_set_id: str, query: schemas.ShadowQuery) -> schemas.ShadowAnswer:
    """Differences of a shadow version from the live one on a day."""
    call.principal.require_head_office()
    rule_sets.find(rule_set_id=rule_set_id)
    found = shadows.of_day(rule_set_id=rule_set_id, day=query.day)
    return schemas.ShadowAnswer(rule_set_id=rule_set_id, day=query.day, **vars(found))
