"""The scheduled jobs, found in the rooms' templates: what the room `operations` watches and has repeated.

Each is named as `bank.jobs` names its runs. The list goes into that room's package (`jobs.json`); its
template gets their schedules in this stage, which are parameters, and leave to call their functions.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Document = dict[str, Any]
DEFAULT_ZONE = "UTC"
FILE = Path(__file__).resolve().parent.parent / "functions" / "operations" / "jobs.json"


@dataclass(frozen=True)
class Job:
    """A function with a schedule: its name without the prefix, the schedule's parameter and default."""

    job: str
    function: str
    schedule: str
    default: str
    zone: str
    timeout: int
    # The function's logical id, which its alarm is named after.
    logical_id: str


def of_template(template: Document) -> Iterator[Job]:
    """The jobs of a room, by its template."""
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            for event in resource["Properties"].get("Events", {}).values():
                if event["Type"] == "ScheduleV2":
                    yield _job(template, logical_id, resource["Properties"], event["Properties"])


def _job(template: Document, logical_id: str, function: Document, event: Document) -> Job:
    room, _, handler = function["Handler"].partition(".app.on_")
    parameter = event["ScheduleExpression"]["Ref"]
    return Job(
        job=f"{room}.{handler.replace('_', '-')}",
        function=function["FunctionName"]["Fn::Sub"].removeprefix("perkbank-${Stage}-"),
        schedule=parameter,
        default=template["Parameters"][parameter]["Default"],
        zone=event.get("ScheduleExpressionTimezone", DEFAULT_ZONE),
        timeout=function["Timeout"],
        logical_id=logical_id,
    )


def catalogue(jobs: list[Job]) -> str:
    """The text of `jobs.json`."""
    rows = [{name: value for name, value in asdict(job).items() if name != "logical_id"} for job in jobs]
    return json.dumps(rows, indent=1) + "\n"


def schedules(jobs: list[Job]) -> str:
    """The environment variable with each schedule's expression in this stage."""
    parameters = sorted({job.schedule for job in jobs})
    text = ",".join(f'"{name}":"${{{name}}}"' for name in parameters)
    return f"SCHEDULES: !Sub '{{{text}}}'\n"


def functions(jobs: list[Job]) -> str:
    """The ARNs of the functions that the room may call."""
    arn = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:perkbank-${Stage}-"
    return "".join(f"- !Sub {arn}{job.function}:live\n" for job in jobs)
