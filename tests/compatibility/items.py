"""The kinds of items of each table, as PynamoDB's models declare them, without the classes' names."""

import importlib
import json
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from pynamodb.attributes import Attribute, JSONAttribute, MapAttribute

from bank.config import config
from bank.store import Table
from infra.contract import rooms
from tests.compatibility.exchanges import as_json, as_stored

Line = dict[str, Any]
Models = dict[str, list[type[Table]]]


def models() -> Models:
    """Every model that has a table, by the table's name without the stage's prefix."""
    packages = ["bank", *rooms.names()]
    for package in packages:
        path = importlib.import_module(package).__path__
        for module in pkgutil.walk_packages(path, f"{package}."):
            importlib.import_module(module.name)
    found: Models = defaultdict(list)
    for model in _subclasses(Table):
        name = getattr(getattr(model, "Meta", None), "table_name", None)
        # What other models are made from is no item by itself.
        stored = name and model._hash_keyname and not model.__subclasses__()
        if stored and model.__module__.partition(".")[0] in packages:
            found[name.removeprefix(config.table_prefix)].append(model)
    return dict(sorted(found.items()))


def _subclasses(base: type[Table]) -> list[type[Table]]:
    """All of them, each once."""
    found = dict.fromkeys(base.__subclasses__())
    return list(found | {each: None for model in found for each in _subclasses(model)})


def described(known: Models | None = None) -> list[Line]:
    """Each kind of item: its table and what its attributes are."""
    lines = [
        {"table": table, "attributes": _attributes(model)}
        for table, kinds in (known or models()).items()
        for model in kinds
    ]
    return sorted(lines, key=lambda line: (line["table"], sorted(line["attributes"])))


def _attributes(model: Any) -> Line:
    return {
        attribute.attr_name: {
            "type": _type(attribute),
            **({"key": "hash" if attribute.is_hash_key else "range"} if _is_key(attribute) else {}),
            **({} if attribute.null else {"required": True}),
            **({"default": True} if attribute.default is not None else {}),
            **({"members": _attributes(attribute)} if _has_members(attribute) else {}),
        }
        for attribute in sorted(model.get_attributes().values(), key=lambda each: each.attr_name)
    }


def _is_key(attribute: Attribute[Any]) -> bool:
    return attribute.is_hash_key or attribute.is_range_key


def _has_members(attribute: Attribute[Any]) -> bool:
    return isinstance(attribute, MapAttribute) and type(attribute) is not MapAttribute


def _type(attribute: Attribute[Any]) -> str:
    return "S (JSON)" if isinstance(attribute, JSONAttribute) else attribute.attr_type


# Reading what is stored -----------------------------------------------------------------------------


def unread(table: str, item: Line, known: Models) -> list[str]:
    """List what is lost of an item by the model of its table that reads it best; empty if all is read."""
    rivals = sorted(known.get(table, []), key=lambda model: len(_names(model) ^ item.keys()))
    found = [list(_misread(model, item)) for model in rivals]
    return min(found, key=len) if found else ["no model reads this table"]


def _names(model: type[Table]) -> set[str]:
    return {attribute.attr_name for attribute in model.get_attributes().values()}


def _misread(model: type[Table], item: Line) -> Iterator[str]:
    """List what is lost or changed when the model reads the item and writes it again."""
    try:
        again = as_json(model.from_item(as_stored(item)).serialize())
    except Exception as error:
        yield f"{error}"
        return
    for name, value in sorted(item.items()):
        if name not in again or _value(value) != _value(again[name]):
            yield f"{name} was {value} and is {again.get(name)}"


def _value(stored: Line) -> Any:
    """A value apart from how it is spelled: numbers, sets and JSON may be written in several ways."""
    ((kind, inner),) = stored.items()
    if kind == "N":
        return kind, float(inner)
    if kind in ("SS", "NS", "BS"):
        return kind, sorted(inner)
    if kind == "S" and inner[:1] in ("{", "["):
        try:
            return kind, json.loads(inner)
        except ValueError:
            return kind, inner
    return kind, inner


# One release beside another -------------------------------------------------------------------------


def differences(then: list[Line], now: list[Line]) -> list[str]:
    """List what either release would miss in the items of the other.

    Both run at once while a release goes out, on the same items.
    """
    found = []
    for line in then:
        table = line["table"]
        rivals = [each["attributes"] for each in now if each["table"] == table]
        if not rivals:
            found.append(f"{table}: nothing reads this table any more")
            continue
        wrong = min((list(_between(line["attributes"], each)) for each in rivals), key=len)
        found += [f"{table}: {each}" for each in wrong]
    return sorted(set(found))


def _between(then: Line, now: Line) -> Iterator[str]:
    for name, old in then.items():
        new = now.get(name)
        if new is None:
            yield f"{name} is gone, and the release before reads it"
        elif (old["type"], old.get("key")) != (new["type"], new.get("key")):
            yield f"{name} was {old['type']} {old.get('key', '')} and is {new['type']} {new.get('key', '')}"
        elif old.get("required") and not new.get("required"):
            yield f"{name} may be missing, and the release before needs it"
        elif new.get("required") and not old.get("required") and not new.get("default"):
            yield f"{name} is needed, and items of the release before may lack it"
        else:
            yield from (f"{name}.{each}" for each in _between(old.get("members", {}), new.get("members", {})))
    for name, new in now.items():
        if name not in then and new.get("required") and not new.get("default"):
            yield f"{name} is needed, and items of the release before lack it"


def unshown(kinds: list[Line], stored: list[tuple[str, Line]]) -> list[str]:
    """The kinds of items that no stored item is one of, by their attributes."""
    return [
        f"{kind['table']}: {', '.join(kind['attributes'])}"
        for kind in kinds
        if not any(table == kind["table"] and _is(item, kind["attributes"]) for table, item in stored)
    ]


def _is(item: Line, attributes: Line) -> bool:
    needed = {name for name, attribute in attributes.items() if attribute.get("required")}
    return needed <= item.keys() <= attributes.keys()
