"""docs/operations.md: its tables of jobs, alarms and AWS's limits, which follow from the templates."""

import importlib
import re
from pathlib import Path

from infra import alarms, budgets, templates
from infra.jobs import Job
from infra.templates import ROOT

DOCUMENT = ROOT / "docs" / "operations.md"
GENERATED = re.compile(
    r"(?P<head><!-- generated: (?P<what>\w+) -->\n).*?(?P<end><!-- end of generated -->)", re.S
)


def wanted() -> dict[Path, str]:
    """The page with its tables as they should be."""
    parts = {
        "jobs": _jobs,
        "alarms": _alarms,
        "budgets": budgets.table,
        "consumers": _consumers,
        "rates": _rates,
        "reserved": _reserved,
    }
    text = GENERATED.sub(
        lambda part: f"{part['head']}{parts[part['what']]()}{part['end']}", DOCUMENT.read_text()
    )
    return {DOCUMENT: text}


def _jobs() -> str:
    """Every job with its schedule and the first sentence of its handler."""
    rows = [f"| `{job.job}` | {_when(job)} | {_what(job)} |" for job in templates.all_jobs()]
    return "\n".join(["| job | schedule, unless the stage has another | what |", "|---|---|---|", *rows, ""])


def _when(job: Job) -> str:
    zone = "" if job.default.startswith("rate") else f", {job.zone}"
    return f"`{job.default}`{zone} (`{job.schedule}`)"


def _what(job: Job) -> str:
    room, _, name = job.job.partition(".")
    handler = getattr(importlib.import_module(f"{room}.app"), f"on_{name.replace('-', '_')}")
    said = handler.__doc__.split("\n\n")[0].removeprefix("On schedule").lstrip(":,").strip()
    return " ".join(said.split()).rstrip(".")


def _consumers() -> str:
    """Every consumer of a stream: how many batches of a shard it takes at once, and what order it needs."""
    rows = []
    for path in map(templates.room_path, templates.rooms()):
        for resource in templates.read(path)["Resources"].values():
            events = resource.get("Properties", {}).get("Events", {}).values()
            for source in (event["Properties"] for event in events if event["Type"] == "DynamoDB"):
                handler = resource["Properties"]["Handler"].replace(".app.", ".")
                order = resource["Metadata"]["StreamOrder"]
                rows.append(f"| `{handler}` | {source['ParallelizationFactor']} | {order} |")
    return "\n".join(["| consumer | batches at once | order |", "|---|---|---|", *rows, ""])


def _rates() -> str:
    """Requests a second that each route takes."""
    template = templates.read("template.yaml")
    rows = []
    for each in template["Resources"]["Api"]["Properties"]["MethodSettings"]:
        rate = each["ThrottlingRateLimit"]
        path = each["ResourcePath"]
        route = "each other route" if path == "/*" else f"`{each['HttpMethod']} {path['Fn::If'][1]}`"
        number = rate if isinstance(rate, int) else template["Parameters"][rate["Ref"]]["Default"]
        rows.append(f"| {route} | {number:,} | {each['ThrottlingBurstLimit']:,} |")
    return "\n".join(["| route | a second | at once |", "|---|---|---|", *rows, ""])


def _reserved() -> str:
    """Every function that has something reserved, and how much."""
    rows = []
    for path in map(templates.room_path, templates.rooms()):
        for resource in templates.read(path)["Resources"].values():
            properties = resource.get("Properties", {})
            if "ReservedConcurrentExecutions" in properties:
                number = properties["ReservedConcurrentExecutions"]["Fn::If"][2]
                rows.append(f"| `{properties['Handler'].replace('.app.', '.')}` | {number} |")
    return "\n".join(["| function | reserved |", "|---|---|", *rows, ""])


def _alarms() -> str:
    """Every kind of alarm that rooms have alike, with what it asks of people."""
    rows = [f"| `{each.name}` | {each.says.format(room='a room')} | {each.asks} |" for each in alarms.ALARMS]
    rows.append(f"| `<function>{alarms.JOB_LATE}` | A job has had no good run in time | {alarms.JOB_ASKS} |")
    rows += [f"| `{name}` | {says} | see below |" for name, says in _own().items()]
    return "\n".join(["| alarm | goes off when | what it asks |", "|---|---|---|", *rows, ""])


def _own() -> dict[str, str]:
    """Alarms that templates declare by hand: name and description."""
    found = {}
    for path in (*templates.SHARED, *map(templates.room_path, templates.rooms())):
        written = templates.parse(templates.GENERATED.sub("", (ROOT / path).read_text()))
        for name, resource in (written.get("Resources") or {}).items():
            if resource["Type"] == "AWS::CloudWatch::Alarm":
                found[name] = resource["Properties"]["AlarmDescription"]
    return found
