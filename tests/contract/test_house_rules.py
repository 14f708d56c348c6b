"""Rules of the house that no linter knows, read from the code of every room, the kernel and the tools."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from infra.contract import ROOT, rooms

KERNEL = ROOT / "layers" / "bank" / "python" / "bank"
TOOLS = (ROOT / "infra", ROOT / "bench")
# What Lambda runs.
DEPLOYED = (rooms.FUNCTIONS, KERNEL)

# Longest allowed, in lines.
FILE, FUNCTION, VIEW = 250, 60, 20

QUESTION = re.compile(r"(What|Whatever|Whose|Whom|Who|Whoever|That|Which|Where|When|Whether|How|Why)\b")
CLOCK = {"datetime.now", "datetime.today", "datetime.utcnow", "date.today", "time.time", "time.time_ns"}
ENVIRONMENT = {"os.environ", "os.getenv"}


@functools.cache
def modules(folder: Path) -> list[tuple[str, str, ast.Module]]:
    """Each module below a folder: its path in the repository, its text and its syntax tree."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found.append((path.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    return found


def files(*folders: Path) -> Iterator[tuple[str, str]]:
    """Path and text of each module below the folders."""
    for folder in folders:
        for path, text, _ in modules(folder):
            yield path, text


def nodes(*folders: Path) -> Iterator[tuple[str, ast.AST]]:
    """Each node of their syntax trees, with its module's path."""
    for folder in folders:
        for path, _, tree in modules(folder):
            for node in ast.walk(tree):
                yield path, node


def functions(*folders: Path) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Each function and method."""
    for path, node in nodes(*folders):
        if isinstance(node, ast.FunctionDef):
            yield path, node


def test_the_time_comes_from_the_kernel_s_clock() -> None:
    """So that a test can set it, and the simulation too."""
    assert set(using(CLOCK)) == {"layers/bank/python/bank/clock.py"}


def using(names: set[str]) -> Iterator[str]:
    """The deployed modules in which one of these dotted names stands."""
    last = {name.rpartition(".")[2] for name in names}
    for path, node in nodes(*DEPLOYED):
        if isinstance(node, ast.Attribute) and node.attr in last and ast.unparse(node) in names:
            yield path


def test_the_environment_is_read_by_settings_and_by_the_kernel_s_configuration_alone() -> None:
    found = set(using(ENVIRONMENT))

    assert found
    assert {path for path in found if Path(path).name not in ("settings.py", "config.py")} == set()


def test_a_view_or_handler_parses_calls_one_use_case_and_answers() -> None:
    """In twenty lines, its docstring not counted."""
    found = [
        f"{path}: {node.name}"
        for path, node in functions(rooms.FUNCTIONS)
        if any(ast.unparse(decorator).startswith("app.") for decorator in node.decorator_list)
        and length(node) > VIEW
    ]

    assert found == []


def length(node: ast.FunctionDef) -> int:
    """Lines of a function's body, from after its docstring to its end."""
    start = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    return (node.end_lineno or start.lineno) - start.lineno + 1


def test_a_function_fits_on_a_screen() -> None:
    found = [f"{path}: {node.name}" for path, node in functions(*DEPLOYED, *TOOLS) if length(node) > FUNCTION]

    assert found == []


def test_a_docstring_opens_with_an_imperative_or_a_noun() -> None:
    """A question word makes the reader wait for what it is about."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    found = [
        f"{path}: {text.splitlines()[0]}"
        for path, node in nodes(*DEPLOYED, *TOOLS)
        if isinstance(node, kinds) and (text := ast.get_docstring(node)) and QUESTION.match(text)
    ]

    assert found == []


def test_a_file_has_one_reason_to_change() -> None:
    found = [
        f"{path}: {text.count(chr(10))} lines"
        for path, text in files(*DEPLOYED, *TOOLS)
        if text.count("\n") > FILE
    ]

    assert found == []


def test_no_comment_refers_to_a_document_that_is_not_here() -> None:
    assert [path for path, text in files(*DEPLOYED, *TOOLS) if re.search(r"§\d", text)] == []


def test_the_name_of_a_table_s_model_ends_in_row() -> None:
    """So that a row is never taken for what its room makes of it."""
    found = [
        f"{path}: {node.name}"
        for path, node in nodes(*DEPLOYED)
        if isinstance(node, ast.ClassDef) and names_a_table(node) and not node.name.endswith("Row")
    ]

    assert found == []


def names_a_table(node: ast.ClassDef) -> bool:
    """Whether it is a model with a table of its own: `class Meta` says `table_name`."""
    metas = [each for each in node.body if isinstance(each, ast.ClassDef) and each.name == "Meta"]
    return any("table_name" in ast.unparse(meta) for meta in metas)


def test_use_cases_that_answer_a_page_are_called_list() -> None:
    """`find` is one record that the caller may see, `load` one whoever asks, `list_...` many."""
    found = [
        f"{path}: {node.name}"
        for path, node in functions(rooms.FUNCTIONS)
        if "/service/" in path
        and not node.name.startswith(("_", "list_"))
        and node.returns
        and re.match(r"tuple\[list\[\w+Row\], str \| None\]$", ast.unparse(node.returns))
    ]

    assert found == []
