"""Every list is complete for its caller, whatever others write, and is turned to its end page by page.

For each the caller's rows are made among many more of another's than a page looks at, and all of its pages
are read. Nothing names the lists: a route that lists is found, and one that its room does not say how to try
fails. Whose an operation is: tests/contract/test_authorisation.py.
"""

import functools
import importlib
from collections.abc import Iterable, Iterator

import pytest

from bank import clock
from bank.http import Operation, Page
from infra.contract import rooms
from tests.contract import bank_of_others as bank
from tests.support import http
from tests.support.lists import ASKED, START, Listed, Lists, Whole, moment

PAGED = {each.name: each for _, each in rooms.operations() if each.query and issubclass(each.query, Page)}
UNPAGED = {
    each.name
    for _, each in rooms.operations()
    if each.method == "GET" and each.name not in PAGED and each.answer and "items" in each.answer.model_fields
}
# Of a page while these run; and how many rows of others a page looks at, at most.
LIMIT, MOST = 2, 5
OTHERS = 24
MINE = (4, 9, 10, 11, 18)


def _of(room: str) -> Lists:
    try:
        found: Lists = importlib.import_module(f"tests.unit.{room}.lists").LISTS
    except ModuleNotFoundError:
        return {}
    return found


LISTS: Lists = {name: each for room in rooms.names() for name, each in _of(room).items()}
TRIED = [
    pytest.param(name, each, id=f"{name}-{number}")
    for name, tried in LISTS.items()
    if not isinstance(tried, Whole)
    for number, each in enumerate(tried)
]


def test_each_list_says_how_it_is_tried() -> None:
    assert {name for name, each in LISTS.items() if isinstance(each, Whole)} == UNPAGED
    assert {name for name, each in LISTS.items() if not isinstance(each, Whole)} == PAGED.keys()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("bank.store.pages.MOST_SIFTED", MOST)
    with bank.running(monkeypatch):
        yield


def _pages(operation: Operation, tried: Listed) -> list[list[str]]:
    """The ids of each page, to the end."""
    pages: list[list[str]] = []
    query = {**tried.query, "limit": str(LIMIT)}
    while len(pages) < 3 * OTHERS:
        path, api = tried.path or operation.path, rooms.apis()[operation.tag]
        answer = http.call(api, "GET", path, query=query, **tried.caller)
        assert answer.status == 200, answer.body
        pages.append([str(item[tried.item]) for item in answer.json["items"]])
        if answer.json["next_cursor"] is None:
            return pages
        query["cursor"] = answer.json["next_cursor"]
    raise AssertionError("there is no end to it")


def _as_time_goes_by(numbers: Iterable[int], tried: Listed) -> Iterator[int]:
    """The numbers of the caller's rows, each at its time; the others' are made on the way."""
    for number in numbers:
        with clock.source(functools.partial(moment, number)):
            if number in MINE:
                yield number
            elif tried.theirs:
                tried.theirs(number)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("name", "tried"), TRIED)
def test_a_list_holds_all_that_is_the_callers_each_once_and_nothing_else(name: str, tried: Listed) -> None:
    with clock.source(lambda: START):
        tried.before()
    mine = [tried.mine(number) for number in _as_time_goes_by(MINE if tried.alone else range(OTHERS), tried)]

    with clock.source(lambda: ASKED):
        pages = _pages(PAGED[name], tried)

    assert sorted(each for page in pages for each in page) == sorted([*mine, *tried.also])
    assert max(map(len, pages)) <= LIMIT
    # What others write makes it no longer than their rows are pages.
    assert len(pages) <= len(mine) + OTHERS // MOST + 2
