"""The organisation over its API: who may change it, who sees what of it, and that its past is kept."""

from collections.abc import Callable
from typing import Any

import pytest

from bank.access import organisation
from bank.access.organisation import HEAD_OFFICE
from staff.service import units
from staff.service.units import Known
from tests.support.http import approved
from tests.support.organisation import BRANCH, OTHER_BRANCH, SUB_BRANCH
from tests.unit.staff.people import Person, Time

pytestmark = pytest.mark.usefixtures("bank")

# Read, deaf to the test's fixtures, where two changes meet.
read = units.read


@pytest.fixture
def manager(administrator: Person) -> Person:
    """The manager of a branch, who may write units as far as scopes go."""
    permissions = ["units:write", "units:read"]
    made = administrator.must("POST", "/roles", {"name": "Units", "permissions": permissions})
    return administrator.enters("manager", BRANCH, made["role_id"]).logged_in()


def add(person: Person, name: str, parent_id: str = HEAD_OFFICE) -> str:
    return str(person.must("POST", "/units", {"name": name, "parent_id": parent_id})["unit_id"])


def move(person: Person, unit_id: str, parent_id: str, *, approval: str = "", approve: bool = True) -> Any:
    body = {"parent_id": parent_id, "reason": "the district was divided"}
    headers = {"approval-id": approval} if approval else None
    return person.ask("POST", f"/units/{unit_id}/moves", body, headers=headers, approve=approve)


def seen(person: Person, **query: str) -> dict[str, str | None]:
    found = person.must("GET", "/units", query=query or None)["items"]
    return {unit["unit_id"]: unit["parent_id"] for unit in found}


def test_units_are_added_to_any_depth(administrator: Person) -> None:
    at = HEAD_OFFICE
    for depth in range(12):
        at = add(administrator, f"Level {depth}", at)

    assert len(organisation.tree(again=True).ancestors(at)) == 13
    assert administrator.must("GET", f"/units/{at}")["status"] == "active"


def test_a_branch_sees_its_subtree_and_nothing_else_exists(manager: Person, administrator: Person) -> None:
    assert seen(manager) == {BRANCH: None, SUB_BRANCH: BRANCH}
    assert set(seen(administrator)) == {HEAD_OFFICE, BRANCH, SUB_BRANCH, OTHER_BRANCH}
    for unit_id in (OTHER_BRANCH, HEAD_OFFICE, "unit_never"):
        assert manager.ask("GET", f"/units/{unit_id}").json["code"] == "unit_not_found"


def test_only_the_head_office_changes_the_tree(manager: Person) -> None:
    for answer in (
        manager.ask("POST", "/units", {"name": "Mine", "parent_id": BRANCH}),
        manager.ask("PATCH", f"/units/{SUB_BRANCH}", {"name": "Mine"}),
        move(manager, SUB_BRANCH, BRANCH),
    ):
        assert (answer.status, answer.json["code"]) == (403, "head_office_only")


def test_a_move_takes_what_is_below_along_and_is_remembered(administrator: Person, time: Time) -> None:
    before = time.now
    time.passes(minutes=1)

    assert move(administrator, BRANCH, OTHER_BRANCH).status == 201

    assert seen(administrator)[BRANCH] == OTHER_BRANCH
    assert organisation.contains(OTHER_BRANCH, SUB_BRANCH)
    assert seen(administrator, as_of=before.isoformat())[BRANCH] == HEAD_OFFICE
    history = administrator.must("GET", f"/units/{BRANCH}")["history"]
    assert [place["parent_id"] for place in history] == [HEAD_OFFICE]


def test_the_tree_of_before_has_no_unit_that_came_later(administrator: Person, time: Time) -> None:
    before = time.now.isoformat()
    time.passes(minutes=1)
    unit_id = add(administrator, "New")

    assert unit_id in seen(administrator)
    assert unit_id not in seen(administrator, as_of=before)


def test_a_unit_is_never_below_itself(administrator: Person) -> None:
    for parent_id in (BRANCH, SUB_BRANCH):
        assert move(administrator, BRANCH, parent_id).json["code"] == "unit_state"
    assert move(administrator, HEAD_OFFICE, BRANCH).json["code"] == "unit_state"
    assert move(administrator, BRANCH, "unit_never").status == 404


def test_two_moves_that_each_could_be_made_do_not_make_a_circle_together(
    administrator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is decided on the tree as it was before the second, which is made in between."""
    assert (move_between(administrator, monkeypatch)).json["code"] == "unit_state"

    assert organisation.tree(again=True).ancestors(BRANCH) == [BRANCH, OTHER_BRANCH, HEAD_OFFICE]


def move_between(administrator: Person, monkeypatch: pytest.MonkeyPatch) -> Any:
    first, second = (OTHER_BRANCH, BRANCH), (BRANCH, OTHER_BRANCH)
    own, others_own = (approved(move(administrator, *each, approve=False).json) for each in (first, second))
    others: list[Callable[[], Any]] = [lambda: move(administrator, *second, approval=others_own)]

    def read_before_the_other() -> Known:
        known = read()
        if others:
            assert others.pop()().status == 201
        return known

    monkeypatch.setattr(units, "read", read_before_the_other)
    return move(administrator, *first, approval=own)


def test_a_unit_is_closed_from_below_and_opened_from_above(administrator: Person) -> None:
    def becomes(unit_id: str, status: str) -> int:
        return administrator.ask("PATCH", f"/units/{unit_id}", {"status": status}).status

    assert becomes(BRANCH, "closed") == 409
    assert becomes(SUB_BRANCH, "closed") == 200
    assert becomes(BRANCH, "closed") == 200
    assert becomes(SUB_BRANCH, "active") == 409
    assert administrator.ask("POST", "/units", {"name": "New", "parent_id": BRANCH}).status == 409
    assert becomes(HEAD_OFFICE, "closed") == 409


def test_pages_follow_each_other(administrator: Person) -> None:
    first = administrator.must("GET", "/units", query={"limit": "3"})
    rest = administrator.must("GET", "/units", query={"limit": "3", "cursor": first["next_cursor"]})

    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (3, 1, None)
