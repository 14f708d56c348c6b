"""Every problem code that a caller may meet, with its status and what it means."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from bank import errors
from infra.contract import ROOT, problems, rooms

SOURCES = (ROOT / "functions", ROOT / "layers" / "bank" / "python" / "bank")
Known = tuple[int, str, str]


@functools.cache
def catalogue() -> tuple[Known, ...]:
    """(status, code, meaning), each code once: of a class, of an error raised with a code of its
    own, or the gateway's."""
    found: dict[tuple[int, str], str] = {}
    for status, code, meaning in (*_of_classes(), *_of_raises(), *_of_the_gateway()):
        found.setdefault((status, code), meaning)
    return tuple((status, code, meaning) for (status, code), meaning in sorted(found.items()))


def table() -> str:
    """The catalogue as a table in Markdown."""
    lines = [f"| `{code}` | {status} | {meaning} |" for status, code, meaning in catalogue()]
    return "\n".join(["| code | status | meaning |", "|---|---|---|", *lines]) + "\n"


def _of_classes() -> Iterator[Known]:
    for kind in rooms.problem_classes():
        own = kind is errors.BankError
        yield kind.status, kind.code, problems.INTERNAL.detail if own else problems.said(kind)


def _of_raises() -> Iterator[Known]:
    for source in SOURCES:
        for path in sorted(source.rglob("*.py")):
            yield from _in_module(path)


def _in_module(path: Path) -> Iterator[Known]:
    """Calls like `errors.NotFound("no verification has run yet", code="not_verified_yet")`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        kind = getattr(errors, name, None)
        for keyword in node.keywords:
            given = isinstance(keyword.value, ast.Constant) and keyword.arg == "code"
            if given and isinstance(kind, type) and issubclass(kind, errors.BankError) and node.args:
                assert isinstance(keyword.value, ast.Constant)
                yield kind.status, str(keyword.value.value), _text(node.args[0])


def _text(node: ast.expr) -> str:
    """A text, or the constant parts of an f-string."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(part.value) for part in parts if isinstance(part, ast.Constant)).strip()


def _of_the_gateway() -> Iterator[Known]:
    for kind in (problems.TOO_LARGE, problems.THROTTLED, problems.TIMED_OUT):
        yield kind.status, kind.code, kind.detail
