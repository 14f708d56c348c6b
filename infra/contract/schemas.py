"""From pydantic's JSON Schema (2020-12) to OpenAPI 3.0, which knows less and says some of it otherwise.

API Gateway imports OpenAPI 3.0 and no later; its models must have alphanumeric names.
"""

import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

Schema = dict[str, Any]
PREFIX = "#/components/schemas/"

# What OpenAPI 3.0 takes from JSON Schema as it is.
KEPT = {
    *("type", "format", "description", "default", "nullable", "readOnly", "writeOnly", "deprecated"),
    *("minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern"),
    *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required"),
}


class Contract(GenerateJsonSchema):
    """An answer always carries each of its fields, also where a field has a default."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Return whether the field is in `required`."""
        return self.mode == "serialization" or super().field_is_required(field, total)


class Components:
    """The schemas of many models under one roof: `of` refers to a model's, `all` is what they refer to."""

    def __init__(self, requests: list[type[BaseModel]], answers: list[type[BaseModel]]) -> None:
        wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = []
        wanted += [(model, "validation") for model in _unique(requests)]
        wanted += [(model, "serialization") for model in _unique(answers)]
        self._references, document = models_json_schema(
            wanted, ref_template=PREFIX + "{model}", schema_generator=Contract
        )
        definitions: dict[str, Schema] = document.get("$defs", {})
        names = {name: _component_name(name, definitions) for name in definitions}
        if len(set(names.values())) != len(names):
            raise ValueError(f"two schemas would have one name: {sorted(names.items())}")
        self._names = names
        self.all = {names[name]: openapi(_renamed(schema, names)) for name, schema in definitions.items()}

    def of(self, model: type[BaseModel], mode: JsonSchemaMode) -> Schema:
        """A reference to the schema of `model`: as it is sent (validation) or answered (serialization)."""
        return openapi(_renamed(self._references[(model, mode)], self._names))

    def resolved(self, schema: Schema) -> Schema:
        """The schema itself, where `schema` is a reference, also one that says more beside it."""
        return resolved(schema, self.all)


def reference(schema: Schema) -> str:
    """The name of the component that `schema` refers to, also where it says more beside; else nothing."""
    inner = schema["allOf"][0] if len(schema.get("allOf", ())) == 1 else schema
    return str(inner.get("$ref", "")).removeprefix(PREFIX)


def resolved(schema: Schema, components: dict[str, Schema]) -> Schema:
    """Follow a reference; what stands beside it wins over what it refers to."""
    name = reference(schema)
    if not name:
        return schema
    beside = {name: value for name, value in schema.items() if name not in ("$ref", "allOf")}
    return {**components[name], **beside}


def openapi(schema: Schema) -> Schema:
    """A schema, and all within it, as OpenAPI 3.0 says it. Raises ValueError for what it cannot say."""
    if "$ref" in schema:
        beside = {name: value for name, value in _converted(schema).items() if name != "$ref"}
        reference = {"$ref": schema["$ref"]}
        return {"allOf": [reference], **beside} if beside else reference
    branches: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or []
    some = [branch for branch in branches if branch.get("type") != "null"]
    if len(some) < len(branches):
        outside = {name: value for name, value in schema.items() if name not in ("anyOf", "oneOf")}
        return _nullable(some, outside)
    return _converted(schema)


def _nullable(some: list[Schema], outside: Schema) -> Schema:
    if outside.get("default", ...) is None:
        del outside["default"]
    if len(some) == 1 and "$ref" not in some[0]:
        return openapi({**some[0], **outside, "nullable": True})
    key = "allOf" if len(some) == 1 else "anyOf"
    return {key: [openapi(branch) for branch in some], **_converted(outside), "nullable": True}


def _converted(schema: Schema) -> Schema:
    found: Schema = {}
    for name, value in schema.items():
        if name in KEPT:
            found[name] = value
        elif name == "enum":
            found["enum"] = list(value)
        elif name == "properties":
            found["properties"] = {key: openapi(inner) for key, inner in value.items()}
        elif name == "items":
            found["items"] = openapi(value)
        elif name == "additionalProperties":
            found["additionalProperties"] = openapi(value) if isinstance(value, dict) else value
        elif name in ("anyOf", "oneOf", "allOf"):
            found[name] = [openapi(inner) for inner in value]
        else:
            found |= _said_otherwise(name, value, schema)
    return found


def _said_otherwise(name: str, value: Any, schema: Schema) -> Schema:
    """Translate a keyword that OpenAPI 3.0 spells otherwise or needs not."""
    if name == "const":
        return {"enum": [value]}
    if name == "examples":
        return {"example": value[0]}
    if name == "example":
        return {"example": value}
    if name == "exclusiveMinimum" and schema.get("type") == "integer":
        return {"minimum": value + 1}
    if name == "exclusiveMaximum" and schema.get("type") == "integer":
        return {"maximum": value - 1}
    if name == "discriminator":
        return {name: value}
    # `title` repeats the field's name; what a map's keys look like cannot be said at all.
    if name in ("title", "propertyNames", "$ref"):
        return {}
    raise ValueError(f"OpenAPI 3.0 has no word for {name}: {schema}")


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: PREFIX + names[inner.removeprefix(PREFIX)] if key == "$ref" else _renamed(inner, names)
            for key, inner in value.items()
        }
    if isinstance(value, str) and value.removeprefix(PREFIX) in names and value.startswith(PREFIX):
        # Of a discriminator's mapping.
        return PREFIX + names[value.removeprefix(PREFIX)]
    if isinstance(value, list):
        return [_renamed(inner, names) for inner in value]
    return value


def _component_name(name: str, definitions: Schema) -> str:
    """`Reason`; `AccountsReason` where two rooms have one; `LimitsRequest` where the answer's differs."""
    plain, _, mode = name.partition("-")
    *modules, model = plain.split("__")
    owners = [part for part in modules if part not in ("schemas", "domain", "events", "tables")]
    suffix = "Request" if mode == "Input" and f"{plain}-Output" in definitions else ""
    return re.sub(r"[^A-Za-z0-9]", "", "".join(owners[-1:]).capitalize() + model + suffix)


def _unique(models: list[type[BaseModel]]) -> list[type[BaseModel]]:
    return sorted(dict.fromkeys(models), key=lambda model: (model.__module__, model.__qualname__))
