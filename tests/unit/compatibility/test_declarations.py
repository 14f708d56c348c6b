"""A finding passes only where it is declared, with a version, a date and a reason."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.compatibility.findings import declared, stale, undeclared

ENTRY = """\
- since: 0.1.0
  version: 0.2.0
  date: 2026-12-24
  breaks: "items: things: title is gone"
  why: Nobody has read it since 0.0.9
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "breaking.yaml"
    path.write_text(text)
    return path


def test_a_finding_that_is_declared_passes_and_another_does_not(tmp_path: Path) -> None:
    declarations = declared(written(tmp_path, ENTRY))
    found = ["items: things: title is gone", "http: GET /things: gone"]

    assert undeclared("0.1.0", found, declarations) == ["http: GET /things: gone"]


def test_a_declaration_counts_for_its_release_alone(tmp_path: Path) -> None:
    declarations = declared(written(tmp_path, ENTRY))

    assert undeclared("0.2.0", ["items: things: title is gone"], declarations) != []


def test_a_declaration_of_what_is_not_broken_is_stale(tmp_path: Path) -> None:
    declarations = declared(written(tmp_path, ENTRY))

    assert stale({"0.1.0": ["items: things: title is gone"]}, declarations) == []
    assert stale({"0.1.0": []}, declarations) == declarations
    assert stale({"0.2.0": ["items: things: title is gone"]}, declarations) == declarations


@pytest.mark.parametrize("missing", ["since", "version", "date", "breaks", "why"])
def test_a_declaration_says_all_that_it_must(tmp_path: Path, missing: str) -> None:
    lines = [line for line in ENTRY.splitlines() if line.lstrip("- ").split(":")[0] != missing]
    text = "\n".join(lines).replace("  version", "- version", 1) if missing == "since" else "\n".join(lines)

    with pytest.raises(ValidationError, match=missing):
        declared(written(tmp_path, text))


def test_an_empty_file_declares_nothing(tmp_path: Path) -> None:
    assert declared(written(tmp_path, "# nothing\n[]\n")) == []
