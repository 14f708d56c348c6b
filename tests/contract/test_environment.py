"""What the code reads from its environment is what template.yaml sets, function by function."""

import ast
import functools

import pytest

from tests.support import cloudformation, reach
from tests.support.cloudformation import Function

ROOT = cloudformation.ROOT
FUNCTIONS = cloudformation.functions()
EACH = pytest.mark.parametrize("function", FUNCTIONS, ids=[function.logical_id for function in FUNCTIONS])

# Lambda sets these itself.
OF_LAMBDA = {"AWS_REGION", "AWS_DEFAULT_REGION"}
# Set by this machine's own stage alone (infra/local/server.py), for all functions at once.
OF_LOCAL = {"AWS_PATIENCE"}
# Read by Powertools and Pydantic.
OF_LIBRARIES = {
    "LOG_LEVEL",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_SERVICE_NAME",
    "PYDANTIC_DISABLE_PLUGINS",
}


@functools.cache
def read_by(tree: ast.AST) -> frozenset[str]:
    """Names in `os.environ["X"]`, `os.environ.get("X")` and `os.getenv("X")`."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            found.append(node.slice)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv"):
            found.append(node.args[0])
    assert all(isinstance(name, ast.Constant) for name in found), "a computed name cannot be checked"
    return frozenset(str(name.value) for name in found if isinstance(name, ast.Constant))


@functools.cache
def settings_of(node: ast.stmt) -> frozenset[str]:
    """The fields of settings that a statement takes."""
    taken = (each for each in ast.walk(node) if isinstance(each, ast.Attribute))
    return frozenset(each.attr for each in taken if ast.unparse(each.value).endswith("settings"))


@functools.cache
def settings(room: str) -> dict[str, frozenset[str]]:
    """The fields of a room's settings, each with the variables that it is made from."""
    module = reach.modules(room).get(f"{room}.settings")
    nodes = [node for found in module.defined.values() for node in found] if module else []
    return {
        keyword.arg: read_by(keyword.value)
        for node in nodes
        for keyword in ast.walk(node)
        if isinstance(keyword, ast.keyword) and keyword.arg
    }


def needed(function: Function) -> set[str]:
    """The variables that the handler's code may read, directly or as a field of its room's settings."""
    fields = settings(function.room)
    found: set[str] = set()
    for node in reach.statements(function):
        for field in settings_of(node):
            found |= fields.get(field, set())
        if not is_settings(function, node):
            found |= read_by(node)
    return found


def is_settings(function: Function, node: ast.stmt) -> bool:
    """Reading all settings at once is not yet needing them all."""
    module = reach.modules(function.room).get(f"{function.room}.settings")
    return module is not None and any(node in found for found in module.defined.values())


@functools.cache
def kernel() -> frozenset[str]:
    folder = ROOT / "layers" / "bank" / "python" / "bank"
    return frozenset().union(*(read_by(ast.parse(path.read_text())) for path in folder.rglob("*.py")))


@EACH
def test_what_a_function_reads_is_set_for_it(function: Function) -> None:
    assert needed(function) | kernel() <= function.environment.keys() | OF_LAMBDA | OF_LOCAL


@pytest.mark.parametrize("room", sorted({function.room for function in FUNCTIONS}))
def test_what_is_set_for_a_room_is_read(room: str) -> None:
    folder = ROOT / "functions" / room
    read = set().union(*(read_by(ast.parse(path.read_text())) for path in folder.rglob("*.py")))
    given = set().union(*(function.environment for function in FUNCTIONS if function.room == room))

    assert given <= read | kernel() | OF_LIBRARIES


def test_the_reading_of_the_code_finds_what_is_there() -> None:
    """So that the tests above cannot pass by finding nothing."""
    by_name = {function.logical_id: needed(function) for function in FUNCTIONS}

    assert "BATCH_BUCKET" in by_name["TransfersOnBatchFile"]
    assert "BATCH_BUCKET" in by_name["TransfersApi"]
    assert "BATCH_LINES_QUEUE_URL" in by_name["TransfersOnBatchFile"]
    assert by_name["AccountsApi"] == set()
