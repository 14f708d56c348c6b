"""Handlers as a room has them, and events as the scheduler sends them."""

from collections.abc import Callable
from typing import Any

from bank import jobs, store
from bank.jobs import JobRunRow
from tests.support.http import context

PLANNED = "2026-11-29T18:00:00.000000Z"
EVENT = {"source": "aws.scheduler", "time": "2026-11-29T18:00:00Z"}
REPEAT = {
    **EVENT,
    "time": PLANNED,
    "repeat": {"repeat_id": "rpt_1", "by": "stf_1", "reason": "the rates were wrong"},
}


def job(name: str, work: Callable[[], Any]) -> Callable[[dict[str, Any]], Any]:
    """A recorded handler `orchard.app.on_<name>` that does `work`."""

    def handler(event: dict[str, Any], context: Any) -> Any:
        return work()

    handler.__module__, handler.__name__ = "orchard.app", f"on_{name}"
    run = jobs.recorded(keep_days=8)(handler)
    return lambda event: run(event, context())


def runs(name: str) -> list[JobRunRow]:
    """Rows of a job's runs in order of plan and attempt."""
    return list(store.query(JobRunRow, f"orchard.{name}"))
