"""What would lose an item's meaning is found, whoever of two releases reads and whoever has written."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from bank.store import Table, table_name
from tests.compatibility.items import Models, described, differences, unread, unshown


class Thing(Table):
    class Meta:
        table_name = table_name("things")

    thing_id = UnicodeAttribute(hash_key=True)
    size = NumberAttribute()
    title = UnicodeAttribute(null=True)
    detail: JSONAttribute = JSONAttribute(null=True)


MODELS: Models = {"things": [Thing]}
ITEM = {"thing_id": {"S": "t1"}, "size": {"N": "3"}, "detail": {"S": '{"b": 1, "a": 2}'}}


def test_an_item_that_its_model_wrote_is_read() -> None:
    assert unread("things", Thing("t1", size=3, title="T", detail={"a": [1]}).serialize(), MODELS) == []
    assert unread("things", ITEM, MODELS) == []


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({**ITEM, "colour": {"S": "red"}}, "colour was {'S': 'red'} and is None"),
        ({"thing_id": {"S": "t1"}}, "Attribute 'size' cannot be None"),
        ({**ITEM, "size": {"S": "3"}}, "size"),
        ({**ITEM, "detail": {"S": "{"}}, "Expecting property name"),
    ],
)
def test_an_item_that_no_model_reads_as_it_was_meant_is_found(item: dict[str, Any], expected: str) -> None:
    found = unread("things", item, MODELS)

    assert len(found) == 1
    assert expected in found[0]


def test_a_table_that_nothing_reads_is_found() -> None:
    assert unread("others", ITEM, MODELS) == ["no model reads this table"]


def attributes(lines: list[dict[str, Any]]) -> Any:
    return lines[0]["attributes"]


NEEDED = {"type": "S", "required": True}
BREAKING: list[tuple[Callable[[Any], Any], str]] = [
    (lambda a: a.pop("title"), "title is gone, and the release before reads it"),
    (lambda a: a["title"].update(type="N"), "title was S  and is N "),
    (lambda a: a["title"].update(type="S (JSON)"), "title was S  and is S (JSON) "),
    (lambda a: a["thing_id"].update(key="range"), "thing_id was S hash and is S range"),
    (lambda a: a["size"].pop("required"), "size may be missing, and the release before needs it"),
    (
        lambda a: a["title"].update(required=True),
        "title is needed, and items of the release before may lack it",
    ),
    (lambda a: a.update(colour=NEEDED), "colour is needed, and items of the release before lack it"),
]
HARMLESS: list[Callable[[Any], Any]] = [
    lambda a: a.update(colour={"type": "S"}),
    lambda a: a.update(colour={**NEEDED, "default": True}),
    lambda a: a["title"].update(required=True, default=True),
]


@pytest.mark.parametrize(("change", "expected"), BREAKING, ids=[expected for _, expected in BREAKING])
def test_a_change_that_one_of_two_releases_cannot_live_with_is_found(
    change: Callable[[Any], Any], expected: str
) -> None:
    then = described(MODELS)
    now = copy.deepcopy(then)
    change(attributes(now))

    assert differences(then, now) == [f"things: {expected}"]


@pytest.mark.parametrize("change", HARMLESS)
def test_what_may_be_missing_may_come(change: Callable[[Any], Any]) -> None:
    then = described(MODELS)
    now = copy.deepcopy(then)
    change(attributes(now))

    assert differences(then, now) == []


def test_a_kind_of_item_that_is_gone_is_found() -> None:
    assert differences(described(MODELS), []) == ["things: nothing reads this table any more"]


def test_a_recording_without_an_item_of_some_kind_is_found() -> None:
    assert unshown(described(MODELS), [("things", ITEM)]) == []
    assert unshown(described(MODELS), [("others", ITEM)]) == ["things: detail, size, thing_id, title"]
