"""A plausible, valid value for a schema: the same one each time.

A field's own example comes first (`Field(examples=[...])`), then what fields of its name hold elsewhere, then
what its schema allows. A model may bring a whole example (`json_schema_extra={"example": {...}}`).
"""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from infra.contract.schemas import Schema, resolved
from infra.contract.vocabulary import BY_FORMAT, INSTANT, identifier, usual

# Tried in turn against a pattern.
TEXTS = ("example", "1", "10", "123456", "A", "ABC", "abc123", "2026-01-15", "123456789012345678", "0" * 32)


def of(schema: Schema, components: dict[str, Schema], name: str = "", *, whole: bool = True) -> Any:
    """A value that the OpenAPI schema `schema` of a field called `name` allows.

    `whole`: with every property, as answers and events have; else with those that must be there or that have
    an example, as a client would write a request. Raises ValueError where nothing that it knows fits.
    """
    schema = resolved(schema, components)
    if "example" in schema:
        return schema["example"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("nullable") and ("allOf" in schema or "properties" in schema):
        return None
    for key in ("allOf", "anyOf", "oneOf"):
        if key in schema:
            return of(schema[key][0], components, name, whole=whole)
    if schema.get("type", "object") == "object":
        return _object(schema, components, whole)
    return _by_type(schema, components, name, whole)


def _by_type(schema: Schema, components: dict[str, Schema], name: str, whole: bool) -> Any:
    kind = schema["type"]
    if kind == "array":
        count = max(1, schema.get("minItems", 1))
        return [of(schema["items"], components, _singular(name), whole=whole) for _ in range(count)]
    if kind == "boolean":
        return True
    return _number(schema, name) if kind in ("integer", "number") else _text(schema, name)


def _object(schema: Schema, components: dict[str, Schema], whole: bool) -> dict[str, Any]:
    fields = schema.get("properties", {})
    chosen = [
        name
        for name, field in fields.items()
        if whole or name in schema.get("required", ()) or "example" in resolved(field, components)
    ]
    if not fields and isinstance(schema.get("additionalProperties"), dict):
        return {"key": of(schema["additionalProperties"], components, whole=whole)}
    return {name: of(fields[name], components, name, whole=whole) for name in chosen or fields}


def _number(schema: Schema, name: str) -> int:
    if schema.get("default") is not None:
        return int(schema["default"])
    numbers = (value for value in usual(name) if isinstance(value, int))
    value = next(numbers, _money_or_count(name))
    return int(min(max(value, schema.get("minimum", value)), schema.get("maximum", value)))


def _money_or_count(name: str) -> int:
    return 1990 if name.endswith("amount") else 1


def _text(schema: Schema, name: str) -> str:
    for candidate in _candidates(schema, name):
        if _fits(candidate, schema):
            return candidate
    raise ValueError(f"no example fits {name or schema}: give it one with Field(examples=[...])")


def _candidates(schema: Schema, name: str) -> Iterator[str]:
    if schema.get("default") is not None:
        yield str(schema["default"])
    if schema.get("format") in BY_FORMAT:
        yield str(BY_FORMAT[schema["format"]])
    yield from (value for value in usual(name) if isinstance(value, str))
    if name.endswith("_id"):
        yield identifier(name)
    if name.endswith("_at"):
        yield INSTANT
    if name.endswith(("url", "href")):
        yield "https://example.com/"
    yield from TEXTS
    yield from ("x" * schema.get("minLength", 1), "0" * schema.get("minLength", 1))


def _fits(text: str, schema: Schema) -> bool:
    return (
        schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))
        and re.search(schema.get("pattern", ""), text) is not None
    )


def _singular(name: str) -> str:
    return name.removesuffix("ies") + "y" if name.endswith("ies") else name.removesuffix("s")


def of_request(model: type[BaseModel], schema: Schema, components: dict[str, Schema]) -> Any:
    """An example that `model` itself takes, with as few fields as will do.

    Raises ValueError where none is found: the model should then bring its own.
    """
    own = resolved(schema, components).get("example")
    if own is None:
        tried = with_more(of(schema, components, whole=False), of(schema, components))
    else:
        tried = iter([own])
    refusal: ValidationError | None = None
    for example in tried:
        try:
            model.model_validate_json(json.dumps(example))
        except ValidationError as error:
            refusal = refusal or error
        else:
            return example
    raise ValueError(f"no example of {model.__name__} is valid; give it json_schema_extra: {refusal}")


def with_more(least: dict[str, Any], every: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The least, then with one more field of `every`, with two more: no schema has rules between fields."""
    further = [name for name in every if name not in least]
    for count in (0, 1, 2):
        for names in itertools.combinations(further, count):
            yield {name: value for name, value in every.items() if name in least or name in names}
