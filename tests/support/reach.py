"""Which code of a room a handler can come to: from name to definition, through the room's imports."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from tests.support import cloudformation

FUNCTIONS = cloudformation.ROOT / "functions"
Place = tuple[str, str]


class Module:
    """A module by its dotted name: what it defines at top level, and what it imports from its room."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.defined: dict[str, list[ast.stmt]] = {}
        self.imported: dict[str, Place] = {}
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            self._take(statement)

    def _take(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                self.imported[alias.asname or alias.name] = (statement.module or "", alias.name)
        elif isinstance(statement, ast.FunctionDef | ast.ClassDef):
            self.defined.setdefault(statement.name, []).append(statement)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                self.defined.setdefault(ast.unparse(target), []).append(statement)

    @functools.cache  # noqa: B019 (modules stay for as long as the tests do)
    def uses(self, node: ast.AST) -> frozenset[Place]:
        """The places that a definition's names stand for."""
        return frozenset(self._uses(node))

    def _uses(self, node: ast.AST) -> Iterator[Place]:
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                yield self.imported.get(each.id, (self.name, each.id))
            if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name):
                package, name = self.imported.get(each.value.id, ("", ""))
                yield f"{package}.{name}", each.attr

    def views(self) -> list[str]:
        """What stands under `@app.get(...)` and its like."""
        return [
            name
            for name, statements in self.defined.items()
            for statement in statements
            if isinstance(statement, ast.FunctionDef)
            and any(ast.unparse(decorator).startswith("app.") for decorator in statement.decorator_list)
        ]


@functools.cache
def modules(room: str) -> dict[str, Module]:
    """Every module of a room; a package goes by its own name."""
    found = {}
    for path in sorted((FUNCTIONS / room).rglob("*.py")):
        name = ".".join(path.relative_to(FUNCTIONS).with_suffix("").parts).removesuffix(".__init__")
        found[name] = Module(name, path)
    return found


def places(function: cloudformation.Function) -> set[Place]:
    """(module, name) of all that the handler can come to, also names that no module of the room defines."""
    waiting = [(function.module, function.handler)]
    if function.is_http:
        waiting += _views(function.room)
    return _reached(function.room, waiting)


def of_view(room: str, view: str) -> set[Place]:
    """The same for one route's view."""
    return _reached(room, [(module, name) for module, name in _views(room) if name == view])


def _views(room: str) -> list[Place]:
    edge = [module for name, module in modules(room).items() if name.split(".")[1:2] in (["app"], ["routes"])]
    return [(module.name, view) for module in edge for view in module.views()]


def _reached(of: str, waiting: list[Place]) -> set[Place]:
    room = modules(of)
    seen: set[Place] = set()
    while waiting:
        place = waiting.pop()
        if place not in seen:
            seen.add(place)
            module = room.get(place[0])
            for node in module.defined.get(place[1], ()) if module else ():
                waiting += module.uses(node) if module else ()
    return seen


def statements(function: cloudformation.Function) -> list[ast.stmt]:
    """The code of those places."""
    room = modules(function.room)
    return [
        node
        for module, name in sorted(places(function))
        if module in room
        for node in room[module].defined.get(name, ())
    ]
