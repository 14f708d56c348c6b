"""Backtests of rule sets over past decisions."""

from bank import errors
from bank.access import acts
from bank.control import audit
from bank.http import Answer, Call
from risk import rendering, schemas
from risk.adapters.history import HistoryTooLarge
from risk.routes.api import READERS, app
from risk.service import backtests


@app.post(
    "/risk/backtests",
    act=acts.RECORD,
    scope="risk:write",
    status=202,
    body=schemas.NewBacktest,
    answer=schemas.BacktestAnswer,
    problems=[errors.NotFound, HistoryTooLarge],
)
def start_backtest(call: Call, body: schemas.NewBacktest) -> Answer:
    """Run a rule set, a draft as well, over the decisions of some days; poll its result."""
    call.principal.require_head_office()
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
    callers=READERS,
    answer=schemas.BacktestAnswer,
    problems=[errors.NotFound],
)
def get_backtest(call: Call, backtest_id: str) -> schemas.BacktestAnswer:
    """A backtest as far as it has come."""
    call.principal.require_head_office()
    return rendering.backtest(backtests.find(backtest_id=backtest_id))
