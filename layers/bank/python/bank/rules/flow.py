"""A decision model checked from its facts to its answer, and written for zen: node by node, along its edges.

What a node may name is what comes to it: the facts, and what the nodes before it make, each name once and for
all facts. A model ends in tables that collect hits, and no node of it leads nowhere.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from typing import Any

from bank.rules import syntax
from bank.rules.checking import condition, kind_of
from bank.rules.graph import Graph
from bank.rules.kinds import Fault, Kind, Schema, Word, either
from bank.rules.models import NOTES, DecisionModel, Line, LinesNode, Table, TableNode
from bank.rules.tree import FUNCTIONS, RESERVED, Expression, Infix, Name, written

Row = Mapping[str, str | None]
Written = dict[str, Any]


class Flow:
    """One way through a model. `faults` are sentences; without any, `document` is the model for zen."""

    def __init__(self, model: DecisionModel, schema: Schema) -> None:
        self.model, self.schema = model, schema
        self.graph = Graph(model)
        self.faults = list(self.graph.faults())
        self.made = {path.partition(".")[0] for path in schema.facts} | {*RESERVED, *FUNCTIONS}
        self.written: dict[str, Written | None] = {}
        if not self.faults:
            self._walk()

    def document(self) -> Written:
        """Return the checked model as zen takes it: nothing in it but what was checked."""
        nodes = [
            {"id": node.id, "name": node.id, "type": node.type, "content": self.written[node.id]}
            if self.written[node.id]
            else {"id": node.id, "name": node.id, "type": node.type}
            for node in self.model.nodes
        ]
        edges = [
            {"id": f"e{number}", "type": "edge", "sourceId": source, "targetId": target}
            for number, (source, target) in enumerate(self.graph.edges)
        ]
        return {"nodes": nodes, "edges": edges}

    def expressions(self) -> Iterator[str]:
        """Give each expression of the document."""
        for content in filter(None, self.written.values()):
            yield from (line["value"] for line in content.get("expressions", ()))
            for row in content.get("rules", ()):
                yield from (text for column, text in row.items() if column != "_id" and text)

    def _walk(self) -> None:
        gives: dict[str, dict[str, Kind]] = {}
        for node in self.graph.order():
            scope = {
                name: kind for parent in self.graph.before[node.id] for name, kind in gives[parent].items()
            }
            made: dict[str, Kind] = {}
            content: Written | None = None
            if isinstance(node, LinesNode):
                content = self._lines(node, scope, made)
            elif isinstance(node, TableNode):
                content = self._table(node, scope, made)
            else:
                scope = {**self.schema.facts, **scope}
            self.written[node.id] = content
            gives[node.id] = {**scope, **made} if content is None or content["passThrough"] else made
            if self.faults:
                return

    @contextmanager
    def _at(self, *where: str) -> Iterator[None]:
        try:
            yield
        except Fault as fault:
            self.faults.append(": ".join((*where, str(fault))))

    def _make(self, name: str) -> None:
        if name in self.made:
            raise Fault(f"the name {name} is taken")
        self.made.add(name)

    def _lines(self, node: LinesNode, scope: Mapping[str, Kind], made: dict[str, Kind]) -> Written:
        lines: list[Written] = []
        for line in node.content.expressions:
            with self._at(f"node {node.id}", f"expression {line.key}"):
                lines.append(self._line(line, scope, made))
        return {"expressions": lines, "passThrough": bool(node.content.passes_through)}

    def _line(self, line: Line, scope: Mapping[str, Kind], made: dict[str, Kind]) -> Written:
        # Of its own node an expression sees what stands above it, by "$.".
        own = {f"$.{name}": kind for name, kind in made.items()}
        tree = syntax.expression(line.value)
        self._make(line.key)
        made[line.key] = kind_of(tree, {**scope, **own})
        return {"id": line.key, "key": line.key, "value": written(tree)}

    def _table(self, node: TableNode, scope: Mapping[str, Kind], made: dict[str, Kind]) -> Written:
        table, where = node.content, f"node {node.id}"
        rows: list[Written] = []
        with self._at(where):
            self._columns(table)
        for number, row in enumerate(table.rules, 1):
            with self._at(where, f"row {number}"):
                rows.append({"_id": str(number), **self._row(table, row, scope, made)})
        if table.policy == "first" and not self.faults and not (rows and _always(rows[-1]["if"])):
            self.faults.append(
                f"{where}: the last row of a first table holds always: its conditions are empty"
            )
        content = {
            "hitPolicy": table.policy,
            "passThrough": bool(table.passes_through),
            "inputs": [{"id": "if", "name": "if"}],
            "outputs": [
                {"id": each.field, "name": each.field, "field": each.field} for each in table.outputs
            ],
            "rules": rows,
        }
        return {**content, "outputPath": table.path} if table.path else content

    def _columns(self, table: Table) -> None:
        fields = [column.field for column in table.outputs]
        ids = [column.id for column in (*table.inputs, *table.outputs)]
        if len(set(ids)) < len(ids) or len(set(fields)) < len(fields) or set(ids) & set(NOTES):
            raise Fault("two columns have one id, or give one field")
        if table.policy == "first":
            for name in fields:
                self._make(name)
            return
        wanted = {column for column, words in self.schema.hits.items() if not words.fullmatch("")}
        if not wanted <= set(fields) <= self.schema.hits.keys():
            raise Fault(f"a hit gives {', '.join(self.schema.hits)} and nothing else")

    def _row(self, table: Table, row: Row, scope: Mapping[str, Kind], made: dict[str, Kind]) -> Written:
        unknown = row.keys() - {column.id for column in (*table.inputs, *table.outputs)} - set(NOTES)
        if unknown:
            raise Fault(f"there is no column {min(unknown)}")
        tests = [test for column in table.inputs if (test := _test(column.field, row.get(column.id)))]
        found: Written = {"if": ""}
        if tests:
            tree = reduce(lambda left, right: Infix("and", left, right), tests)
            scope, _ = condition(tree, scope)
            found["if"] = written(tree)
        for column in table.outputs:
            text = row.get(column.id) or ""
            if table.policy == "collect":
                found[column.field] = self._word(column.field, text, scope)
                continue
            tree = syntax.expression(text)
            kind = kind_of(tree, scope)
            made[column.field] = either(made.get(column.field, kind), kind)
            found[column.field] = written(tree)
        return found

    def _word(self, column: str, text: str, scope: Mapping[str, Kind]) -> str:
        tree = syntax.expression(text if text.strip() else '""')
        kind, allowed = kind_of(tree, scope), self.schema.hits[column]
        if not isinstance(kind, Word) or not all(allowed.fullmatch(word) for word in kind.words):
            raise Fault(f"{column} is a word like {allowed.pattern}, in quotes")
        return written(tree)


def _test(field: str | None, text: str | None) -> Expression | None:
    """Read a cell of conditions; an empty one asks nothing."""
    if text is None or not text.strip():
        return None
    if field is None or not field.strip():
        return syntax.expression(text)
    tested = syntax.expression(field)
    if not isinstance(tested, Name):
        raise Fault("the field of a column is the name of one fact")
    return syntax.test(text, tested)


def _always(condition_text: str) -> bool:
    return condition_text in ("", "true")
