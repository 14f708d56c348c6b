"""Backtests: a version of the rules over recorded history, before anybody approves it."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from bank import clock, errors, store
from bank.access.principal import THE_BANK
from bank.control import audit
from bank.events import queues
from bank.observability import logger
from bank.risk import replay
from bank.risk.tables import ContentRow, content_key
from bank.risk.verdict import Outcome
from bank.rules import RulesBroken
from bank.store import Transaction, idempotency
from risk.adapters import history
from risk.domain.comparison import Compared, summary
from risk.service import rule_sets
from risk.settings import settings
from risk.tables import BACKTESTS, BacktestRow

QUEUED, FINISHED, FAILED = "queued", "finished", "failed"
# About a quarter of a millisecond each: five minutes of a function's fifteen.
MAX_DECISIONS = 1_000_000
_DECISIONS = """
select record_id, day, amount, currency, outcome, label, input from decisions
where product = ? and day between ? and ? and input is not null order by day, record_id
"""


class BacktestNotFound(errors.NotFound):
    """404: no such backtest."""

    code, title = "backtest_not_found", "Backtest not found"


@dataclass(frozen=True)
class Order:
    """A run to make: over decisions of the rule set's product, of the days given, both included."""

    backtest_id: str
    request_digest: str
    rule_set_id: str
    first: date
    last: date


def ask(*, order: Order, actor: audit.Actor) -> tuple[BacktestRow, bool]:
    """Take the order and hand it to the queue; the run answers in its row. Sent again, it runs once more at
    most: a run writes the same result. Raises RuleSetNotFound, HistoryTooLarge, Invalid, KeyReused.
    """
    history.check_span(order.first, order.last)
    rule_set = rule_sets.find(rule_set_id=order.rule_set_id)
    rule_sets.require_sound(rule_set.content.content)
    row = BacktestRow(
        desk=BACKTESTS,
        entry=order.backtest_id,
        rule_set_id=order.rule_set_id,
        product=rule_set.row.product,
        from_day=order.first.isoformat(),
        to_day=order.last.isoformat(),
        status=QUEUED,
        requested_by=actor.subject,
        requested_at=clock.instant(),
        request_digest=order.request_digest,
    )
    replayed = False
    transaction = Transaction()
    transaction.create(row)
    period = {"rule_set_id": order.rule_set_id, "from": row.from_day, "to": row.to_day}
    audit.record(
        transaction,
        actor=actor,
        action="risk.backtest_asked",
        subject_id=order.backtest_id,
        ownership=THE_BANK,
        after=period,
    )
    try:
        transaction.commit()
    except store.AlreadyExists:
        row, replayed = find(backtest_id=order.backtest_id), True
        if row.request_digest != order.request_digest:
            raise idempotency.KeyReused("this Idempotency-Key was used with another body") from None
    if row.status == QUEUED:
        queues.send(settings.backtests_queue_url, [json.dumps({"backtest_id": order.backtest_id})])
    return row, replayed


def find(*, backtest_id: str) -> BacktestRow:
    """A backtest as far as it has come. Raises BacktestNotFound."""
    row = store.get(BacktestRow, BACKTESTS, backtest_id)
    if row is None:
        raise BacktestNotFound(f"there is no backtest {backtest_id}")
    return row


def run(*, backtest_id: str) -> None:
    """Run it and keep what came out, or why nothing could. Run again, it changes nothing that is finished."""
    row = store.get(BacktestRow, BACKTESTS, backtest_id)
    if row is None or row.status != QUEUED:
        logger.info("no backtest to run", backtest_id=backtest_id)
        return
    try:
        outcome = [BacktestRow.status.set(FINISHED), BacktestRow.result.set(_result(row))]
    except (history.HistoryTooLarge, RulesBroken) as error:
        problem = {"code": getattr(error, "code", "rules_broken"), "detail": str(error)}
        outcome = [BacktestRow.status.set(FAILED), BacktestRow.problem.set(problem)]
    transaction = Transaction()
    transaction.update(
        (BacktestRow, BACKTESTS, backtest_id),
        [*outcome, BacktestRow.finished_at.set(clock.instant())],
        BacktestRow.status == QUEUED,
        store.stale,
    )
    try:
        transaction.commit()
    except store.Stale:
        # Another delivery of the same order has finished it meanwhile.
        return


def _result(row: BacktestRow) -> dict[str, Any]:
    rules = store.get(ContentRow, content_key(row.rule_set_id))
    if rules is None:
        raise RulesBroken("the rule set's content is gone")
    first, last = date.fromisoformat(row.from_day), date.fromisoformat(row.to_day)
    with history.opened(first, last, labelled_until=clock.business_date()) as connection:
        parameters = [row.product, row.from_day, row.to_day]
        decisions = connection.execute(_DECISIONS, parameters).fetchmany(MAX_DECISIONS + 1)
    if len(decisions) > MAX_DECISIONS:
        raise history.HistoryTooLarge(f"more than {MAX_DECISIONS} decisions: ask for fewer days")
    return summary([_compared(row.rule_set_id, rules.content, each) for each in decisions])


def _compared(version: str, content: Any, decision: tuple[Any, ...]) -> Compared:
    record_id, day, amount, currency, then, label, recorded = decision
    outcome, reasons = replay(content, json.loads(recorded), version=version)
    return Compared(
        record_id=record_id,
        day=day,
        amount=amount,
        currency=currency,
        then=Outcome(then),
        now=outcome,
        reasons=reasons,
        label=label,
    )
