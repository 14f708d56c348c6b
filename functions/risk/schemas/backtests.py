"""Backtests."""

from typing import Any

from pydantic import Field

from bank.http import Body, Identifier, Instant, Schema
from risk.schemas.fields import Day


class NewBacktest(Body):
    """A rule set to run over the decisions of these days, both included."""

    rule_set_id: Identifier
    first_day: Day
    last_day: Day


class BacktestAnswer(Schema):
    """A backtest; `result` once it has finished, `problem` where it failed."""

    backtest_id: str
    rule_set_id: str
    product: str
    first_day: Day
    last_day: Day
    status: str = Field(examples=["finished"], description="queued, finished or failed")
    requested_at: Instant
    finished_at: Instant | None
    result: dict[str, Any] | None
    problem: dict[str, Any] | None
