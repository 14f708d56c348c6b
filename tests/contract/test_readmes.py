"""Each room's README is about the room as it is, and the first page names them all."""

import re

import pytest

from infra.contract import ROOT, rooms
from tests.support import cloudformation

ROOMS = rooms.names()
EACH = pytest.mark.parametrize("room", ROOMS)


def readme(room: str) -> str:
    return (rooms.FUNCTIONS / room / "README.md").read_text()


def test_the_first_page_links_to_every_room_and_to_no_other() -> None:
    linked = re.findall(r"\(functions/(\w+)/README\.md\)", (ROOT / "README.md").read_text())

    assert sorted(linked) == ROOMS


@EACH
def test_it_names_every_route_and_no_others(room: str) -> None:
    declared = {f"{operation.method} {operation.path}" for operation in rooms.apis()[room].operations}

    named = set(re.findall(r"`((?:GET|POST|PATCH|PUT|DELETE) /[\w./{}-]*)", readme(room)))

    assert named == declared


@EACH
def test_it_names_every_event_that_the_room_publishes(room: str) -> None:
    missing = [
        event.__name__ for event in rooms.published().get(room, ()) if event.__name__ not in readme(room)
    ]

    assert missing == []


@EACH
def test_it_names_every_handler_besides_the_api(room: str) -> None:
    handlers = [function.handler for function in cloudformation.functions() if function.room == room]

    assert [handler for handler in handlers if handler != "app" and handler not in readme(room)] == []


@EACH
def test_it_is_one_page(room: str) -> None:
    text = readme(room)

    assert text.startswith("# ")
    assert len(text.splitlines()) <= 120
