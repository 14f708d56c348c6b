"""template.yaml and infra/*.yaml as data: intrinsic functions written out, Lambdas with their wiring."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


class _Loader(yaml.CSafeLoader):
    """YAML in which `!GetAtt A.B` is `{"Fn::GetAtt": "A.B"}`, and so on."""


def _function(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _function)


@functools.cache
def template(path: str = "template.yaml") -> dict[str, Any]:
    """A template, by its path in the repository."""
    loaded: dict[str, Any] = yaml.load((ROOT / path).read_text(), Loader=_Loader)
    return loaded


def resources(kind: str, path: str = "template.yaml") -> dict[str, Any]:
    """The properties of every resource of a type, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template(path)["Resources"].items()
        if resource["Type"] == kind
    }


def text(value: Any) -> str:
    """The one text of a value that may be wrapped in a function: `{"Fn::Sub": "a"}` and `"a"` are "a"."""
    inner = next(iter(value.values())) if isinstance(value, dict) else value
    assert isinstance(inner, str), f"not one text: {value}"
    return inner


@dataclass(frozen=True)
class Function:
    """A Lambda function as template.yaml declares it; `name` as it stands there, with `${Stage}` in it."""

    logical_id: str
    name: str
    module: str
    handler: str
    environment: dict[str, Any]
    events: tuple[dict[str, Any], ...]

    @property
    def room(self) -> str:
        """The folder of functions/ that it lives in."""
        return self.module.split(".")[0]

    @property
    def is_http(self) -> bool:
        """Whether API Gateway sends it requests: it is a room's Chalice app."""
        return self.handler == "app"

    @property
    def dotted(self) -> str:
        """The handler's full name."""
        return f"{self.module}.{self.handler}"


@functools.cache
def functions() -> tuple[Function, ...]:
    """Every function of the platform."""
    common = template()["Globals"]["Function"]["Environment"]["Variables"]
    return tuple(
        _declared(name, properties, common)
        for name, properties in resources("AWS::Serverless::Function").items()
    )


def _declared(name: str, properties: dict[str, Any], common: dict[str, Any]) -> Function:
    module, _, handler = properties["Handler"].rpartition(".")
    own = properties.get("Environment", {}).get("Variables", {})
    events = tuple(
        {"Type": event["Type"], **event["Properties"]} for event in properties.get("Events", {}).values()
    )
    return Function(name, text(properties["FunctionName"]), module, handler, {**common, **own}, events)


def table_of(stream: Any) -> str:
    """The name, without the stage's prefix, of the table whose stream this is: `ledger-journals`."""
    tables = template("infra/tables.yaml")
    output = text(stream).removeprefix("Tables.Outputs.")
    resource = text(tables["Outputs"][output]["Value"]).removesuffix(".StreamArn")
    name = text(tables["Resources"][resource]["Properties"]["TableName"])
    return name.removeprefix("perkbank-${Stage}-")


@functools.cache
def stream_consumers() -> dict[str, tuple[str, ...]]:
    """The dotted names of the handlers that take each table's stream, by table."""
    found: dict[str, tuple[str, ...]] = {}
    for function in functions():
        for event in function.events:
            if event["Type"] == "DynamoDB":
                table = table_of(event["Stream"])
                found[table] = (*found.get(table, ()), function.dotted)
    return dict(sorted(found.items()))
