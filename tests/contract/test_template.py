"""The templates keep what the architecture promises of functions, streams, queues and tables."""

import importlib
import json
import re
from typing import Any

import pytest

from bank.config import SIMULATED
from infra import templates
from infra.contract import rooms
from tests.support import cloudformation
from tests.support.cloudformation import ROOT, Function

FUNCTIONS = cloudformation.functions()
EACH = pytest.mark.parametrize("function", FUNCTIONS, ids=[function.logical_id for function in FUNCTIONS])
QUEUES = cloudformation.resources("AWS::SQS::Queue")
# To read sessions, or to keep them.
SESSIONS = ("callers", "session-keeper")


def sources(kind: str) -> list[tuple[Function, dict[str, Any]]]:
    return [(function, event) for function in FUNCTIONS for event in function.events if event["Type"] == kind]


def queue_of(value: dict[str, str]) -> str:
    """The queue that a template means by `!GetAtt BatchLines.Arn`, or by its conventional name."""
    arn = cloudformation.text(value)
    if ":" not in arn:
        return arn.removesuffix(".Arn")
    names = {cloudformation.text(queue["QueueName"]): name for name, queue in QUEUES.items()}
    return names[arn.rsplit(":", 1)[-1]]


# Functions ----------------------------------------------------------------------------------------------


@EACH
def test_the_handler_is_there_and_can_be_called(function: Function) -> None:
    assert callable(getattr(importlib.import_module(function.module), function.handler))


def test_api_gateway_may_call_each_http_function_and_the_authorizer_and_nothing_else() -> None:
    permitted = {
        cloudformation.text(permission["FunctionName"]): cloudformation.text(permission["SourceArn"])
        for permission in cloudformation.resources("AWS::Lambda::Permission").values()
        if permission["Principal"] == "apigateway.amazonaws.com"
    }

    called = {f"{function.name}:live" for function in FUNCTIONS if function.is_http}
    authorizer = "perkbank-${Stage}-authorizer:live"

    assert permitted.keys() == called | {authorizer}
    assert all(":${Api}/" in source for source in permitted.values())
    assert permitted[authorizer].endswith("/authorizers/*")


def test_permission_to_call_an_alias_is_given_once_the_alias_is_there() -> None:
    """It is named by convention, which alone would not make CloudFormation wait."""
    logical_ids = {f"{function.name}:live": function.logical_id for function in FUNCTIONS}
    for path in cloudformation.paths():
        for resource in cloudformation.template(path)["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Permission":
                named = cloudformation.text(resource["Properties"]["FunctionName"])
                assert resource["DependsOn"] == f"{logical_ids[named]}Aliaslive"


@EACH
def test_a_function_says_which_room_its_logs_and_metrics_belong_to(function: Function) -> None:
    assert function.environment["POWERTOOLS_SERVICE_NAME"] == function.room


@EACH
def test_a_function_s_role_holds_no_more_policies_than_iam_lets_it(function: Function) -> None:
    """Ten managed policies a role unless AWS is asked for more; SAM attaches two: logs and traces."""
    declared = cloudformation.resources("AWS::Serverless::Function")[function.logical_id]

    assert len(declared.get("Policies", ())) + 2 <= 10


@EACH
def test_a_function_is_called_by_the_gateway_or_by_an_event_source(function: Function) -> None:
    by_the_gateway = function.is_http or function.logical_id == "Authorizer"

    assert by_the_gateway != bool(function.events)


def test_every_http_function_that_asks_who_is_calling_may_read_their_session() -> None:
    """Without it each call of a customer or a member of staff would be a 503."""
    asking = {room for room, operation in rooms.operations() if operation.scope}
    policies = {
        function.room: cloudformation.resources("AWS::Serverless::Function")[function.logical_id]["Policies"]
        for function in FUNCTIONS
        if function.is_http and function.room in asking
    }

    readers = tuple(f"policy/perkbank-${{Stage}}-{policy}" for policy in SESSIONS)
    without = [
        room
        for room, given in policies.items()
        if not any(cloudformation.text(policy).endswith(readers) for policy in given)
    ]

    assert without == []


def test_a_policy_that_a_template_names_is_shared_or_its_own() -> None:
    """Whatever is named by convention is there before the room's stack is."""
    shared = _policies(*templates.SHARED)
    for path in cloudformation.paths():
        named = set(re.findall(r":policy/(perkbank-\$\{Stage}-[a-z-]+)", (ROOT / path).read_text()))

        assert named <= shared | _policies(path), path


def _policies(*paths: str) -> set[str]:
    """The names that templates give to policies."""
    policies = (cloudformation.resources("AWS::IAM::ManagedPolicy", path).values() for path in paths)
    named = (each["ManagedPolicyName"] for some in policies for each in some if "ManagedPolicyName" in each)
    return set(map(cloudformation.text, named))


# Streams ------------------------------------------------------------------------------------------------


# Without these money is not booked, or no statement written.
NEVER_GIVE_UP = {"AccountsOnJournals", "AccountsOnBalances"}


def test_a_stream_s_poison_is_isolated_and_kept() -> None:
    assert sources("DynamoDB")
    for function, event in sources("DynamoDB"):
        assert event["BisectBatchOnFunctionError"] is True, function.logical_id
        assert event["StartingPosition"] == "TRIM_HORIZON"
        if function.logical_id in NEVER_GIVE_UP:
            continue
        assert event["MaximumRetryAttempts"] > 0
        destination = event["DestinationConfig"]["OnFailure"]
        assert destination["Type"] == "SQS"
        assert queue_of(destination["Destination"]) in QUEUES


def test_consumers_that_book_and_state_never_give_up_and_keep_poison_themselves() -> None:
    found = {
        function.logical_id: (function, event)
        for function, event in sources("DynamoDB")
        if function.logical_id in NEVER_GIVE_UP
    }

    assert found.keys() == NEVER_GIVE_UP
    for function, event in found.values():
        assert (event["MaximumRetryAttempts"], event["MaximumRecordAgeInSeconds"]) == (-1, -1)
        aside = function.environment["ACCOUNTS_FAILURES_QUEUE_URL"]["Ref"]
        assert is_last_resort(aside)


def test_every_consumer_of_a_stream_says_what_order_it_needs_and_how_many_work_at_once() -> None:
    for function, event in sources("DynamoDB"):
        resource = cloudformation.template(templates.room_path(function.room))["Resources"]
        order = resource[function.logical_id]["Metadata"]["StreamOrder"]
        alone = order.startswith("one at a time: ")
        assert alone or order.startswith(("by ", "none needed: ")), function.logical_id
        assert event["ParallelizationFactor"] in ({1} if alone else range(2, 11)), function.logical_id


# Queues -------------------------------------------------------------------------------------------------


def is_last_resort(name: str) -> bool:
    return name.endswith(("DeadLetters", "Failures"))


def test_every_queue_that_feeds_a_function_has_a_dead_letter_queue() -> None:
    assert sources("SQS")
    for _, event in sources("SQS"):
        redrive = QUEUES[queue_of(event["Queue"])]["RedrivePolicy"]
        target = cloudformation.text(redrive["deadLetterTargetArn"]).removesuffix(".Arn")
        assert target in QUEUES
        assert is_last_resort(target)
        assert redrive["maxReceiveCount"] >= 3
        assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_every_other_queue_is_a_last_resort_or_a_developer_s_own() -> None:
    fed = {queue_of(event["Queue"]) for _, event in sources("SQS")}
    local = {
        name
        for path in cloudformation.paths()
        for name, resource in cloudformation.template(path)["Resources"].items()
        if resource.get("Condition") == "Local"
    }

    assert {name for name in QUEUES if not is_last_resort(name)} - local == fed


def test_what_nobody_could_take_is_kept_for_two_weeks() -> None:
    kept = {name: queue["MessageRetentionPeriod"] for name, queue in QUEUES.items() if is_last_resort(name)}

    assert set(kept.values()) == {14 * 24 * 3600}


def test_a_message_stays_hidden_six_times_as_long_as_its_function_may_take() -> None:
    """And as its batch may wait. AWS asks it for Lambda: else a message in work goes to a second worker."""
    for function, event in sources("SQS"):
        hidden = QUEUES[queue_of(event["Queue"])]["VisibilityTimeout"]
        waits = event.get("MaximumBatchingWindowInSeconds", 0)
        assert hidden >= 6 * function.timeout + waits, function.logical_id


def test_a_run_that_the_scheduler_could_not_start_is_kept() -> None:
    assert sources("ScheduleV2")
    for _, event in sources("ScheduleV2"):
        assert queue_of(event["DeadLetterConfig"]["Arn"]) in QUEUES


def test_each_scheduled_handler_records_its_runs_by_the_instant_that_the_schedule_names() -> None:
    for function, event in sources("ScheduleV2"):
        handler = getattr(importlib.import_module(function.module), function.handler)
        stage, absent, given = event["Input"]["Fn::If"]

        assert hasattr(handler, "job"), function.logical_id
        # MiniStack and LocalStack put no scheduled time into an input; their default event has it.
        assert (stage, absent) == ("Local", {"Ref": "AWS::NoValue"})
        assert json.loads(given) == {"source": "aws.scheduler", "time": "<aws.scheduler.scheduled-time>"}


# Tables -------------------------------------------------------------------------------------------------


def test_tables_outlive_their_stack_and_can_be_restored() -> None:
    for path in cloudformation.paths():
        for name, resource in cloudformation.template(path)["Resources"].items():
            if resource["Type"] == "AWS::DynamoDB::Table":
                properties = resource["Properties"]
                assert resource["DeletionPolicy"].startswith("Retain"), name
                assert resource["UpdateReplacePolicy"] == "Retain"
                assert properties["BillingMode"] == "PAY_PER_REQUEST"
                assert properties["SSESpecification"]["SSEEnabled"] is True
                assert re.fullmatch(
                    r"perkbank-\$\{Stage\}-[a-z-]+", cloudformation.text(properties["TableName"])
                )


# Test clock ---------------------------------------------------------------------------------------------


def deployed(document: Any, stage: str, conditions: dict[str, Any]) -> Any:
    """What of a template is there on a stage."""
    match document:
        case {"Fn::If": [name, this, that]}:
            return deployed(this if holds(conditions[name], stage) else that, stage, conditions)
        case {"Condition": str(name)} if not holds(conditions[name], stage):
            return None
        case dict():
            return {name: deployed(each, stage, conditions) for name, each in document.items()}
        case list():
            return [deployed(each, stage, conditions) for each in document]
    return document


def holds(condition: Any, stage: str) -> bool:
    """Decide a condition where the stage does; any other is taken as true."""
    match condition:
        case {"Fn::Equals": [{"Ref": "Stage"}, name]}:
            return bool(name == stage)
        case {"Fn::Or": some}:
            return any(holds(each, stage) for each in some)
        case {"Fn::Not": [other]}:
            return not holds(other, stage)
    return True


def clocks(path: str, stage: str) -> int:
    """How often the test clock's parameter stands in what a template makes on a stage."""
    template = cloudformation.template(path)
    return json.dumps(deployed(template, stage, template.get("Conditions", {}))).count("test-clock")


@pytest.mark.parametrize("path", cloudformation.paths())
def test_only_stages_for_tests_have_a_clock_that_can_be_moved(path: str) -> None:
    """A room's variable and its policy, which has the name too; the boundary of all roles."""
    expected = 3 if path.startswith("functions/") else int(path == "infra/security.yaml")

    assert {stage: clocks(path, stage) for stage in SIMULATED} == dict.fromkeys(SIMULATED, expected)
    assert {stage: clocks(path, stage) for stage in ("dev", "prod")} == {"dev": 0, "prod": 0}


@pytest.mark.parametrize("room", templates.rooms())
def test_every_function_of_a_room_may_read_the_test_clock(room: str) -> None:
    resources = cloudformation.template(templates.room_path(room))["Resources"]
    functions = {name for name, each in resources.items() if "Handler" in each["Properties"]}
    roles = resources["TestClockPolicy"]["Properties"]["Roles"]

    assert {role["Ref"] for role in roles} == {f"{name}Role" for name in functions}
