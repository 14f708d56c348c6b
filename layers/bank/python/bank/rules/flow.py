"""A decision model checked from its facts to its answer, and written for zen: node by node, along its edges.

What a node may name is what comes to it: the facts, and what the nodes before it make, each name once and for
all facts. A model ends in tables that collect hits, and no node of it leads nowhere. So it is one expression:
an assignment for each name that it makes, then the list of its hits.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from typing import NamedTuple

from bank.rules import syntax
from bank.rules.checking import condition, kind_of
from bank.rules.graph import Graph
from bank.rules.kinds import Fault, Kind, Schema, Word, either
from bank.rules.models import MAX_NAMES, NOTES, DecisionModel, Line, LinesNode, Table, TableNode
from bank.rules.tree import FUNCTIONS, RESERVED, Expression, Infix, Name, written

Row = Mapping[str, str | None]
# Of a first table, the row that holds. Nothing that a model makes is called so (`models.Made`).
PICKED = "$row"


class Written(NamedTuple):
    """A row of a table for zen: its condition, "" where it always holds, and what it gives by field."""

    condition: str
    gives: dict[str, str]

    def __str__(self) -> str:
        found = "{" + ", ".join(f'"{field}": {text}' for field, text in self.gives.items()) + "}"
        return f"({self.condition} ? {found} : null)" if self.condition else found


class Flow:
    """One way through a model. `faults` are sentences; without any, `expression` is the model for zen."""

    def __init__(self, model: DecisionModel, schema: Schema) -> None:
        self.model, self.schema = model, schema
        self.graph = Graph(model)
        self.faults = list(self.graph.faults())
        self.reserved = {path.partition(".")[0] for path in schema.facts} | {*RESERVED, *FUNCTIONS}
        self.made: set[str] = set()
        self.assignments: list[str] = []
        self.hits: list[Written] = []
        if not self.faults:
            self._walk()

    def expression(self) -> str:
        """Return the checked model as zen takes it: what was checked, in the order of the nodes."""
        return "; ".join((*self.assignments, _first_to_last(self.hits)))

    def _walk(self) -> None:
        gives: dict[str, dict[str, Kind]] = {}
        for node in self.graph.order():
            scope = {
                name: kind for parent in self.graph.before[node.id] for name, kind in gives[parent].items()
            }
            made: dict[str, Kind] = {}
            if isinstance(node, LinesNode):
                self._lines(node, scope, made)
            elif isinstance(node, TableNode):
                self._table(node, scope, made)
            else:
                scope = {**self.schema.facts, **scope}
            passes = not isinstance(node, LinesNode | TableNode) or node.content.passes_through
            gives[node.id] = {**scope, **made} if passes else made
            if self.faults:
                return

    @contextmanager
    def _at(self, *where: str) -> Iterator[None]:
        try:
            yield
        except Fault as fault:
            self.faults.append(": ".join((*where, str(fault))))

    def _make(self, name: str) -> None:
        if name in self.reserved or name in self.made:
            raise Fault(f"the name {name} is taken")
        self.made.add(name)
        if len(self.made) > MAX_NAMES:
            raise Fault(f"a model makes at most {MAX_NAMES} names")

    def _lines(self, node: LinesNode, scope: Mapping[str, Kind], made: dict[str, Kind]) -> None:
        for line in node.content.expressions:
            with self._at(f"node {node.id}", f"expression {line.key}"):
                self._line(line, scope, made)

    def _line(self, line: Line, scope: Mapping[str, Kind], made: dict[str, Kind]) -> None:
        # Of its own node an expression sees what stands above it, by "$.".
        own = {f"$.{name}": kind for name, kind in made.items()}
        tree = syntax.expression(line.value)
        self._make(line.key)
        made[line.key] = kind_of(tree, {**scope, **own})
        self.assignments.append(f"{line.key} = {written(tree)}")

    def _table(self, node: TableNode, scope: Mapping[str, Kind], made: dict[str, Kind]) -> None:
        table, where = node.content, f"node {node.id}"
        rows: list[Written] = []
        with self._at(where):
            self._columns(table)
        for number, row in enumerate(table.rules, 1):
            with self._at(where, f"row {number}"):
                rows.append(self._row(table, row, scope, made))
        if table.policy == "collect":
            self.hits += rows
            return
        if not self.faults and not (rows and rows[-1].condition in ("", "true")):
            self.faults.append(
                f"{where}: the last row of a first table holds always: its conditions are empty"
            )
        self.assignments.append(f"{PICKED} = {_first_to_last(rows)}[0]")
        self.assignments += (f"{column.field} = {PICKED}.{column.field}" for column in table.outputs)

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
        asked = reduce(lambda left, right: Infix("and", left, right), tests) if tests else None
        if asked:
            scope, _ = condition(asked, scope)
        gives: dict[str, str] = {}
        for column in table.outputs:
            text = row.get(column.id) or ""
            if table.policy == "collect":
                gives[column.field] = self._word(column.field, text, scope)
                continue
            tree = syntax.expression(text)
            kind = kind_of(tree, scope)
            made[column.field] = either(made.get(column.field, kind), kind)
            gives[column.field] = written(tree)
        return Written(written(asked) if asked else "", gives)

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


def _first_to_last(rows: Iterable[Written]) -> str:
    """Write the list of the rows that hold, in their order."""
    return f"filter([{', '.join(map(str, rows))}], # != null)"
