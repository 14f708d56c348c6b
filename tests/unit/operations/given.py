"""What tests of the room stand on: a clock, what was sent, runs of jobs, alarms."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bank import clock, jobs
from bank.jobs import JobRunRow
from operations import app
from tests.support import http
from tests.support.organisation import BRANCH, units


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """The time that it shows."""
        return self.moment

    def on(self, **later: float) -> None:
        """Move it."""
        self.moment += timedelta(**later)


@dataclass
class Sent:
    """Functions started, incidents waiting, people woken."""

    started: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    escalated: list[tuple[str, str]] = field(default_factory=list)


def run(job: str, planned: datetime, work: Callable[[], Any] = dict) -> None:
    """Have a recorded handler of a job run as its schedule would; a failure stays in its record."""
    room, _, name = job.partition(".")

    def handler(event: dict[str, Any], context: Any) -> Any:
        return work()

    handler.__module__, handler.__name__ = f"{room}.app", f"on_{name.replace('-', '_')}"
    try:
        jobs.recorded(keep_days=8)(handler)({"time": clock.instant(planned)}, http.context())
    except ZeroDivisionError:
        return


def dies(job: str, planned: datetime) -> None:
    """Leave a run as a function does that Lambda has killed."""
    JobRunRow(
        job=job,
        run=f"{clock.instant(planned)}#0001",
        status="running",
        by="schedule",
        started_at=clock.instant(planned),
        ends_by=clock.instant(planned + timedelta(seconds=60)),
        purge_at=0,
    ).save()


def get(path: str, **options: Any) -> Any:
    """GET of the head office's; its JSON."""
    reply = http.call(app.app, "GET", path, principal=http.staff(), **options)
    assert reply.status == 200, reply.body
    return reply.json


def post(path: str, body: Any, **options: Any) -> http.Reply:
    """POST of the head office's."""
    return http.call(app.app, "POST", path, body, **{"principal": http.staff(), **options})


def refused_to_others(method: str, path: str, body: Any = None) -> bool:
    """Whether a branch is kept out."""
    units()
    reply = http.call(app.app, method, path, body, principal=http.staff(BRANCH))
    return reply.status == 403 and reply.json["code"] == "head_office_only"


def changed(
    alarm: str, value: str, at: datetime, before: tuple[str, datetime] | None = None
) -> dict[str, Any]:
    """The message of an alarm's change, as EventBridge puts it on the queue."""

    def state(value: str, at: datetime) -> dict[str, str]:
        written = at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
        return {"value": value, "reason": f"Threshold crossed, says {value}", "timestamp": written}

    detail = {"alarmName": f"perkbank-test-{alarm}", "state": state(value, at)}
    if before:
        detail["previousState"] = state(*before)
    return {"messageId": "m", "body": json.dumps({"detail": detail}), "eventSource": "aws:sqs"}


def deliver(handler: Callable[[Any, Any], Any], *records: dict[str, Any]) -> None:
    """Have a queue's handler take messages, all of them."""
    assert handler({"Records": list(records)}, http.context()) == {"batchItemFailures": []}
