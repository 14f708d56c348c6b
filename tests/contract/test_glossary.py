"""The glossary against the code: each place that it names is there, and uses the word."""

import re
from pathlib import Path

import pytest

from infra.contract import ROOT, rooms

KERNEL = ROOT / "layers" / "bank" / "python"
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
# Term, Chinese, meaning, where.
ROWS = re.findall(r"^\| ([a-zA-Z][^|]*) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", GLOSSARY, re.MULTILINE)
TERMS = [(term, where) for term, _, _, where in ROWS if term != "term"]
EACH_TERM = pytest.mark.parametrize(("term", "where"), TERMS, ids=[term for term, _ in TERMS])


def places(where: str) -> list[list[Path]]:
    """The files that each name in the last column stands for; none for a name of nothing."""
    return [files(name) for name in re.findall(r"`([^`]+)`", where)]


def files(name: str) -> list[Path]:
    """Files of a dotted module, of a folder of the repository, or of this name in every room."""
    if name.endswith(".py"):
        return sorted(rooms.FUNCTIONS.glob(f"*/{name}"))
    if "/" in name:
        return sorted((ROOT / name).rglob("*.py"))
    path = (KERNEL if name.split(".")[0] == "bank" else rooms.FUNCTIONS) / name.replace(".", "/")
    return sorted(path.rglob("*.py")) or [file for file in [path.with_suffix(".py")] if file.is_file()]


def words(text: str) -> str:
    """Lower-case words with single spaces, `CamelCase` and `snake_case` taken apart."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return " ".join(re.findall(r"[a-z0-9]+", apart.lower()))


def test_the_glossary_has_its_rows() -> None:
    assert len(TERMS) > 50
    assert len({term for term, _ in TERMS}) == len(TERMS)


@EACH_TERM
def test_each_place_is_there(term: str, where: str) -> None:
    assert places(where)
    assert all(places(where)), f"{term}: {where}"


@EACH_TERM
def test_a_place_uses_the_word(term: str, where: str) -> None:
    text = words(" ".join(file.read_text(encoding="utf-8") for place in places(where) for file in place))

    assert [each for each in term.split(", ") if f" {words(each)}" not in f" {text}"] == []
