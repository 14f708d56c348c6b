"""YAML for reviews: what fits on a line stands on one, so that a change of one thing changes one line."""

import io
import math
from collections.abc import Collection
from typing import Any

import yaml

WIDTH = 140
INDENT = 2


class _Dumper(yaml.SafeDumper):
    """Everything is written where it stands: no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never refer to what was written before."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def dump(document: Any, *, inline: Collection[str] = ()) -> str:
    """A document of plain values as YAML. Values of keys in `inline` stand on one line, however long."""
    node = _Dumper(io.StringIO(), sort_keys=False).represent_data(document)
    _lay_out(node, 0, 0, inline)
    written: str = yaml.serialize(node, Dumper=yaml.CSafeDumper, allow_unicode=True, width=-1)
    return written


def _lay_out(node: yaml.Node, start: int, indent: int, inline: Collection[str]) -> None:
    """Choose styles from the outside in: what fits from column `start` on is a flow, all of it."""
    if not isinstance(node, yaml.CollectionNode):
        return
    node.flow_style = start + _width(node) <= WIDTH
    inner = indent + INDENT
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _lay_out(value, indent + len(key.value) + len(": "), inner, inline)
            if key.value in inline:
                value.flow_style = True
    else:
        for item in node.value:
            _lay_out(item, inner, inner, inline)


def _width(node: yaml.Node) -> float:
    """Columns that a value takes as a flow; no line is wide enough for a text of several lines."""
    if isinstance(node, yaml.MappingNode):
        return 2 + sum(_width(key) + _width(value) + 4 for key, value in node.value)
    if isinstance(node, yaml.SequenceNode):
        return 2 + sum(_width(item) + 2 for item in node.value)
    return math.inf if "\n" in node.value else len(node.value)
