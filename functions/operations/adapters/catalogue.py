"""The jobs that there are: `jobs.json`, which `python -m infra.generate` writes from the rooms' templates."""

import functools
import json
from datetime import timedelta
from pathlib import Path

from operations.domain.lateness import Job
from operations.settings import settings

FILE = Path(__file__).parent.parent / "jobs.json"


@functools.cache
def jobs() -> dict[str, Job]:
    """Each job by its name, with the schedule that it has in this stage."""
    return {
        each["job"]: Job(
            name=each["job"],
            function=each["function"],
            expression=settings.schedules.get(each["schedule"], each["default"]),
            zone=each["zone"],
            timeout=timedelta(seconds=each["timeout"]),
        )
        for each in json.loads(FILE.read_text(encoding="utf-8"))
    }
