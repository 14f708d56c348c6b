"""The structure of items and messages: each path with the kind of value that stands there."""

import json
import re
from collections.abc import Iterator
from typing import Any

# Keys that are themselves data (ids, dates, currencies, windows) stand for any key.
DATA = re.compile(r"\d|^[A-Z]{3}$")
WIRE = {"S", "N", "B", "M", "L", "BOOL", "NULL", "SS", "NS", "BS"}

Shape = dict[str, str]


def of_item(item: dict[str, Any]) -> Shape:
    """The structure of an item of DynamoDB; text that is JSON is looked into."""
    return dict(_walk({name: _plain(value) for name, value in item.items()}, ""))


def of_text(text: str) -> Shape:
    """The structure of a message: of JSON, of lines of JSON, else only that it is text."""
    found: Shape = {}
    for line in text.splitlines() or [""]:
        found |= dict(_walk(_looked_into(line), ""))
    return found


def of_value(value: Any) -> Shape:
    """The structure of JSON."""
    return dict(_walk(value, ""))


def differences(then: Shape, now: Shape) -> list[str]:
    """List what a reader of the structure `then` would miss in `now`, or find to be of another type."""
    found = []
    for path, kind in sorted(then.items()):
        today = now.get(path)
        if today is None:
            found.append(f"{path} is not there any more")
        elif today != kind and "null" not in (today, kind):
            found.append(f"{path} was {kind} and is {today}")
    return found


class _Wire(str):
    """A value that only its kind is known of: binary, or a set."""


def _plain(value: dict[str, Any]) -> Any:
    """A DynamoDB value as JSON has it."""
    ((kind, inner),) = value.items()
    if kind == "M":
        return {name: _plain(each) for name, each in inner.items()}
    if kind == "L":
        return [_plain(each) for each in inner]
    if kind == "S":
        return _looked_into(inner)
    if kind == "NULL":
        return None
    return float(inner) if kind == "N" else inner if kind == "BOOL" else _Wire(kind)


def _looked_into(text: str) -> Any:
    if text[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _walk(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield path or ".", "object"
        for name, inner in value.items():
            yield from _walk(inner, f"{path}.{'*' if DATA.search(name) else name}".lstrip("."))
    elif isinstance(value, list):
        yield path or ".", "list"
        for inner in value:
            yield from _walk(inner, f"{path}[]")
    else:
        yield path or ".", _kind(value)


def _kind(value: Any) -> str:
    if isinstance(value, _Wire):
        return f"binary ({value})"
    names = {bool: "boolean", int: "number", float: "number", str: "text", type(None): "null"}
    return names[type(value)]
