"""The alarms of a room, as its template holds them: on its functions, its queues and its jobs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from infra import jobs
from infra.jobs import Job

Document = dict[str, Any]

# CloudWatch takes ten metrics in one alarm's expression.
METRICS_PER_ALARM = 10
TOPIC = "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:perkbank-${Stage}-alarms"
# How long a message may wait beside the time that one failed try keeps it hidden.
PATIENCE_SECONDS = 900
# What one look of the watchdog says holds until the next one: five minutes, and a late one.
LOOK_SECONDS = 300


@dataclass(frozen=True)
class Alarm:
    """Goes off when `combine` of a metric over what it watches is above the threshold for `minutes` on end.

    `asks` is what it asks of people, in docs/operations.md. Each threshold has an alarm of its own.
    """

    name: str
    says: str
    asks: str
    namespace: str
    metric: str
    dimension: str
    statistic: str
    watches: Callable[[Document], bool]
    combine: str = "SUM"
    threshold: Callable[[Document], int] = lambda _: 0
    minutes: int = 1


def _is_api(function: Document) -> bool:
    return bool(function["Handler"].endswith(".app.app"))


def _is_consumer(function: Document) -> bool:
    """Not the authorizer, which says 401 by failing: anyone with a bad token could raise this alarm."""
    return "Events" in function


def _is_called(function: Document) -> bool:
    """By the gateway, which waits: the API and the authorizer."""
    return "Events" not in function


def _reads_stream(function: Document) -> bool:
    return any(event["Type"] == "DynamoDB" for event in function.get("Events", {}).values())


def _is_last_resort(queue: Document) -> bool:
    return "RedrivePolicy" not in queue


def _is_worked_off(queue: Document) -> bool:
    return "RedrivePolicy" in queue


def _longest_wait(queue: Document) -> int:
    """Seconds after which the oldest message is late: one try may fail, and its queue may delay it."""
    delay = queue.get("DelaySeconds", 0)
    # A parameter's value is not known here; SQS delays by this at most.
    return int(queue["VisibilityTimeout"]) + PATIENCE_SECONDS + (delay if isinstance(delay, int) else 900)


ERRORS = ("AWS/Lambda", "Errors", "FunctionName", "Sum")
ALARMS = (
    Alarm(
        "ReleaseFails",
        "A function of {room} fails: a release under way is taken back",
        "look at the function's errors in the log; during a release CodeDeploy has taken it back already",
        *ERRORS,
        lambda function: _is_api(function) or _is_consumer(function),
        minutes=2,
    ),
    Alarm(
        "RequestsFail",
        "The API function of {room} raised",
        "find `unhandled` or `a service did not answer` in the log, by the request's id; callers come back",
        *ERRORS,
        _is_api,
    ),
    Alarm(
        "RequestsThrottled",
        "Lambda refused requests to {room} for want of concurrency",
        "see who calls so often (dashboard); ask AWS for more concurrency, or suspend the client",
        "AWS/Lambda",
        "Throttles",
        "FunctionName",
        "Sum",
        _is_called,
    ),
    Alarm(
        "ConsumersFail",
        "Stream, queue or schedule handlers of {room} fail for five minutes",
        "find the error in the log: what failed is tried again by itself, and waits in a queue after that",
        *ERRORS,
        _is_consumer,
        minutes=5,
    ),
    Alarm(
        "StreamsLate",
        "A stream consumer of {room} is over a minute behind",
        "see whether it fails (its shard waits) or has too much to do; a stream forgets after 24 hours",
        "AWS/Lambda",
        "IteratorAge",
        "FunctionName",
        "Maximum",
        _reads_stream,
        combine="MAX",
        threshold=lambda _: 60_000,
        minutes=3,
    ),
    Alarm(
        "QueuesLate",
        "A message to {room} waits for longer than a failed try and a quarter of an hour",
        "see whether its consumer fails, is throttled or has too much to do",
        "AWS/SQS",
        "ApproximateAgeOfOldestMessage",
        "QueueName",
        "Maximum",
        _is_worked_off,
        combine="MAX",
        threshold=_longest_wait,
        minutes=3,
    ),
    Alarm(
        "DeadLetters",
        "Something of {room} could not be processed and waits for a redrive",
        "find why in the log, mend it, `make redrive QUEUE=<name>`: giving it twice does no harm",
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "QueueName",
        "Maximum",
        _is_last_resort,
    ),
)
JOB_LATE = "Late"
JOB_ASKS = "`GET /jobs/{job}/runs` says how its runs ended; mend that, then `POST /jobs/{job}/repeats`"


def text(room: str, template: Document) -> str:
    """All alarms of a room that has something for them to watch, as YAML."""
    resources = template["Resources"]
    watching = "".join(part for alarm in ALARMS for part in _parts(alarm, room, resources))
    return watching + "".join(_late(room, job) for job in jobs.of_template(template))


def _parts(alarm: Alarm, room: str, resources: Document) -> Iterator[str]:
    """As many alarms as thresholds and ten metrics each take, the second and further ones numbered."""
    number = 0
    for threshold, found in groupby(_watched(alarm, resources), lambda each: each[0]):
        names = [name for _, name in found]
        for start in range(0, len(names), METRICS_PER_ALARM):
            number += 1
            name = f"{alarm.name}{number if number > 1 else ''}"
            yield _part(alarm, name, room, threshold, names[start : start + METRICS_PER_ALARM])


def _watched(alarm: Alarm, resources: Document) -> list[tuple[int, str]]:
    """Threshold and physical name, with `${Stage}` in it, of what an alarm watches, by threshold."""
    kind = "AWS::SQS::Queue" if alarm.dimension == "QueueName" else "AWS::Serverless::Function"
    found = [
        (alarm.threshold(resource["Properties"]), resource["Properties"][alarm.dimension]["Fn::Sub"])
        for resource in resources.values()
        if resource["Type"] == kind and alarm.watches(resource["Properties"])
    ]
    return sorted(found, key=lambda each: each[0])


def _part(alarm: Alarm, name: str, room: str, threshold: int, watched: list[str]) -> str:
    lines = [
        *_head(room, name, alarm.says.format(room=room)),
        f"    Threshold: {threshold}",
        f"    EvaluationPeriods: {alarm.minutes}",
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


def _late(room: str, job: Job) -> str:
    """The alarm of a job without a good run in time, as the watchdog says; it has one for its silence."""
    dimensions = f"[{{Name: stage, Value: !Ref Stage}}, {{Name: job, Value: {job.job}}}]"
    lines = [
        *_head(room, f"{job.logical_id}{JOB_LATE}", f"The job {job.job} has had no good run in time"),
        "    Threshold: 0",
        "    EvaluationPeriods: 1",
        "    Namespace: Perkbank",
        "    MetricName: JobLate",
        f"    Dimensions: {dimensions}",
        "    Statistic: Maximum",
        f"    Period: {LOOK_SECONDS}",
    ]
    return "\n".join(lines) + "\n"


def _head(room: str, name: str, says: str) -> list[str]:
    return [
        "",
        f"{name}:",
        "  Type: AWS::CloudWatch::Alarm",
        "  Condition: Cloud",
        "  Properties:",
        f"    AlarmName: !Sub perkbank-${{Stage}}-{room}-{name}",
        f'    AlarmDescription: "{says}"',
        "    ComparisonOperator: GreaterThanThreshold",
        "    TreatMissingData: notBreaching",
        f"    AlarmActions: [!Sub '{TOPIC}']",
    ]
