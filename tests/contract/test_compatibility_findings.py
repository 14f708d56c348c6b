"""A change that harms somebody is found, and fails until it is declared."""

import copy
import dataclasses
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.compatibility import events, http_contract, items, material, release, replay, tables
from tests.compatibility.findings import Declaration, stale, undeclared
from tests.compatibility.release import Release
from tests.compatibility.replay import findings

PAID = "perkbank.payments.PaymentSucceeded.v1"


@pytest.fixture(scope="module")
def recorded() -> Release:
    return release.read(release.versions()[-1])


def test_a_token_whose_signature_does_not_count_any_more_is_found(recorded: Release) -> None:
    asked = recorded.one(lambda each: each.asks_who)
    others = dataclasses.replace(recorded, keys=material.fresh())

    with replay.bank(others) as bank:
        assert findings(bank, asked) == ["raised Exception('Unauthorized')"]


def test_sealed_fields_that_cannot_be_opened_any_more_are_found(recorded: Release) -> None:
    sealed = [
        each
        for each in recorded.exchanges
        if each.reads and any(name.endswith("_sealed") for _, item in each.before for name in item)
    ]
    others = dataclasses.replace(recorded, keys=material.fresh())

    with replay.bank(others) as bank:
        assert [each for each in sealed if findings(bank, each)]


# The changes that harm most, each as its check finds it ----------------------------------------------


def a_removed_field(recorded: Release) -> list[str]:
    """Of an answer."""
    now = copy.deepcopy(recorded.http)
    del schema(now, "PaymentAnswer")["properties"]["fee"]
    schema(now, "PaymentAnswer")["required"].remove("fee")
    return http_contract.differences(recorded.http, now)


def a_renamed_attribute(recorded: Release) -> list[str]:
    """Of an item."""
    now = copy.deepcopy(recorded.models)
    payment = next(line["attributes"] for line in now if "merchant_order_no" in line["attributes"])
    payment["order_no"] = payment.pop("merchant_order_no")
    return items.differences(recorded.models, now)


def a_narrowed_enum(recorded: Release) -> list[str]:
    """Of a request."""
    now = copy.deepcopy(recorded.http)
    schema(now, "Capture")["enum"].remove("manual")
    return http_contract.differences(recorded.http, now)


def a_new_required_member(recorded: Release) -> list[str]:
    """Of a request."""
    now = copy.deepcopy(recorded.http)
    schema(now, "CreatePayment")["properties"]["purpose"] = {"type": "string"}
    schema(now, "CreatePayment")["required"].append("purpose")
    return http_contract.differences(recorded.http, now)


def a_changed_cursor(recorded: Release) -> list[str]:
    """As if today's cursors had a version before them, and others were refused."""
    asked = recorded.one(lambda each: each.cursor and each.status == 200)
    cursor = "v2." + asked.event["queryStringParameters"]["cursor"]
    asked.event["queryStringParameters"]["cursor"] = cursor
    asked.event["multiValueQueryStringParameters"]["cursor"] = [cursor]
    with replay.bank(recorded) as bank:
        return findings(bank, asked)


def an_event_without_a_field(recorded: Release) -> list[str]:
    now = copy.deepcopy(recorded.events)
    data = event_data(now, PAID)
    del data["properties"]["amount"]
    data["required"].remove("amount")
    return events.differences(recorded.events, now)


def schema(lines: list[Any], name: str) -> Any:
    return next(line for line in lines if line.get("schema") == name)


def event_data(lines: list[Any], kind: str) -> Any:
    return next(line["schema"]["properties"]["data"] for line in lines if line["type"] == kind)


CHANGES = [
    (a_removed_field, "200: fee is missing"),
    (a_renamed_attribute, "merchant_order_no is gone, and the release before reads it"),
    (a_narrowed_enum, "request: capture may be manual"),
    (a_new_required_member, "request: purpose is missing"),
    (a_changed_cursor, "instead of 200: invalid_request; cursor"),
    (an_event_without_a_field, f"{PAID}: data.amount is missing"),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES, ids=[change.__name__ for change, _ in CHANGES])
def test_a_harmful_change_fails_until_it_is_declared_and_its_declaration_once_it_is_none(
    recorded: Release, change: Callable[[Release], list[str]], expected: str
) -> None:
    found = change(recorded)
    declarations = [declaration(recorded, each) for each in found]

    assert any(expected in each for each in undeclared(recorded.version, found, []))
    assert undeclared(recorded.version, found, declarations) == []
    assert stale({recorded.version: found}, declarations) == []
    assert stale({recorded.version: []}, declarations) == declarations


def declaration(recorded: Release, finding: str) -> Declaration:
    return Declaration(
        since=recorded.version, version="9.0.0", date=date(2027, 1, 1), breaks=finding, why="it must be"
    )


EVENT_CHANGES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda data: data["properties"].update(amount={"type": "string"}), "data.amount may be string"),
    (lambda data: data["required"].remove("amount"), "data.amount may be missing"),
]


@pytest.mark.parametrize(("change", "expected"), EVENT_CHANGES, ids=[each for _, each in EVENT_CHANGES])
def test_a_change_of_an_event_that_its_consumers_cannot_read_is_found(
    recorded: Release, change: Callable[[Any], Any], expected: str
) -> None:
    now = copy.deepcopy(recorded.events)
    change(event_data(now, PAID))

    (found,) = events.differences(recorded.events, now)

    assert found.startswith(f"{PAID}: {expected}")


def test_an_event_with_one_member_more_is_no_finding_and_one_that_is_gone_is(recorded: Release) -> None:
    now = copy.deepcopy(recorded.events)
    gone = now.pop()
    now[0]["schema"]["properties"]["data"]["properties"]["colour"] = {"type": "string"}
    now[0]["schema"]["properties"]["data"]["required"].append("colour")

    assert events.differences(recorded.events, now) == [f"{gone['type']}: not published any more"]


def test_a_table_with_another_key_or_without_an_index_is_found(recorded: Release) -> None:
    now = copy.deepcopy(recorded.tables)
    now[0]["key"] = ["other"]
    indexed = next(line for line in now[1:] if line["indexes"])
    name, key = indexed["indexes"].popitem()

    assert tables.differences(recorded.tables, now) == [
        f"{now[0]['table']}: its key was {recorded.tables[0]['key']} and is ['other']",
        f"{indexed['table']}: index {name} was {key} and is None",
    ]
    assert tables.differences(recorded.tables[:1], []) == [f"{now[0]['table']}: gone"]
