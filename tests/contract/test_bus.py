"""Nobody speaks for another room on the bus: what rules match, and what roles may put."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra import templates
from infra.contract import rooms
from tests.support import cloudformation

Statement = dict[str, Any]

ROOMS = templates.rooms()
# A developer's machine shows every event (`make events`); nothing acts on them.
TAP = "EveryEvent"
TYPES = {event.type_name() for published in rooms.published().values() for event in published}
BUS = "event-bus/perkbank-${Stage}"


def rules() -> dict[str, dict[str, Any]]:
    """The pattern of each rule on the bus, by its logical id."""
    found = {
        name: rule["EventPattern"] for name, rule in cloudformation.resources("AWS::Events::Rule").items()
    }
    for function in cloudformation.functions():
        for number, event in enumerate(function.events):
            if event["Type"] in ("EventBridgeRule", "CloudWatchEvent"):
                found[f"{function.logical_id}{number}"] = event["Pattern"]
    return found


# On the account's own bus, where AWS tells of itself, to rules that name no bus.
OF_AWS = {
    name: rule["EventPattern"]
    for name, rule in cloudformation.resources("AWS::Events::Rule").items()
    if "EventBusName" not in rule
}
RULES = {name: pattern for name, pattern in rules().items() if name != TAP and name not in OF_AWS}


def statements(value: Any) -> Iterator[Statement]:
    """Every statement of a policy, wherever in a template it stands."""
    if isinstance(value, dict):
        if "Effect" in value and "Action" in value:
            yield value
        for inner in value.values():
            yield from statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from statements(inner)


def puts_events(statement: Statement) -> bool:
    """Whether it allows to put events on a bus."""
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    return statement["Effect"] == "Allow" and any(
        action == "*" or action.lower().startswith(("events:*", "events:p")) for action in actions
    )


def test_the_tap_is_on_a_developer_s_machine_alone() -> None:
    """It matches whatever anybody puts."""
    assert cloudformation.template("infra/messaging.yaml")["Resources"][TAP]["Condition"] == "Local"


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_names_the_rooms_that_it_hears_and_what_it_hears_of_each(rule: str) -> None:
    """By source, which a role cannot choose, and by type: of just those rooms, and such as there are."""
    pattern = RULES[rule]
    sources, types = pattern["source"], pattern["detail-type"]

    heard = set()
    for each in types:
        prefix = each["prefix"] if isinstance(each, dict) else each
        assert prefix in TYPES or prefix.count(".") == 2, f"{prefix} is no type of event"
        assert any(known.startswith(prefix) for known in TYPES), f"nothing is published as {prefix}"
        heard.add(prefix.rsplit(".", 1)[0] if isinstance(each, dict) else ".".join(each.split(".")[:2]))

    assert all(isinstance(source, str) for source in sources)
    assert set(sources) == heard


def test_on_the_account_s_own_bus_only_aws_is_heard_and_only_of_this_stage() -> None:
    """Nobody else may put events whose source begins so."""
    assert OF_AWS
    for pattern in OF_AWS.values():
        assert all(source.startswith("aws.") for source in pattern["source"])
        assert pattern["detail"]["alarmName"] == [{"prefix": {"Fn::Sub": "perkbank-${Stage}-"}}]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_s_functions_put_events_in_its_own_name_alone(room: str) -> None:
    """With no wildcard and on the stage's bus only. MiniStack, on stage local, tells policies no source."""
    template = cloudformation.template(templates.room_path(room))
    putting = [each for each in statements(template["Resources"]) if puts_events(each)]

    for each in putting:
        assert each["Action"] == "events:PutEvents"
        assert cloudformation.text(each["Resource"]).endswith(BUS)
        own = {"StringEquals": {"events:source": f"perkbank.{room}"}}
        assert each["Condition"] == {"Fn::If": ["Cloud", own, {"Ref": "AWS::NoValue"}]}
    assert bool(putting) == bool(rooms.published().get(room))


def test_what_rooms_share_lets_nobody_put_events_but_the_boundary_which_gives_nothing() -> None:
    """A policy there would hold for every room that takes it."""
    for path in ("template.yaml", *templates.SHARED):
        for name, resource in cloudformation.template(path)["Resources"].items():
            assert name == "FunctionBoundary" or not any(map(puts_events, statements(resource))), name


def test_a_queue_that_hears_the_bus_takes_messages_from_its_own_rule_alone() -> None:
    """Else an event could be put past the rules."""
    for name, policy in cloudformation.resources("AWS::SQS::QueuePolicy").items():
        for each in statements(policy):
            if name != "EventsTapFromBus" and each["Principal"] == {"Service": "events.amazonaws.com"}:
                assert each["Condition"]["ArnEquals"]["aws:SourceArn"], name


def test_no_function_but_a_queue_s_own_room_may_write_to_it() -> None:
    """A message put there by hand would be taken for the bus's."""
    for room in ROOMS:
        template = cloudformation.template(templates.room_path(room))
        own = {
            cloudformation.text(queue["QueueName"]).removeprefix("perkbank-${Stage}-")
            for queue in cloudformation.resources("AWS::SQS::Queue", templates.room_path(room)).values()
        }
        for each in statements(template["Resources"]):
            if "sqs:SendMessage" in each["Action"] and "Principal" not in each:
                named = each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]
                for resource in named:
                    assert cloudformation.text(resource).rsplit("perkbank-${Stage}-", 1)[-1] in own, room
