"""Every room has a template and tests of its own, and where it moves money, a part in the simulation."""

import re

import pytest

from infra import templates
from infra.contract import ROOT, rooms
from tests.simulation.rooms import ROOMS as SIMULATED

ROOMS = rooms.names()
E2E = ROOT / "tests" / "e2e"
POSTS = re.compile(r"\bledger\.post\(")


def moves_money(room: str) -> bool:
    """Whether its code posts a journal."""
    return any(POSTS.search(path.read_text()) for path in (rooms.FUNCTIONS / room).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_tests_of_its_own(room: str) -> None:
    assert list((ROOT / "tests" / "unit" / room).glob("test_*.py"))


def test_every_room_is_deployed_and_nothing_else_is() -> None:
    assert templates.rooms() == ROOMS


def test_a_room_that_moves_money_takes_part_in_the_simulation() -> None:
    money = {templates.stack_name(room) for room in ROOMS if moves_money(room)}

    assert money
    assert money - {part.__name__ for part in SIMULATED} == set()


@pytest.mark.parametrize("file", sorted(path.name for path in E2E.glob("test_*.py")))
def test_end_to_end_tests_name_the_rooms_that_they_are_about(file: str) -> None:
    """`make test ROOM=payments` runs a room's own. The books are all rooms'."""
    text = (E2E / file).read_text()
    named = re.findall(r"^pytestmark = pytest\.mark\.rooms\(([^)]*)\)$", text, re.MULTILINE)

    assert len(named) == (file != "test_the_books.py")
    assert set(re.findall(r'"(\w+)"', "".join(named))) <= set(rooms.names())
