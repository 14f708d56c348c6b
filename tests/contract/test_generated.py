"""What is generated is what the code says today, and only that."""

import json
from pathlib import Path

import pytest

from infra import generate
from infra.contract import ROOT


def test_nothing_generated_is_out_of_date() -> None:
    found = generate.differences()

    assert not found, "\n".join(["run `python -m infra.generate`", *found[:40]])


def test_a_change_in_the_code_shows_as_a_diff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = tmp_path / "openapi.json"
    stale.write_text(json.dumps({"openapi": "3.0.1"}) + "\n")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "wanted", lambda: {stale: json.dumps({"openapi": "3.0.2"}) + "\n"})
    monkeypatch.setattr(generate, "leftovers", lambda files: [tmp_path / "Gone.v1.json"])

    found = generate.differences()

    assert '-{"openapi": "3.0.1"}' in found
    assert '+{"openapi": "3.0.2"}' in found
    assert found[-1] == "Gone.v1.json: nothing declares this any more"


@pytest.mark.rooms
def test_writing_twice_changes_nothing() -> None:
    files = generate.wanted()

    assert files == generate.wanted()
    assert all(path.is_relative_to(ROOT) for path in files)
