"""Segregation of duties: nobody is given both sides, and the report names who has them nevertheless."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.access.scopes import SCOPES
from staff.domain import duties
from staff.tables import CustomRoleRow, MemberRow
from tests.support.organisation import BRANCH, OTHER_BRANCH, SUB_BRANCH
from tests.unit.staff.people import Person


def found(person: Person, **query: str) -> dict[str, list[str]]:
    """The report, followed to its end: members and their conflicts."""
    items, cursor = [], ""
    while cursor is not None:
        page = person.must(
            "GET", "/duty-conflicts", query={**query, **({"cursor": cursor} if cursor else {})}
        )
        items += page["items"]
        cursor = page["next_cursor"]
    return {
        each["staff_id"]: [f"{conflict['one']}, {conflict['other']}" for conflict in each["conflicts"]]
        for each in items
    }


def planted(person: Person, *grants: tuple[str, str]) -> None:
    """Roles that somebody with the table gives, past all rules."""
    given = [
        {"grant_id": f"grt_{at}", "role_id": role_id, "unit_id": unit_id, "granted_at": "", "granted_by": ""}
        for at, (role_id, unit_id) in enumerate(grants)
    ]
    row = MemberRow.get(person.staff_id)
    row.update(actions=[MemberRow.grants.set(given)])


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("rol_risk_analyst", "rol_risk_approver"),
        ("rol_auditor", "rol_branch_manager"),
        ("rol_branch_manager", "rol_head_office_administrator"),
    ],
)
def test_nobody_is_given_duties_that_are_kept_apart(administrator: Person, held: str, asked: str) -> None:
    clerk = administrator.enters("clerk", BRANCH, held)
    for unit_id in (BRANCH, SUB_BRANCH):
        body = {"role_id": asked, "unit_id": unit_id, "reason": "short of people"}
        refused = administrator.ask("POST", f"/staff/{clerk.staff_id}/roles", body)
        assert (refused.status, refused.json["code"]) == (409, "duties_conflict")


def test_no_role_is_made_of_duties_that_are_kept_apart(administrator: Person) -> None:
    body = {"name": "All in one", "permissions": ["staff:write", "accounts:write"]}

    refused = administrator.ask("POST", "/roles", body)

    assert (refused.status, refused.json["code"]) == (409, "duties_conflict")
    assert [each for each in CustomRoleRow.scan()] == []


def test_the_report_names_exactly_the_conflicts_that_were_planted(administrator: Person) -> None:
    people = {
        name: administrator.enters(name, unit, role)
        for name, unit, role in [
            ("analyst", BRANCH, "rol_risk_analyst"),
            ("manager", BRANCH, "rol_branch_manager"),
            ("auditor", OTHER_BRANCH, "rol_auditor"),
            ("service", SUB_BRANCH, "rol_customer_service"),
            ("analyst-2", OTHER_BRANCH, "rol_risk_analyst"),
        ]
    }
    assert found(administrator) == {}

    # For two units, where no session has both: one person all the same.
    planted(people["analyst"], ("rol_risk_analyst", BRANCH), ("rol_risk_approver", OTHER_BRANCH))
    planted(people["auditor"], ("rol_auditor", OTHER_BRANCH), ("rol_branch_manager", OTHER_BRANCH))
    planted(people["service"], ("rol_customer_service", SUB_BRANCH), ("rol_auditor", SUB_BRANCH))

    expected = {
        people["analyst"].staff_id: ["risk, checking"],
        people["auditor"].staff_id: ["audit, money", "audit, checking"],
    }
    assert found(administrator) == expected
    assert found(administrator, limit="1") == expected
    seen_by_branch = administrator.enters("chief", BRANCH, "rol_auditor").logged_in()
    assert found(seen_by_branch) == {people["analyst"].staff_id: ["risk, checking"]}


def test_duties_are_told_as_they_are_checked(administrator: Person) -> None:
    told = administrator.must("GET", "/duties")

    assert {each["duty"]: set(each["permissions"]) for each in told["duties"]} == duties.DUTIES
    assert [(each["one"], each["other"]) for each in told["conflicts"]] == [
        (each.one, each.other) for each in duties.CONFLICTS
    ]


def test_each_duty_is_of_permissions_that_there_are_and_each_conflict_of_duties() -> None:
    assert {each for held in duties.DUTIES.values() for each in held} - set(SCOPES) == set()
    named: set[Any] = {duty for each in duties.CONFLICTS for duty in (each.one, each.other)}
    assert named == set(duties.DUTIES)


@given(st.sets(st.sampled_from(sorted(SCOPES))))
def test_a_permission_more_takes_no_conflict_away(held: set[str]) -> None:
    found = duties.conflicts(held)
    assert all(
        {each.one, each.other} <= {duty for duty, of_it in duties.DUTIES.items() if of_it & held}
        for each in found
    )
    for more in SCOPES:
        assert set(found) <= set(duties.conflicts(held | {more}))
