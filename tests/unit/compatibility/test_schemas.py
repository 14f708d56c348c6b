"""Which changes of a schema refuse values that it took before; which take more, or nothing less."""

from typing import Any

import pytest

from tests.compatibility.schemas import Comparison, Unknown

DOCUMENT: dict[str, Any] = {
    "$defs": {
        "Money": {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "integer"}}},
        "Tree": {
            "type": "object",
            "properties": {"below": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}},
        },
    }
}
OBJECT: dict[str, Any] = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
    "additionalProperties": False,
}


def refused(wide: dict[str, Any], narrow: dict[str, Any], **options: bool) -> list[str]:
    return list(Comparison(DOCUMENT, DOCUMENT, **options).refused(wide, narrow))


def an_object(**changed: Any) -> dict[str, Any]:
    return {**OBJECT, **changed}


def with_member(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return an_object(properties={**OBJECT["properties"], name: schema})


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ({"type": "string"}, {"type": "integer"}, " may be string, not only integer"),
        ({"type": "number"}, {"type": "integer"}, " may be number, not only integer"),
        ({"type": "string", "nullable": True}, {"type": "string"}, " may be null, not only string"),
        ({}, {"type": "string"}, " may be anything, not only string"),
        ({"enum": ["x", "y"]}, {"enum": ["x"]}, " may be y"),
        ({"type": "string"}, {"type": "string", "enum": ["x"]}, " may be anything, not only one of x"),
        ({"enum": ["x"]}, {"const": "y"}, " may be x"),
        (
            {"type": "string", "maxLength": 9},
            {"type": "string", "maxLength": 5},
            " has maxLength 9, not 5",
        ),
        ({"type": "integer"}, {"type": "integer", "minimum": 1}, " has minimum without bound, not 1"),
        (
            {"type": "string", "pattern": "^a$"},
            {"type": "string", "pattern": "^b$"},
            " has pattern ^a$, not ^b$",
        ),
        ({"type": "string"}, {"type": "string", "format": "date"}, " has format of any kind, not date"),
        (
            {"type": "array", "items": {"type": "string"}},
            {"type": "array", "items": {"type": "integer"}},
            "[] may be string, not only integer",
        ),
        (OBJECT, an_object(required=["a", "b"]), "b may be missing"),
        (OBJECT, {**with_member("c", {"type": "string"}), "required": ["a", "c"]}, "c is missing"),
        (with_member("c", {"type": "string"}), OBJECT, "c is not known"),
        (OBJECT, with_member("b", {"type": "string"}), "b may be integer, not only string"),
        ({"type": "object"}, {"$ref": "#/$defs/Money"}, "amount is missing"),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"type": "object", "additionalProperties": {"type": "integer"}},
            "* may be string, not only integer",
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            {"type": "string"},
            " may be integer, not only string",
        ),
    ],
)
def test_a_schema_that_takes_less_says_what_and_where(
    wide: dict[str, Any], narrow: dict[str, Any], expected: str
) -> None:
    assert refused(wide, narrow) == [expected]


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (OBJECT, OBJECT),
        (OBJECT, with_member("c", {"type": "string"})),
        (OBJECT, an_object(required=[])),
        (OBJECT, {"type": "object"}),
        ({"type": "integer"}, {"type": "number"}),
        ({"type": "string"}, {"type": "string", "nullable": True}),
        ({"type": "string"}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"enum": ["x"]}, {"enum": ["x", "y"]}),
        ({"type": "string", "maxLength": 5}, {"type": "string", "maxLength": 9}),
        ({"type": "string", "pattern": "^a$"}, {"type": "string"}),
        ({"$ref": "#/$defs/Tree"}, {"$ref": "#/$defs/Tree"}),
        (
            {"allOf": [{"$ref": "#/$defs/Money"}], "nullable": True},
            {"$ref": "#/$defs/Money", "nullable": True},
        ),
        (OBJECT, {**OBJECT, "description": "said otherwise", "title": "O"}),
    ],
)
def test_a_schema_that_takes_as_much_or_more_is_no_finding(
    wide: dict[str, Any], narrow: dict[str, Any]
) -> None:
    assert refused(wide, narrow) == []


def test_a_reader_of_an_open_world_passes_over_members_that_it_does_not_know() -> None:
    assert refused(with_member("c", {"type": "string"}), OBJECT, open_world=True) == []


def test_a_change_deep_inside_is_reported_with_its_path() -> None:
    old = {"type": "object", "properties": {"lines": {"type": "array", "items": {"$ref": "#/$defs/Money"}}}}
    poorer = {"$defs": {"Money": {"type": "object", "properties": {"amount": {"type": "string"}}}}}

    found = list(Comparison(DOCUMENT, poorer).refused(old, old))

    assert found == ["lines[].amount may be integer, not only string"]


def test_a_keyword_that_nobody_has_thought_of_is_an_error() -> None:
    with pytest.raises(Unknown, match="patternProperties"):
        refused({"type": "object"}, {"type": "object", "patternProperties": {}})
