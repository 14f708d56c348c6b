"""An inbox holds what its checker may decide now, and nothing else."""

from datetime import UTC, datetime, timedelta

from bank import clock
from bank.access import organisation
from bank.access.organisation import HEAD_OFFICE, UnitRow
from tests.support.streams import Cloud
from tests.unit.approvals.given import LARGE, ask, decide, inbox, submitted


def test_an_inbox_is_of_the_caller_s_subtree(bank: Cloud) -> None:
    of_a1, of_a, of_b = submitted(unit="unit_a1"), submitted(unit="unit_a"), submitted(unit="unit_b")

    assert inbox("stf_a", "unit_a") == [of_a1, of_a]
    assert inbox("stf_a1", "unit_a1") == [of_a1]
    assert inbox("stf_b", "unit_b") == [of_b]
    assert inbox("stf_head", HEAD_OFFICE) == [of_a1, of_a, of_b]


def test_what_waits_for_the_head_office_is_in_its_inbox_alone(bank: Cloud) -> None:
    approval_id = submitted(amount=LARGE)
    decide("stf_a", "unit_a", approval_id)

    assert inbox("stf_a2", "unit_a") == []
    assert inbox("stf_head", HEAD_OFFICE) == [approval_id]


def test_one_s_own_is_not_in_one_s_inbox_but_in_one_s_list(bank: Cloud) -> None:
    first, second = submitted(maker="stf_a"), submitted(maker="stf_a")
    submitted(maker="stf_other")

    assert first not in inbox("stf_a", "unit_a")
    assert inbox("stf_a", "unit_a", mine="true") == [second, first]


def test_without_the_permission_the_inbox_is_empty(bank: Cloud) -> None:
    submitted()

    reply = ask("stf_a", "unit_a", "GET", "/approvals", scope="approvals:read")

    assert reply.json == {"items": [], "next_cursor": None}


def test_the_most_urgent_comes_first_and_what_has_expired_is_gone(bank: Cloud) -> None:
    start = datetime.now(UTC)
    found = []
    for hours in (0, 1, 2):
        with clock.source(lambda hours=hours: start + timedelta(hours=hours)):  # type: ignore[misc]
            found.append(submitted())

    assert inbox("stf_a", "unit_a") == found
    with clock.source(lambda: start + timedelta(hours=72, minutes=30)):
        assert inbox("stf_a", "unit_a") == found[1:]


def test_pages_go_on_where_the_last_ended(bank: Cloud) -> None:
    expected = {submitted(unit=("unit_a", "unit_a1")[number % 2]) for number in range(7)}

    for query in ({}, {"mine": "true"}):
        who = "stf_maker" if query else "stf_a"
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = ask(who, "unit_a", "GET", "/approvals", query={"limit": "3", **query, **cursor}).json
            found += [item["approval_id"] for item in page["items"]]
            if not page["next_cursor"]:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert len(found) == 7
        assert set(found) == expected


def test_a_large_branch_reads_what_is_open_in_the_bank_and_sees_its_own(bank: Cloud) -> None:
    for number in range(20):
        UnitRow(unit_id=f"unit_a_{number:02}", parent_id="unit_a", name="sub-branch").save()
    organisation.forget()
    own, other = submitted(unit="unit_a_19"), submitted(unit="unit_b")

    assert inbox("stf_a", "unit_a") == [own]
    assert inbox("stf_head", HEAD_OFFICE) == [own, other]
