"""A decision model as its author wrote it: what may stand in it. Whatever is not here is refused.

The members are those of JDM (https://docs.gorules.io) as zen's editor writes them; of these, names, places
and descriptions say nothing to a rule.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

MAX_BYTES = 200_000
MAX_NODES = 40
MAX_ROWS = 400
MAX_COLUMNS = 20
# What nodes make: zen takes longer for a name the more there are.
MAX_NAMES = 500
# Members of a row that are no columns.
NOTES = ("_id", "_description")

Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
# The name of what a model makes; of one part, so that it is in no group of facts.
Made = Annotated[str, StringConstraints(max_length=48, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Part(BaseModel):
    """A part of a model; a member that is not declared is refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, defer_build=True, hide_input_in_errors=True
    )


class Unset(Part):
    """The content of a node that has none: a schema would refuse facts."""

    schema_: Literal["", None] = Field(default=None, alias="schema")


class Column(Part):
    """A column of a table."""

    id: Id
    name: str = ""


class Ask(Column):
    """A column of conditions; with a field, its cells are tests of that."""

    field: str | None = None


class Give(Column):
    """A column of what a row gives."""

    field: Made


class Table(Part):
    """The content of a decision table."""

    policy: Literal["first", "collect"] = Field(alias="hitPolicy")
    inputs: list[Ask] = Field(min_length=1, max_length=MAX_COLUMNS)
    outputs: list[Give] = Field(min_length=1, max_length=MAX_COLUMNS)
    rules: list[dict[str, str | None]] = Field(max_length=MAX_ROWS)
    passes_through: bool | None = Field(default=None, alias="passThrough")
    path: Made | Literal["", None] = Field(default=None, alias="outputPath")
    field: Literal["", None] = Field(default=None, alias="inputField")
    mode: Literal["single", None] = Field(default=None, alias="executionMode")


class Line(Part):
    """An expression and the name of what it gives."""

    id: str = ""
    key: Made
    value: str


class Lines(Part):
    """The content of an expression node."""

    expressions: list[Line] = Field(max_length=MAX_ROWS)
    passes_through: bool | None = Field(default=None, alias="passThrough")
    path: Literal["", None] = Field(default=None, alias="outputPath")
    field: Literal["", None] = Field(default=None, alias="inputField")
    mode: Literal["single", None] = Field(default=None, alias="executionMode")


class Node(Part):
    """Base of all nodes."""

    id: Id
    name: str = ""
    description: str = ""
    position: Any = None


class InputNode(Node):
    """The node where the facts come in."""

    type: Literal["inputNode"]
    content: Unset | None = None


class OutputNode(Node):
    """The node where the answer comes out."""

    type: Literal["outputNode"]
    content: Unset | None = None


class TableNode(Node):
    """A decision table."""

    type: Literal["decisionTableNode"]
    content: Table


class LinesNode(Node):
    """Expressions, one after the other."""

    type: Literal["expressionNode"]
    content: Lines


AnyNode = Annotated[InputNode | OutputNode | TableNode | LinesNode, Field(discriminator="type")]


class Edge(Part):
    """From one node to another."""

    id: str = ""
    type: str = "edge"
    source: Id = Field(alias="sourceId")
    target: Id = Field(alias="targetId")
    handle: Literal["", None] = Field(default=None, alias="sourceHandle")


class DecisionModel(Part):
    """A whole model."""

    content_type: str = Field(default="", alias="contentType")
    nodes: list[AnyNode] = Field(max_length=MAX_NODES)
    edges: list[Edge] = Field(max_length=4 * MAX_NODES)


def parsed(content: Any) -> tuple[DecisionModel | None, list[str]]:
    """Return the model, or what is wrong with its form as sentences."""
    try:
        size = len(json.dumps(content, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError):
        return None, ["this is no JSON document"]
    if size > MAX_BYTES:
        return None, [f"a model has at most {MAX_BYTES} bytes"]
    try:
        return DecisionModel.model_validate(content), []
    except ValidationError as error:
        return None, [_sentence(fault) for fault in error.errors(include_url=False, include_input=False)]


def _sentence(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "union_tag_invalid":
        return f"{where}: a {str(fault['ctx']['tag'])[:40]} is not taken"
    return f"{where}: {fault['msg']}"
