"""The templates as tests ask of them: resources wherever they stand, Lambdas with their wiring."""

import functools
from dataclasses import dataclass
from typing import Any

from infra import templates
from infra.templates import ROOT

__all__ = ["ROOT"]

template = templates.read


@functools.cache
def paths() -> tuple[str, ...]:
    """Every template of the repository: the root's, those that rooms share, each room's."""
    return ("template.yaml", *templates.SHARED, *(templates.room_path(room) for room in templates.rooms()))


def resources(kind: str, path: str | None = None) -> dict[str, Any]:
    """The properties of every resource of a type, by logical id, in one template or in all."""
    found: dict[str, Any] = {}
    for each in (path,) if path else paths():
        some = {
            name: resource.get("Properties", {})
            for name, resource in template(each)["Resources"].items()
            if resource["Type"] == kind
        }
        assert not found.keys() & some.keys(), f"{each} repeats {found.keys() & some.keys()}"
        found |= some
    return found


def text(value: Any) -> str:
    """The one text of a value that may be wrapped in a function: `{"Fn::Sub": "a"}` and `"a"` are "a"."""
    inner = next(iter(value.values())) if isinstance(value, dict) else value
    assert isinstance(inner, str), f"not one text: {value}"
    return inner


@dataclass(frozen=True)
class Function:
    """A Lambda function as its room's template declares it.

    `name` as it stands there, with `${Stage}` in it; `timeout` in seconds.
    """

    logical_id: str
    name: str
    module: str
    handler: str
    environment: dict[str, Any]
    events: tuple[dict[str, Any], ...]
    timeout: int

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
    return tuple(
        _declared(name, properties, template(path)["Globals"]["Function"])
        for path in map(templates.room_path, templates.rooms())
        for name, properties in resources("AWS::Serverless::Function", path).items()
    )


def _declared(name: str, properties: dict[str, Any], common: dict[str, Any]) -> Function:
    module, _, handler = properties["Handler"].rpartition(".")
    own = properties.get("Environment", {}).get("Variables", {})
    events = tuple(
        {"Type": event["Type"], **event["Properties"]} for event in properties.get("Events", {}).values()
    )
    variables = {**common["Environment"]["Variables"], **own}
    timeout = properties.get("Timeout", common["Timeout"])
    return Function(name, text(properties["FunctionName"]), module, handler, variables, events, timeout)


def table_of(stream: Any) -> str:
    """The name, without the stage's prefix, of the table whose stream this is: `ledger-journals`."""
    if "Ref" in stream:
        stream = next(
            template(path)["Outputs"][stream["Ref"]]["Value"]
            for path in templates.SHARED
            if stream["Ref"] in template(path).get("Outputs", {})
        )
    table = resources("AWS::DynamoDB::Table")[text(stream).removesuffix(".StreamArn")]
    return text(table["TableName"]).removeprefix("perkbank-${Stage}-")


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
