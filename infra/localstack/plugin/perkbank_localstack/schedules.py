"""EventBridge Scheduler's schedules, which LocalStack's open core creates but never fires.

Functions alone are called, with the target's input. Nothing is tried again, and no failure goes to a queue.
"""
# LocalStack is installed in an environment of its own, where type checkers do not look.
# mypy: disable-error-code="import-not-found,untyped-decorator,attr-defined"

import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from localstack.aws.connect import connect_to
from localstack.runtime import hooks
from moto.scheduler.models import scheduler_backends

from .timing import seconds_to_next

LOG = logging.getLogger(__name__)
LOOK_SECONDS = 1.0


@hooks.on_infra_start()
def fire_schedules() -> None:
    """Look for schedules that are due, for as long as LocalStack runs."""
    threading.Thread(target=Clock().run, name="perkbank-schedules", daemon=True).start()


class Clock:
    """Each schedule as it is defined now, and the moment it is to be fired next."""

    def __init__(self) -> None:
        self._due: dict[tuple[str, ...], float] = {}

    def run(self) -> None:
        """Look every second."""
        while True:
            time.sleep(LOOK_SECONDS)
            for region, schedule in _schedules():
                try:
                    self._look(region, schedule)
                except Exception:
                    LOG.exception("%s could not be fired", schedule.arn)

    def _look(self, region: str, schedule: Any) -> None:
        definition = (schedule.arn, schedule.schedule_expression, schedule.schedule_expression_timezone)
        now = time.time()
        due = self._due.get(definition)
        if due is None or due <= now:
            left = seconds_to_next(*definition[1:], datetime.fromtimestamp(now, UTC))
            self._due[definition] = float("inf") if left is None else now + left
        if due is not None and due <= now:
            _fire(region, schedule.target)


def _schedules() -> Iterator[tuple[str, Any]]:
    """All that are enabled, with their regions."""
    for _, region, backend in list(scheduler_backends.iter_backends()):
        for group in list(backend.schedule_groups.values()):
            enabled = (each for each in list(group.schedules.values()) if each.state == "ENABLED")
            yield from ((region, schedule) for schedule in enabled)


def _fire(region: str, target: dict[str, Any]) -> None:
    connect_to(region_name=region).lambda_.invoke(
        FunctionName=target["Arn"], InvocationType="Event", Payload=target.get("Input") or "{}"
    )
