"""Staff on the deployed stack: enrolled, logged in with both things, isolated by branch, out at once."""

import pytest

from infra.channel import Answer
from infra.people import HEAD_OFFICE, Member
from tests.e2e.deployed import Deployed, at_once, created, ok, problem
from tests.e2e.people import People

pytestmark = pytest.mark.rooms("staff")


@pytest.fixture(scope="module")
def branches(people: People) -> tuple[str, str]:
    """Two branches."""
    return people.branch(), people.branch()


@pytest.fixture(scope="module")
def manager(people: People, branches: tuple[str, str]) -> Member:
    """The manager of the first."""
    return people.staff(branches[0], "rol_branch_manager")


@pytest.fixture(scope="module")
def other(people: People, branches: tuple[str, str]) -> Member:
    """The manager of the second."""
    return people.staff(branches[1], "rol_branch_manager")


def test_a_branch_sees_its_own_and_the_head_office_all(
    people: People, branches: tuple[str, str], manager: Member, other: Member
) -> None:
    """In lists, reads and writes: 404, as for what never was."""
    below = people.branch(branches[0])
    assert {unit["unit_id"] for unit in ok(manager.get("/units"))["items"]} == {branches[0], below}
    assert ok(people.administrator.get(f"/units/{branches[1]}"))["parent_id"] is not None
    assert [each["staff_id"] for each in ok(manager.get("/staff"))["items"]] == [manager.staff_id]
    other.token()
    session = f"/staff-sessions/{other.session['session_id']}/revocation"
    for answer in (
        manager.get(f"/units/{branches[1]}"),
        manager.get("/staff", {"unit_id": branches[1]}),
        manager.get(f"/staff/{other.staff_id}"),
        manager.get("/staff-sessions", {"staff_id": other.staff_id}),
        manager.post(session, {"staff_id": other.staff_id}),
    ):
        assert answer.status == 404, answer.text
    assert other.get("/staff-sessions").status == 200


def test_the_data_scope_is_that_of_every_room(deployed: Deployed, people: People, manager: Member) -> None:
    """What a system of the head office has opened is not a branch's to see."""
    wallet = deployed.wallet()

    problem(manager.get(f"/accounts/{wallet}"), 404, "account_not_found")
    assert ok(people.administrator.get(f"/accounts/{wallet}"))["account_id"] == wallet


def test_what_a_role_does_not_hold_is_a_403(manager: Member) -> None:
    """By the gateway, before any function is asked."""
    problem(manager.post("/units", {"name": "Mine"}), 403, "insufficient_scope")


def test_a_revoked_session_is_refused_at_once_although_the_authorizer_s_answer_is_kept(
    people: People, branches: tuple[str, str]
) -> None:
    """The same token, seconds after it was taken."""
    clerk = people.staff(branches[0], "rol_auditor")
    token = {"Authorization": f"Bearer {clerk.token()}"}
    assert clerk.once("GET", "/units", headers=token).status == 200

    path = f"/staff-sessions/{clerk.session['session_id']}/revocation"
    ok(people.administrator.post(path, {"staff_id": clerk.staff_id, "reason": "a lost telephone"}))

    for room in ("/units", "/merchants"):
        problem(clerk.once("GET", room, headers=token), 401, "session_ended")
    problem(clerk.refresh(), 401, "refresh_refused")


def test_a_suspension_and_a_change_of_roles_end_every_session(
    people: People, branches: tuple[str, str]
) -> None:
    """The next request of each is a 401, and only who was not suspended may log in again."""
    clerk = people.staff(branches[0], "rol_auditor")
    first, second = created(clerk.log_in()), created(clerk.log_in())
    body = {"role_id": "rol_customer_service", "unit_id": branches[0], "reason": "helps out"}
    created(people.administrator.post(f"/staff/{clerk.staff_id}/roles", body))
    for session in (first, second):
        problem(_with(clerk, session["access_token"]), 401, "session_ended")

    again = created(clerk.log_in())
    ok(people.administrator.post(f"/staff/{clerk.staff_id}/suspension", {"reason": "left the bank"}))
    problem(_with(clerk, again["access_token"]), 401, "session_ended")
    problem(clerk.log_in(), 401, "login_refused")


def test_one_code_opens_one_session_however_often_it_is_sent_at_once(
    people: People, branches: tuple[str, str]
) -> None:
    """Ten logins with the same password and code."""
    clerk = people.staff(branches[0], "rol_auditor")
    code = clerk.code()

    answers = at_once([lambda: clerk.log_in(code=code)] * 10, width=5)

    assert sorted(answer.status for answer in answers)[:2] == [201, 401]


def test_guesses_at_once_are_counted_one_by_one(
    deployed: Deployed, people: People, branches: tuple[str, str]
) -> None:
    """Of one device, five are compared, whichever come first; then the right password has to wait as well."""
    clerk = people.staff(branches[0], "rol_auditor")
    device = created(clerk.log_in())["device_token"]
    wrong = {"password": "not the password", "code": "000000", "device_token": device}

    guesses = at_once([lambda: clerk.log_in(**wrong)] * 12, width=6)

    assert {answer.status for answer in guesses} == {401}
    challenge = f"guessing#{clerk.staff_id}#{device.partition('.')[0]}"
    row = deployed.env.aws("dynamodb").get_item(
        TableName=deployed.env.tables["staff-challenges"], Key={"challenge": {"S": challenge}}
    )["Item"]
    assert row["failures"]["N"] == "5"
    refused = clerk.log_in(device_token=device)
    problem(refused, 401, "login_refused")
    assert 0 < int(refused.headers["Retry-After"]) <= 60


def test_a_refresh_token_is_good_once_whoever_comes_first(people: People, branches: tuple[str, str]) -> None:
    """Two uses at once are one too many: the session ends."""
    clerk = people.staff(branches[0], "rol_auditor")
    access_token = clerk.token()

    answers = at_once([clerk.refresh] * 4, width=4)

    assert [answer.status for answer in answers].count(201) <= 1
    problem(_with(clerk, access_token), 401, "session_ended")


def test_moves_at_once_make_no_circle(people: People) -> None:
    """Each of them could be made alone: a ring of units, every one to go below the next."""
    ring = [people.branch() for _ in range(5)]
    administrator = people.administrator

    def move(number: int, **approval: str) -> Answer:
        body = {"parent_id": ring[(number + 1) % len(ring)], "reason": "a test of races"}
        headers = {"Authorization": f"Bearer {administrator.token()}", **approval}
        return administrator.once("POST", f"/units/{ring[number]}/moves", body, headers)

    proposals = [move(number).json for number in range(len(ring))]
    for each in proposals:
        administrator.have_approved(each)
    answers = at_once(
        [
            lambda number=number, each=each: move(number, **{"Approval-Id": each["approval_id"]})  # type: ignore[misc]
            for number, each in enumerate(proposals)
        ]
    )

    assert sorted(answer.status for answer in answers) == [201, 201, 201, 201, 409]
    for unit_id in ring:
        assert _way_up(administrator, unit_id)[-1] == HEAD_OFFICE


def _way_up(administrator: Member, unit_id: str) -> list[str]:
    way = [unit_id]
    while (parent := ok(administrator.get(f"/units/{way[-1]}"))["parent_id"]) is not None:
        assert parent not in way
        way.append(parent)
    return way


def _with(member: Member, access_token: str) -> Answer:
    return member.once("GET", "/units", headers={"Authorization": f"Bearer {access_token}"})
