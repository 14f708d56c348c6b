"""Whatever can fail has an alarm that wakes somebody, by the templates and not by what makes the alarms."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra import templates
from infra.contract import ROOT
from tests.support import cloudformation

Document = dict[str, Any]
Need = tuple[str, str]

PATHS = (*templates.SHARED, *map(templates.room_path, templates.rooms()))
DOCUMENTS = {path: cloudformation.template(path) for path in PATHS}
# A queue without a consumer that nobody has to look at: a developer's copy of all events.
NOT_DEAD_LETTERS = {"perkbank-${Stage}-events-tap"}


def of_type(documents: dict[str, Document], kind: str) -> Iterator[tuple[str, Document]]:
    """Logical id and properties of each resource of a type."""
    for document in documents.values():
        for name, resource in document["Resources"].items():
            if resource["Type"] == kind:
                yield name, resource["Properties"]


def needs(documents: dict[str, Document]) -> Iterator[Need]:
    """What has to be watched: the metric, and whose it is."""
    queues = dict(of_type(documents, "AWS::SQS::Queue"))
    physical = {name: cloudformation.text(queue["QueueName"]) for name, queue in queues.items()}
    fed = set()
    for name, function in of_type(documents, "AWS::Serverless::Function"):
        events = list(function.get("Events", {}).values())
        yield from _of_function(name, function, {event["Type"] for event in events})
        queue_arns = [event["Properties"]["Queue"] for event in events if event["Type"] == "SQS"]
        fed |= {cloudformation.text(arn).removesuffix(".Arn") for arn in queue_arns}
    for name, called in physical.items():
        if called not in NOT_DEAD_LETTERS:
            waits = "ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"
            yield waits[name not in fed], called


def _of_function(name: str, function: Document, events: set[str]) -> Iterator[Need]:
    physical = cloudformation.text(function["FunctionName"])
    # The authorizer says 401 by failing.
    if name != "Authorizer":
        yield "Errors", physical
    if not events:
        yield "Throttles", physical
    if "DynamoDB" in events:
        yield "IteratorAge", physical
    if "ScheduleV2" in events:
        room, _, handler = function["Handler"].partition(".app.on_")
        yield "JobLate", f"{room}.{handler.replace('_', '-')}"


def watched(documents: dict[str, Document]) -> Iterator[tuple[str, Need]]:
    """Each alarm that wakes somebody, with what it watches."""
    for name, alarm in of_type(documents, "AWS::CloudWatch::Alarm"):
        if "alarms" in json.dumps(alarm.get("AlarmActions", [])).lower():
            metrics = [
                each["MetricStat"]["Metric"] for each in alarm.get("Metrics", ()) if "MetricStat" in each
            ]
            for metric in metrics or [alarm]:
                for dimension in metric["Dimensions"]:
                    yield name, (metric["MetricName"], cloudformation.text(dimension["Value"]))


def unwatched(documents: dict[str, Document]) -> set[Need]:
    """What nobody would be woken for."""
    return set(needs(documents)) - {need for _, need in watched(documents)}


def test_every_function_stream_queue_and_job_has_its_alarm() -> None:
    kinds = {metric for metric, _ in needs(DOCUMENTS)}

    assert len(kinds) == 6
    assert unwatched(DOCUMENTS) == set()


@pytest.mark.parametrize(
    ("path", "metric"),
    sorted(
        {
            (path, need[0])
            for path, document in DOCUMENTS.items()
            for _, need in watched({path: document})
            if need in set(needs(DOCUMENTS))
        }
    ),
)
def test_without_a_template_s_alarms_on_something_it_would_be_silent(path: str, metric: str) -> None:
    less = copy.deepcopy(DOCUMENTS)
    gone = {name for name, need in watched({path: DOCUMENTS[path]}) if need[0] == metric}
    for name in gone:
        del less[path]["Resources"][name]

    assert metric in {metric for metric, _ in unwatched(less)}


@pytest.mark.parametrize(
    ("kind", "resource", "metric"),
    [
        (
            "AWS::SQS::Queue",
            {"QueueName": {"Fn::Sub": "perkbank-${Stage}-new-dlq"}},
            "ApproximateNumberOfMessagesVisible",
        ),
        (
            "AWS::Serverless::Function",
            {
                "FunctionName": {"Fn::Sub": "perkbank-${Stage}-about-on-new"},
                "Handler": "about.app.on_new",
                "Events": {"New": {"Type": "ScheduleV2", "Properties": {}}},
            },
            "JobLate",
        ),
        (
            "AWS::Serverless::Function",
            {
                "FunctionName": {"Fn::Sub": "perkbank-${Stage}-about-on-new"},
                "Handler": "about.app.on_new",
                "Events": {"New": {"Type": "DynamoDB", "Properties": {}}},
            },
            "IteratorAge",
        ),
    ],
)
def test_what_is_added_without_an_alarm_is_found(kind: str, resource: Document, metric: str) -> None:
    more = copy.deepcopy(DOCUMENTS)
    more["functions/about/template.yaml"]["Resources"]["New"] = {"Type": kind, "Properties": resource}

    assert metric in {metric for metric, _ in unwatched(more)}


def test_the_watchdog_s_own_silence_is_an_alarm() -> None:
    """Where it does not run, no job is late."""
    alarms = dict(of_type(DOCUMENTS, "AWS::CloudWatch::Alarm"))
    silent = alarms["WatchdogSilent"]

    assert (silent["MetricName"], silent["TreatMissingData"]) == ("WatchdogLooks", "breaching")
    assert silent["ComparisonOperator"] == "LessThanThreshold"


def test_every_alarm_has_a_name_by_its_room_and_somebody_to_wake() -> None:
    for path, document in DOCUMENTS.items():
        room = path.split("/")[1] if path.startswith("functions/") else "platform"
        for name, resource in document["Resources"].items():
            if resource["Type"] == "AWS::CloudWatch::Alarm":
                alarm = resource["Properties"]
                assert alarm["AlarmName"] == {"Fn::Sub": f"perkbank-${{Stage}}-{room}-{name}"}
                assert alarm["AlarmDescription"]
                assert alarm["AlarmActions"]


def test_every_alarm_of_a_room_s_own_is_explained() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    below = page.split("## When an alarm goes off")[1].split("<!-- end of generated -->")[1].split("\n## ")[0]
    named = [
        line.split("`")[1]
        for line in page.splitlines()
        if line.startswith("| `") and line.endswith("| see below |")
    ]

    assert named
    assert [name for name in named if f"`{name}`" not in below] == []
