"""The risk room at the edge: routes for staff, decisions and closed cases from the bus, jobs."""

import json
from typing import Any

from bank import clock, errors, store
from bank.control import audit
from bank.control.approval import ContentChanged, NotApproved
from bank.events import envelope_for_change, images, publish, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.http import Answer, Api, Call
from bank.observability import logger
from risk import events, rendering, schemas
from risk.adapters.history import HistoryTooLarge
from risk.domain import rule_sets as rules
from risk.domain.lists import AlreadyListed, Entry, Kind, ListName, NotListed
from risk.service import backtests, decisions, labels, lists, reports, rule_sets, screenings, shadows
from risk.service.access import require_head_office

app = Api("risk")

ONE: dict[str, Any] = {"answer": schemas.RuleSetAnswer, "problems": [errors.NotFound, errors.Conflict]}


@app.post(
    "/risk/rule-sets",
    scope="risk:write",
    status=201,
    body=schemas.DraftRuleSet,
    answer=schemas.RuleSetAnswer,
    problems=[errors.Unprocessable],
)
def create_rule_set(call: Call, body: schemas.DraftRuleSet) -> Answer:
    """Keep a version of a product's rules, checked and compiled; it judges nothing yet."""
    require_head_office(call.principal)
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


@app.get("/risk/rule-sets", scope="risk:read", query=schemas.RuleSetsQuery, answer=schemas.RuleSetPage)
def list_rule_sets(call: Call, query: schemas.RuleSetsQuery) -> schemas.RuleSetPage:
    """Rule sets of all products, or of one."""
    rows, last = rule_sets.listed(product=query.product, after=query.after, limit=query.limit)
    return schemas.RuleSetPage(
        items=[rendering.summary(row) for row in rows],
        next_cursor=store.encode_cursor(last) if last else None,
    )


@app.get("/risk/live", scope="risk:read", answer=schemas.LiveAnswer)
def get_live_rules(call: Call) -> schemas.LiveAnswer:
    """Live version of each product, and those in its shadow."""
    found = rule_sets.pointers(products=list(rules.PRODUCTS))
    return schemas.LiveAnswer(
        items=[
            schemas.LiveProduct(product=product, live=pointer.version, shadows=list(pointer.shadows))
            for product, pointer in found.items()
        ]
    )


@app.get("/risk/rule-sets/{rule_set_id}", scope="risk:read", **ONE)
def get_rule_set(call: Call, rule_set_id: str) -> schemas.RuleSetAnswer:
    """A rule set with its content and what was done with it."""
    return rendering.rule_set(rule_sets.find(rule_set_id=rule_set_id))


@app.post("/risk/rule-sets/{rule_set_id}/submission", scope="risk:write", **ONE)
def submit_rule_set(call: Call, rule_set_id: str) -> schemas.RuleSetAnswer:
    """Ask somebody else to approve exactly this version; `approval_id` is the request's."""
    require_head_office(call.principal)
    return rendering.rule_set(rule_sets.submit(rule_set_id=rule_set_id, actor=audit.actor(call)))


@app.post(
    "/risk/rule-sets/{rule_set_id}/activation",
    scope="risk:write",
    body=schemas.Activation,
    answer=schemas.RuleSetAnswer,
    problems=[errors.NotFound, NotApproved, ContentChanged, rules.AlreadyLive],
)
def activate_rule_set(call: Call, rule_set_id: str, body: schemas.Activation) -> schemas.RuleSetAnswer:
    """Let the approved version judge from now on."""
    require_head_office(call.principal)
    found = rule_sets.activate(rule_set_id=rule_set_id, approval_id=body.approval_id, actor=audit.actor(call))
    return rendering.rule_set(found)


@app.post("/risk/rule-sets/{rule_set_id}/rollback", scope="risk:write", body=schemas.Because, **ONE)
def roll_back_to_rule_set(call: Call, rule_set_id: str, body: schemas.Because) -> schemas.RuleSetAnswer:
    """Go back to a version that was approved and live before."""
    require_head_office(call.principal)
    found = rule_sets.roll_back(rule_set_id=rule_set_id, reason=body.reason, actor=audit.actor(call))
    return rendering.rule_set(found)


@app.post("/risk/rule-sets/{rule_set_id}/shadowing", scope="risk:write", body=schemas.Shadowing, **ONE)
def shadow_rule_set(call: Call, rule_set_id: str, body: schemas.Shadowing) -> schemas.RuleSetAnswer:
    """Run it beside the live version without effect, or stop that."""
    require_head_office(call.principal)
    found = rule_sets.shadow(rule_set_id=rule_set_id, on=body.on, actor=audit.actor(call))
    return rendering.rule_set(found)


@app.get(
    "/risk/rule-sets/{rule_set_id}/shadow",
    scope="risk:read",
    query=schemas.ShadowQuery,
    answer=schemas.ShadowAnswer,
    problems=[errors.NotFound],
)
def get_shadow(call: Call, rule_set_id: str, query: schemas.ShadowQuery) -> schemas.ShadowAnswer:
    """Differences of a shadow version from the live one on a day."""
    require_head_office(call.principal)
    rule_sets.find(rule_set_id=rule_set_id)
    found = shadows.of_day(rule_set_id=rule_set_id, day=query.day)
    return schemas.ShadowAnswer(rule_set_id=rule_set_id, day=query.day, **vars(found))


@app.post(
    "/risk/lists",
    scope="risk:write",
    status=201,
    body=schemas.NewEntry,
    answer=schemas.ListEntryAnswer,
    problems=[AlreadyListed],
)
def add_to_list(call: Call, body: schemas.NewEntry) -> schemas.ListEntryAnswer:
    """Block, watch or allow a customer, device, merchant or payee from now on."""
    require_head_office(call.principal)
    entry = Entry(
        list=body.list,
        kind=body.kind,
        subject=body.subject,
        reason=body.reason,
        source="staff",
        expires_at=clock.instant(body.expires_at) if body.expires_at else None,
    )
    return rendering.entry(lists.add(entry=entry, actor=audit.actor(call)))


@app.get("/risk/lists", scope="risk:read", query=schemas.ListEntriesQuery, answer=schemas.ListEntryPage)
def list_entries_of_list(call: Call, query: schemas.ListEntriesQuery) -> schemas.ListEntryPage:
    """The entries of a list that stand."""
    require_head_office(call.principal)
    rows, last = lists.listed(name=query.list, kind=query.kind, after=query.after, limit=query.limit)
    return schemas.ListEntryPage(
        items=[rendering.entry(row) for row in rows], next_cursor=store.encode_cursor(last) if last else None
    )


@app.post(
    "/risk/lists/{list_name}/{kind}/{subject}/ending",
    scope="risk:write",
    body=schemas.Because,
    answer=schemas.ListEntryAnswer,
    problems=[errors.NotFound, NotListed],
)
def end_list_entry(
    call: Call, list_name: str, kind: str, subject: str, body: schemas.Because
) -> schemas.ListEntryAnswer:
    """Take an entry off its list now."""
    require_head_office(call.principal)
    if list_name not in set(ListName) or kind not in set(Kind):
        raise errors.NotFound("there is no such list")
    row = lists.end(
        name=ListName(list_name),
        kind=Kind(kind),
        subject=subject,
        reason=body.reason,
        actor=audit.actor(call),
    )
    return rendering.entry(row)


@app.post(
    "/risk/backtests",
    scope="risk:write",
    status=202,
    body=schemas.NewBacktest,
    answer=schemas.BacktestAnswer,
    problems=[errors.NotFound, HistoryTooLarge],
)
def start_backtest(call: Call, body: schemas.NewBacktest) -> Answer:
    """Run a rule set, a draft as well, over the decisions of some days; poll its result."""
    require_head_office(call.principal)
    order = backtests.Order(
        backtest_id=call.record_id("btt"),
        request_digest=call.digest,
        rule_set_id=body.rule_set_id,
        first=body.first_day,
        last=body.last_day,
    )
    row, replayed = backtests.ask(order=order, actor=audit.actor(call))
    return Answer(rendering.backtest(row), replayed=replayed)


@app.get(
    "/risk/backtests/{backtest_id}",
    scope="risk:read",
    answer=schemas.BacktestAnswer,
    problems=[errors.NotFound],
)
def get_backtest(call: Call, backtest_id: str) -> schemas.BacktestAnswer:
    """A backtest as far as it has come."""
    require_head_office(call.principal)
    return rendering.backtest(backtests.find(backtest_id=backtest_id))


@app.get("/risk/reports", scope="risk:read", query=schemas.ReportQuery, answer=schemas.ReportAnswer)
def get_risk_report(call: Call, query: schemas.ReportQuery) -> schemas.ReportAnswer:
    """A day's decisions, confirmed losses and rules, by the units of the caller's data scope."""
    return rendering.report(query.day, reports.of_day(principal=call.principal, day=query.day))


# Events -------------------------------------------------------------------------------------------


def on_decisions(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of what was decided about money: history, profiles, shadows, alerts.

    Taken by the batch, so that each costs little; where that fails, the whole batch comes again.
    """
    taken: list[dict[str, Any]] = []
    answer = process_sqs_batch(
        event, context, lambda body: taken.append(events.decided(unwrap_sqs_event(body)))
    )
    decisions.take(lines=taken)
    logger.info("decisions taken", decisions=len(taken))
    return answer


def on_cases(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of closed cases and of screenings: labels, confirmed frauds on profiles, block lists."""

    def take(body: str) -> None:
        envelope = unwrap_sqs_event(body)
        if envelope["type"] in screenings.TYPES:
            screenings.take(envelope=envelope)
        else:
            labels.take(closed=events.closed(envelope))

    return process_sqs_batch(event, context, take)


def on_desk(event: dict[str, Any], context: Any) -> None:
    """The desk's stream: tell of rule sets that went live, of entries of lists, of finished backtests."""
    publish(
        envelope_for_change(record, domain_event, subject=domain_event.subject)
        for record in event["Records"]
        for domain_event in events.of_change(*images(record))
    )
    logger.info("published events of the desk", records=len(event["Records"]))


def on_backtests(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of backtests to run."""

    def take(body: str) -> None:
        backtests.run(backtest_id=json.loads(body)["backtest_id"])

    return process_sqs_batch(event, context, take)


def on_reports(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """On schedule: count the last days from history."""
    written = reports.count(today=clock.business_date())
    logger.info("risk reports counted", reports=written)
    return {"reports": written}
