"""The alarms of a room, as its template holds them: on its functions and its last-resort queues."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]

# CloudWatch takes ten metrics in one alarm's expression.
METRICS_PER_ALARM = 10
TOPIC = "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:perkbank-${Stage}-alarms"


@dataclass(frozen=True)
class Alarm:
    """Goes off when `combine` of a metric over what it watches is above `threshold` for `minutes` on end."""

    name: str
    says: str
    namespace: str
    metric: str
    dimension: str
    statistic: str
    watches: Callable[[Document], bool]
    combine: str = "SUM"
    threshold: int = 0
    minutes: int = 1


def _is_api(function: Document) -> bool:
    return bool(function["Handler"].endswith(".app.app"))


def _is_consumer(function: Document) -> bool:
    """Not the authorizer, which says 401 by failing: anyone with a bad token could raise this alarm."""
    return "Events" in function


def _reads_stream(function: Document) -> bool:
    return any(event["Type"] == "DynamoDB" for event in function.get("Events", {}).values())


def _is_last_resort(queue: Document) -> bool:
    return "RedrivePolicy" not in queue


ERRORS = ("AWS/Lambda", "Errors", "FunctionName", "Sum")
ALARMS = (
    Alarm(
        "ReleaseFails",
        "A function of {room} fails: a release under way is taken back",
        *ERRORS,
        lambda function: _is_api(function) or _is_consumer(function),
        minutes=2,
    ),
    Alarm("RequestsFail", "The API function of {room} raised", *ERRORS, _is_api),
    Alarm(
        "RequestsThrottled",
        "Lambda refused requests to {room} for want of concurrency",
        "AWS/Lambda",
        "Throttles",
        "FunctionName",
        "Sum",
        _is_api,
    ),
    Alarm(
        "ConsumersFail",
        "Stream, queue or schedule handlers of {room} fail for five minutes",
        *ERRORS,
        _is_consumer,
        minutes=5,
    ),
    Alarm(
        "StreamsLate",
        "A stream consumer of {room} is over a minute behind",
        "AWS/Lambda",
        "IteratorAge",
        "FunctionName",
        "Maximum",
        _reads_stream,
        combine="MAX",
        threshold=60_000,
        minutes=3,
    ),
    Alarm(
        "DeadLetters",
        "Something of {room} could not be processed and waits for a redrive",
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "QueueName",
        "Maximum",
        _is_last_resort,
    ),
)


def text(room: str, resources: Document) -> str:
    """All alarms of a room that has something for them to watch, as YAML."""
    return "".join(part for alarm in ALARMS for part in _parts(alarm, room, _watched(alarm, resources)))


def _watched(alarm: Alarm, resources: Document) -> list[str]:
    """Physical names, with `${Stage}` in them, of what an alarm watches."""
    kind = "AWS::SQS::Queue" if alarm.dimension == "QueueName" else "AWS::Serverless::Function"
    return [
        resource["Properties"][alarm.dimension]["Fn::Sub"]
        for resource in resources.values()
        if resource["Type"] == kind and alarm.watches(resource["Properties"])
    ]


def _parts(alarm: Alarm, room: str, watched: list[str]) -> Iterator[str]:
    """As many alarms as it takes, the second and further ones numbered."""
    for start in range(0, len(watched), METRICS_PER_ALARM):
        number = start // METRICS_PER_ALARM + 1
        some = watched[start : start + METRICS_PER_ALARM]
        yield _part(alarm, f"{alarm.name}{number if number > 1 else ''}", room, some)


def _part(alarm: Alarm, name: str, room: str, watched: list[str]) -> str:
    lines = [
        "",
        f"{name}:",
        "  Type: AWS::CloudWatch::Alarm",
        "  Condition: Cloud",
        "  Properties:",
        f'    AlarmDescription: "{alarm.says.format(room=room)}"',
        "    ComparisonOperator: GreaterThanThreshold",
        f"    Threshold: {alarm.threshold}",
        f"    EvaluationPeriods: {alarm.minutes}",
        "    TreatMissingData: notBreaching",
        f"    AlarmActions: [!Sub '{TOPIC}']",
        "    Metrics:",
        f"      - {{Id: all, Expression: {alarm.combine}(METRICS()), ReturnData: true}}",
    ]
    for index, value in enumerate(watched, 1):
        metric = (
            f"{{Namespace: {alarm.namespace}, MetricName: {alarm.metric},"
            f" Dimensions: [{{Name: {alarm.dimension}, Value: !Sub '{value}'}}]}}"
        )
        lines += [
            f"      - Id: m{index}",
            "        ReturnData: false",
            f"        MetricStat: {{Period: 60, Stat: {alarm.statistic}, Metric: {metric}}}",
        ]
    return "\n".join(lines) + "\n"
