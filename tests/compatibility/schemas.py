"""Compare two schemas: which values of the one does the other refuse? JSON Schema as our contracts use it.

The libraries that do so answer yes or no and pass over `pattern`; a release needs to hear what breaks.
Only what our schemas consist of is known here: a keyword besides is an error, not a guess.
"""

import functools
from collections.abc import Iterable, Iterator
from typing import Any

Schema = dict[str, Any]

# What says nothing about which values are taken.
PROSE = {"description", "title", "example", "examples", "default", "readOnly", "writeOnly", "deprecated"}
PROSE |= {"$schema", "$id", "$defs", "discriminator"}
# Bounds, each with whether a greater number takes fewer values.
BOUNDS = {
    "minimum": True,
    "exclusiveMinimum": True,
    "minLength": True,
    "minItems": True,
    "minProperties": True,
    "maximum": False,
    "exclusiveMaximum": False,
    "maxLength": False,
    "maxItems": False,
    "maxProperties": False,
}
EXACT = ("pattern", "format", "multipleOf", "uniqueItems")
KNOWN = {"type", "enum", "required", "properties", "additionalProperties", "items", "anyOf"}
KNOWN |= {*BOUNDS, *EXACT}


class Unknown(Exception):
    """A keyword that nothing is known of here."""


class Comparison:
    """Of two documents, each with the definitions that its schemas refer to.

    `open_world` has a reader pass over members that it does not know, as ours do.
    """

    def __init__(self, wide: Schema, narrow: Schema, *, open_world: bool = False) -> None:
        self._wide, self._narrow, self._open = wide, narrow, open_world
        self._under_way: set[tuple[str, str]] = set()

    def refused(self, wide: Schema, narrow: Schema, path: str = "") -> Iterator[str]:
        """The ways in which values of `wide` are refused by `narrow`, each with the path where."""
        pair = (_reference(wide), _reference(narrow))
        if all(pair):
            if pair in self._under_way:
                return
            self._under_way.add(pair)
        yield from self._between(_plain(wide, self._wide), _plain(narrow, self._narrow), path)
        self._under_way.discard(pair)

    def _between(self, wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
        if "anyOf" in wide or "anyOf" in narrow:
            yield from self._alternatives(_branches(wide), _branches(narrow), path)
            return
        yield from _types(wide, narrow, path)
        yield from _values(wide, narrow, path)
        yield from self._members(wide, narrow, path)
        if "items" in narrow and "array" in wide.get("type", ()):
            yield from self.refused(wide.get("items", {}), narrow["items"], f"{path}[]")

    def _alternatives(self, wide: list[Schema], narrow: list[Schema], path: str) -> Iterator[str]:
        for each in wide:
            rivals = [list(self.refused(each, other, path)) for other in narrow]
            yield from min(rivals, key=len)

    def _members(self, wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
        had, known = wide.get("properties", {}), narrow.get("properties", {})
        for name in sorted(set(narrow.get("required", ())) - set(wide.get("required", ()))):
            yield f"{_join(path, name)} may be missing" if name in had else f"{_join(path, name)} is missing"
        for name, member in had.items():
            if name in known:
                yield from self.refused(member, known[name], _join(path, name))
            elif not self._open and narrow.get("additionalProperties") is False:
                yield f"{_join(path, name)} is not known"
        rest, others = wide.get("additionalProperties", True), narrow.get("additionalProperties", True)
        if isinstance(rest, dict) and isinstance(others, dict):
            yield from self.refused(rest, others, _join(path, "*"))
        elif isinstance(others, dict) and rest is True:
            yield f"{_join(path, '*')} may be anything"


def _types(wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
    mine, theirs = wide.get("type"), narrow.get("type")
    if theirs is None:
        return
    if mine is None:
        yield f"{path} may be anything, not only {_words(theirs)}"
        return
    left = set(mine) - set(theirs)
    if "number" in theirs:
        left -= {"integer"}
    if left:
        yield f"{path} may be {_words(left)}, not only {_words(theirs)}"


def _values(wide: Schema, narrow: Schema, path: str) -> Iterator[str]:
    if "enum" in narrow:
        if "enum" not in wide:
            yield f"{path} may be anything, not only one of {_words(narrow['enum'])}"
        left = [value for value in wide.get("enum", ()) if value not in narrow["enum"] and value is not None]
        if left:
            yield f"{path} may be {_words(left)}"
        return
    for name, greater_is_narrower in BOUNDS.items():
        if name in narrow and _beyond(wide.get(name), narrow[name], greater_is_narrower):
            yield f"{path} has {name} {wide.get(name, 'without bound')}, not {narrow[name]}"
    for name in EXACT:
        if name in narrow and narrow[name] != wide.get(name) and "enum" not in wide:
            yield f"{path} has {name} {wide.get(name, 'of any kind')}, not {narrow[name]}"


def _beyond(wide: float | None, narrow: float, greater_is_narrower: bool) -> bool:
    if wide is None:
        return True
    return narrow > wide if greater_is_narrower else narrow < wide


def bare(value: Any) -> Any:
    """A schema, or what holds schemas, without prose. A property of such a name stays."""
    if isinstance(value, list):
        return [bare(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: {key: bare(each) for key, each in inner.items()} if name == "properties" else bare(inner)
        for name, inner in value.items()
        if name == "properties" or name not in PROSE - {"$defs"}
    }


# Schemas in one spelling ----------------------------------------------------------------------------


def _plain(schema: Schema, document: Schema) -> Schema:
    """References, `allOf`, `const` and `nullable` written out; types as a list; no prose."""
    parts = [_plain(_target(schema["$ref"], document), document)] if "$ref" in schema else []
    parts += [_plain(each, document) for each in schema.get("allOf", ())]
    own = {name: value for name, value in schema.items() if name not in PROSE | {"$ref", "allOf", "nullable"}}
    if "const" in own:
        own["enum"] = [own.pop("const")]
    if "oneOf" in own:
        own["anyOf"] = own.pop("oneOf")
    if unknown := own.keys() - KNOWN:
        raise Unknown(f"{_words(unknown)}: say in {__name__} what this means for a reader")
    if isinstance(own.get("type"), str):
        own["type"] = [own["type"]]
    return _nullable(functools.reduce(_merged, [*parts, own], {}), schema.get("nullable") is True)


def _nullable(schema: Schema, nullable: bool) -> Schema:
    if not nullable:
        return schema
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": ["null"]}]}
    return {**schema, "type": [*schema["type"], "null"]} if "type" in schema else schema


def _merged(one: Schema, other: Schema) -> Schema:
    found = {**one, **other}
    for name in ("properties",):
        if name in one and name in other:
            found[name] = {**one[name], **other[name]}
    if "required" in one and "required" in other:
        found["required"] = [*one["required"], *other["required"]]
    return found


def _branches(schema: Schema) -> list[Schema]:
    if "anyOf" in schema:
        rest = {name: value for name, value in schema.items() if name != "anyOf"}
        return [{**rest, **each} for each in schema["anyOf"]]
    return [schema]


def _reference(schema: Schema) -> str:
    return str(schema.get("$ref", ""))


def _target(reference: str, document: Schema) -> Schema:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _words(values: Iterable[Any]) -> str:
    return ", ".join(sorted(str(value) for value in values))
