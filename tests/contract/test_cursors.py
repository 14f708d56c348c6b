"""Cursors of every list: good for the caller, the list and the filters that they were given out for, alone.

Each list's view stands aside for one that gives a place and keeps the place that it was given; what is tried
is all that stands around views. The kernel's own tests: tests/unit/bank/http/test_cursors.py.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from bank.access.principal import Kind
from bank.http import Operation, Page
from infra.contract import events, rooms
from tests.contract.test_http_contract import OPERATIONS, query_example
from tests.support import embedded, http

LISTS = [each for each in OPERATIONS if each[1].query and issubclass(each[1].query, Page)]
EACH_LIST = pytest.mark.parametrize(("room", "operation"), LISTS, ids=[each.name for _, each in LISTS])
HIDDEN = "2026-11-21T12:00:00.000000Z#wal_01JD3Q4V5W6X7Y8Z9A0B1C2D3E"
# As much of it in a row as does not stand in a cursor by chance: four characters do in one run of a hundred.
READ = 8


@pytest.fixture(scope="module", autouse=True)
def keys() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        with embedded.cloud():
            yield


@pytest.fixture(autouse=True)
def places() -> Iterator[list[str | None]]:
    """The places that views were given, instead of what they would have read."""
    given: list[str | None] = []

    def view_of(operation: Operation) -> Any:
        assert operation.answer is not None
        page = operation.answer.model_construct(items=[], next_cursor=HIDDEN)

        def view(call: Any, *, query: Page, **_: Any) -> Any:
            given.append(query.after)
            return page

        view.__name__ = operation.name
        return view

    with pytest.MonkeyPatch.context() as monkeypatch:
        for _, operation in LISTS:
            # Frozen, for all but a test.
            monkeypatch.setitem(operation.__dict__, "view", view_of(operation))
        yield given


def callers(operation: Operation) -> list[dict[str, str]]:
    """Principals who differ in one thing each, of the kinds that it is for; the first has the cursor."""
    known = {
        Kind.CHANNEL: [
            http.CHANNEL,
            {**http.CHANNEL, "client_id": "cli_other", "subject": "cli_other"},
            {"bank_wide": "true"},
        ],
        Kind.CUSTOMER: [http.customer("cus_1"), http.customer("cus_2")],
        Kind.STAFF: [
            http.staff("unit_head"),
            http.staff("unit_hz"),
            http.staff("unit_head", "stf_other"),
        ],
    }
    return [each for kind in Kind if kind in operation.callers for each in known[kind]]


def ask(operation: Operation, query: dict[str, str], who: dict[str, str] | None = None, **path: str) -> Any:
    api = rooms.apis()[operation.tag]
    where = operation.path
    for name, value in path.items():
        where = where.replace(f"{{{name}}}", value)
    where = where.replace("{", "").replace("}", "")
    return http.call(api, operation.method, where, query=query, principal=who or callers(operation)[0])


def asked_with(operation: Operation) -> dict[str, str]:
    """What the list has to be asked with, of its sample."""
    path = events.SAMPLES / operation.tag / f"http_{operation.name}.json"
    return dict(json.loads(path.read_text())["queryStringParameters"] or {})


def cursor_of(operation: Operation) -> str:
    first = ask(operation, asked_with(operation))
    assert first.status == 200, first.body
    return str(first.json["next_cursor"])


def refused(answer: http.Reply) -> bool:
    wrong = answer.json.get("errors", [])
    return (answer.status, [each["field"] for each in wrong]) == (422, ["cursor"])


def other_filters(operation: Operation) -> Iterator[dict[str, str]]:
    """The list with one filter more, or another value of one, as far as it takes that."""
    assert operation.query is not None
    asked = asked_with(operation)
    every = {name: str(value) for name, value in query_example(operation).items()}
    changed = [{name: value} for name, value in every.items() if asked.get(name) != value]
    changed += [{name: f"{value[:-1]}{last}"} for name, value in asked.items() for last in "12"]
    for change in changed:
        if change.keys() & {"limit", "cursor"}:
            continue
        try:
            narrow = operation.query.model_validate({**asked, **change})
        except ValidationError:
            continue
        if narrow != operation.query.model_validate(asked):
            yield {**asked, **change}


@EACH_LIST
def test_a_page_leads_to_the_next_whatever_its_size(
    room: str, operation: Operation, places: list[str | None]
) -> None:
    cursor = cursor_of(operation)

    for limit in ({}, {"limit": "7"}):
        assert ask(operation, {**asked_with(operation), **limit, "cursor": cursor}).status == 200
    assert places == [None, HIDDEN, HIDDEN]


@EACH_LIST
def test_nothing_of_a_place_can_be_read_in_its_cursor(room: str, operation: Operation) -> None:
    cursor = cursor_of(operation)

    held = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert len(cursor) <= 512
    for text in (cursor.encode(), held):
        assert not any(HIDDEN[start : start + READ].encode() in text for start in range(len(HIDDEN) - READ))


@EACH_LIST
def test_another_caller_gets_nowhere_with_it(
    room: str, operation: Operation, places: list[str | None]
) -> None:
    cursor = cursor_of(operation)
    first, *others = callers(operation)

    for other in others:
        assert refused(ask(operation, {**asked_with(operation), "cursor": cursor}, other)), other
    assert places == [None]
    assert ask(operation, {**asked_with(operation), "cursor": cursor}, first).status == 200


@EACH_LIST
def test_nor_does_anybody_with_another_filter_or_of_another_thing(
    room: str, operation: Operation, places: list[str | None]
) -> None:
    cursor = cursor_of(operation)
    assert operation.query is not None
    filters = list(other_filters(operation))

    assert filters or operation.query.model_fields.keys() == Page.model_fields.keys()
    for query in filters:
        assert refused(ask(operation, {**query, "cursor": cursor})), query
    if "{" in operation.path:
        name = operation.path.split("{")[1].split("}")[0]
        another = ask(operation, {**asked_with(operation), "cursor": cursor}, **{name: "another"})
        assert refused(another)
    assert places == [None]


@EACH_LIST
def test_nor_in_another_list(room: str, operation: Operation) -> None:
    cursor, who = cursor_of(operation), callers(operation)[0]
    kind = Kind(who.get("kind", Kind.CHANNEL))
    others = [each for _, each in LISTS if each is not operation and kind in each.callers]

    assert others
    for other in others:
        assert refused(ask(other, {**asked_with(other), "cursor": cursor}, who)), other.name


@EACH_LIST
def test_an_altered_one_and_one_that_was_never_given_out_are_refused(
    room: str, operation: Operation, places: list[str | None]
) -> None:
    cursor = cursor_of(operation)
    middle = len(cursor) // 2
    altered = ["B" if character == "A" else "A" for character in cursor]
    places_of_old = (b"\0", b"\t", b"0", b"~", HIDDEN.encode(), b"wal_01JD3Q4V5W6X7Y8Z9A0B1C2D3E")
    made_up = [
        *(f"{cursor[:at]}{altered[at]}{cursor[at + 1 :]}" for at in (0, middle, len(cursor) - 1)),
        *(base64.urlsafe_b64encode(place).decode().rstrip("=") for place in places_of_old),
        cursor[:-1],
        f"{cursor}A",
        "AA",
        "CQ",
        "!!!!",
    ]

    for each in made_up:
        assert refused(ask(operation, {**asked_with(operation), "cursor": each})), each
    assert places == [None]


def test_there_is_no_other_way_to_a_next_page() -> None:
    """What leads on is sealed because its query is a page's: there are lists, and no others."""
    leading_on = {
        operation.name
        for _, operation in OPERATIONS
        if operation.query and "cursor" in operation.query.model_fields
    }

    assert leading_on == {operation.name for _, operation in LISTS}
    assert len(LISTS) > 20
