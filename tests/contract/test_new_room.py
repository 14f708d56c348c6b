"""`make room` in a copy of the repository: what it makes passes the checks, and no list had to be edited."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra import room
from infra.contract import ROOT

# About no room that is there.
pytestmark = pytest.mark.rooms()

NAME = "umbrella_loans"
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".local", ".aws-sam", ".hypothesis", "*_cache", "__pycache__"
)
CHECKS = [
    "ruff format --check .",
    "ruff check .",
    f"mypy --no-incremental functions/{NAME}",
    "python -m infra.imports",
    f"cfn-lint functions/{NAME}/template.yaml",
    # With what `make check` asks of all that is generated, and without this module.
    f"pytest -q -k 'umbrella_loan or nothing_generated' tests/unit/{NAME} tests/contract"
    " --ignore tests/contract/test_new_room.py",
]


def run(copy: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / program), *arguments]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with one room more."""
    place = tmp_path_factory.mktemp("perkbank") / "repository"
    shutil.copytree(ROOT, place, ignore=LEFT_OUT)
    made = run(place, "python", "-m", "infra.room", NAME)
    assert made.returncode == 0, made.stderr
    return place


def test_a_new_room_changes_no_other_and_nothing_that_is_written_by_hand(copy: Path) -> None:
    """Besides its own folders: a link on the first page, and what is generated from all rooms."""
    changed = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if not _is_as_it_was(copy, path)}

    assert {path for path in changed if f"/{NAME}/" not in path and not path.startswith(".")} == {
        "README.md",
        "docs/acts.md",
        "docs/operations.md",
        "docs/problems.md",
        "infra/gateway.yaml",
        "layers/bank/python/bank/access/scopes.json",
        "template.yaml",
    }


def _is_as_it_was(copy: Path, path: Path) -> bool:
    before = ROOT / path.relative_to(copy)
    if path.is_dir() or "__pycache__" in path.parts:
        return True
    return before.exists() and before.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("command", CHECKS)
def test_a_new_room_passes(copy: Path, command: str) -> None:
    done = run(copy, *shlex.split(command))

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "name", ["Lending", "platform", "payments", "bank", "pydantic", "../x", "red-cups", ""]
)
def test_a_name_that_python_or_the_house_has_already_is_refused(name: str) -> None:
    with pytest.raises(room.BadName):
        room.make(name)
