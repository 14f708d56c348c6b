"""Lambda has what the code imports: ours, the standard library, its runtime, and what the layers install."""

import ast
import importlib.metadata
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.templates import ROOT

SOURCES = ("functions", "layers/bank/python")
# What Lambda's Python brings.
RUNTIME = {"boto3", "botocore", "s3transfer", "urllib3"}


def _imported(path: Path) -> Iterator[str]:
    """The packages that a module names, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _installed() -> set[str]:
    """The packages of the distributions that requirements.txt pins."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pinned = {line.partition("==")[0].lower() for line in lines if "==" in line}
    found = importlib.metadata.packages_distributions().items()
    return {
        package for package, names in found if pinned & {name.lower().replace("_", "-") for name in names}
    }


@pytest.mark.parametrize("folder", SOURCES)
def test_what_the_code_imports_is_in_the_layers_or_the_runtime(folder: str) -> None:
    """MiniStack's functions have this machine's packages, so nothing else on it would miss one."""
    own = {path.stem for source in SOURCES for path in (ROOT / source).iterdir()}
    known = own | sys.stdlib_module_names | RUNTIME | _installed()

    lacking = {
        (str(path.relative_to(ROOT)), name)
        for path in (ROOT / folder).rglob("*.py")
        for name in _imported(path)
        if name not in known
    }

    assert lacking == set()
