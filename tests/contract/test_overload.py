"""Overload is refused early: each route has its measure, which what its function has reserved bears.

An account of AWS runs 1,000 functions at once unless it asks for more, and always keeps 100 for those with
nothing reserved.
"""

import re
from collections import defaultdict
from typing import Any

import pytest

from infra import templates
from infra.contract import rooms
from infra.contract.gateway import function
from tests.support import cloudformation

ACCOUNT = 1_000
UNRESERVED = 100
# Of its function's time a request takes two round trips and some milliseconds of CPU.
SECONDS = 0.05
# Without these nobody pays, or what was paid is not booked. All others share the rest.
RESERVED = {
    "Authorizer": "every request passes it",
    "IdentityApi": "tokens end after 15 minutes",
    "PaymentsApi": "payments at their peak",
    "TransfersApi": "money between accounts",
    "AccountsOnJournals": "books what a payment defers: four batches of twelve shards",
    "AccountsOnBalances": "writes statements: four batches of twenty-four shards",
    "PaymentsOnStream": "tells of payments: four batches of twelve shards",
    "TransfersOnBatchLines": "pays lines, each channel four at a time",
}
MONEY = ("/payments", "/transfers", "/accounts", "/me/")
ROOT = cloudformation.template(templates.ROOT / "template.yaml")
PARAMETERS = ROOT["Parameters"]


def on_aws(value: Any) -> Any:
    """What a property is on a stage of AWS."""
    if isinstance(value, dict) and "Ref" in value:
        return PARAMETERS[value["Ref"]]["Default"]
    if isinstance(value, dict) and "Fn::If" in value:
        condition, yes, no = value["Fn::If"]
        return yes if condition == "Cloud" else no
    return value


def reserved() -> dict[str, int]:
    functions = cloudformation.resources("AWS::Serverless::Function").items()
    key = "ReservedConcurrentExecutions"
    return {name: on_aws(each[key]) for name, each in functions if key in each}


def rates() -> dict[tuple[str, str], int]:
    """Requests a second of each route, in the templates' own words."""
    settings = ROOT["Resources"]["Api"]["Properties"]["MethodSettings"]
    found = {}
    for each in settings:
        path = on_aws(each["ResourcePath"]).removeprefix("/").replace("~1", "/")
        found[each["HttpMethod"], path] = on_aws(each["ThrottlingRateLimit"])
        assert each["MetricsEnabled"]
        assert each["ThrottlingBurstLimit"] <= 5_000
    return found


def test_what_payments_need_is_reserved_and_no_more_than_an_account_has() -> None:
    found = reserved()

    assert found.keys() == RESERVED.keys()
    assert sum(found.values()) <= ACCOUNT - UNRESERVED


@pytest.mark.parametrize("name", [name for name in RESERVED if name.endswith("Api")])
def test_what_the_gateway_lets_through_the_function_bears(name: str) -> None:
    """So the gateway says 429 before Lambda has nobody left."""
    limits = rates()
    operations = [each for room, each in rooms.operations() if function(room) == f"{name[:-3].lower()}-api"]
    assert operations
    rate = sum(limits.get((each.method, each.path), limits["*", "*"]) for each in operations)

    assert rate * SECONDS <= reserved()[name]


def test_every_limit_is_of_a_route_that_there_is() -> None:
    routes = {(each.method, each.path) for _, each in rooms.operations()}

    assert rates().keys() - {("*", "*")} <= routes


def test_where_no_token_is_asked_for_each_address_has_a_limit_below_the_route_s() -> None:
    """Nobody uses up POST /oauth/token, without which no channel gets in, from one address."""
    rules = {each["Name"]: each for each in ROOT["Resources"]["ApiFirewall"]["Properties"]["Rules"]}
    rule = rules["each-address"]["Statement"]["RateBasedStatement"]
    pattern = rule["ScopeDownStatement"]["RegexMatchStatement"]["RegexString"]
    operations = [each for _, each in rooms.operations()]
    meant = {each.path for each in operations if re.search(pattern, f"/dev{each.path}")}

    assert rule["AggregateKeyType"] == "IP"
    assert meant >= {each.path for each in operations if each.scope is None}
    assert meant.isdisjoint({each.path for each in operations if each.path.startswith(MONEY)})
    assert on_aws(rule["Limit"]) / rule["EvaluationWindowSec"] <= rates()["*", "*"] / 10


def test_no_queue_takes_more_than_its_function_has_and_all_together_leave_room() -> None:
    found, shared = reserved(), 0
    by_function: dict[str, int] = defaultdict(int)
    for each in cloudformation.functions():
        for event in (event for event in each.events if event["Type"] == "SQS"):
            by_function[each.logical_id] += on_aws(event["ScalingConfig"]["MaximumConcurrency"])
    for name, most in by_function.items():
        if name in found:
            assert most <= found[name], name
        else:
            shared += most

    # The rest is for the other rooms' APIs, jobs and streams.
    assert shared <= ACCOUNT - sum(found.values())
