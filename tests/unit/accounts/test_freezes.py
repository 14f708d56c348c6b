"""A freeze belongs to an authority; several may be there at once, and each change leaves an entry."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.app import app
from approvals.app import app as approvals
from bank import clock, ledger, store
from bank.access import sessions
from bank.access.principal import Kind
from bank.control.approval.tables import ApprovalRow
from bank.control.audit import AuditEntryRow
from bank.ledger import AccountRow
from tests.support import http, organisation
from tests.support.http import Reply, call
from tests.support.organisation import BRANCH, SUB_BRANCH
from tests.support.streams import Cloud
from tests.unit.accounts.test_app import deposit, withdraw

CHANNEL: dict[str, Any] = {"client_id": "cli_app", "principal": {**http.CHANNEL, "unit": SUB_BRANCH}}
SYSTEM: dict[str, Any] = {"client_id": "cli_core"}
TELLER: dict[str, Any] = {"principal": http.staff(SUB_BRANCH)}
MANAGER: dict[str, Any] = {"principal": http.staff(BRANCH)}
HEAD_OFFICE: dict[str, Any] = {"principal": http.staff()}


@pytest.fixture
def wallet(cloud: Cloud) -> str:
    """A wallet that a channel of a sub-branch opened, with money on it."""
    organisation.units()
    body = {"owner_id": "own_1", "kind": "wallet", "currency": "USD"}
    account_id = str(call(app, "POST", "/accounts", body, **CHANNEL).json["account_id"])
    deposit(account_id, 500, "funds")
    return account_id


def act(account_id: str, what: str, who: dict[str, Any], **fields: Any) -> Reply:
    return call(app, "POST", f"/accounts/{account_id}/{what}", {"reason": "asked for", **fields}, **who)


def refused(answer: Reply) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def entries() -> list[AuditEntryRow]:
    """Entries of what stops accounts, oldest first."""
    acts = ("accounts.frozen", "accounts.unfrozen", "accounts.closed")
    return sorted((row for row in AuditEntryRow.scan() if row.action in acts), key=lambda row: row.at)


def test_a_channel_does_not_lift_the_freeze_of_the_head_office(wallet: str) -> None:
    assert act(wallet, "freeze", HEAD_OFFICE).json["frozen_by"] == ["head_office"]

    for who in (CHANNEL, SYSTEM, TELLER, MANAGER):
        assert refused(act(wallet, "unfreeze", who)) == (403, "higher_authority")
        assert refused(act(wallet, "unfreeze", who, authority="head_office")) == (403, "higher_authority")
    assert withdraw(wallet, 5, "a").json["code"] == "account_frozen"
    assert act(wallet, "unfreeze", HEAD_OFFICE).json["status"] == "active"
    assert withdraw(wallet, 5, "b").status == 201


def test_it_is_frozen_until_the_last_of_several_freezes_is_lifted(wallet: str) -> None:
    for who in (CHANNEL, MANAGER, HEAD_OFFICE):
        assert act(wallet, "freeze", who).status == 200
        assert refused(act(wallet, "freeze", who)) == (409, "account_status")
    assert act(wallet, "unfreeze", CHANNEL).json["frozen_by"] == ["branch", "head_office"]
    assert act(wallet, "unfreeze", HEAD_OFFICE).json["frozen_by"] == ["branch"]

    # The head office has none there any more, and says whose it lifts.
    assert refused(act(wallet, "unfreeze", HEAD_OFFICE)) == (409, "account_status")
    answer = act(wallet, "unfreeze", HEAD_OFFICE, authority="branch").json

    assert (answer["status"], answer["frozen_by"]) == ("active", [])
    assert refused(act(wallet, "unfreeze", HEAD_OFFICE)) == (409, "account_status")


def test_a_courts_order_is_entered_and_lifted_by_the_head_office_with_its_reference(wallet: str) -> None:
    for who in (CHANNEL, SYSTEM, MANAGER):
        assert refused(act(wallet, "freeze", who, court_order="(2026) Hu 0115-42")) == (
            403,
            "head_office_only",
        )
    assert act(wallet, "freeze", HEAD_OFFICE, court_order="(2026) Hu 0115-42").json["frozen_by"] == ["court"]
    assert refused(act(wallet, "unfreeze", HEAD_OFFICE)) == (403, "higher_authority")

    lifted = act(wallet, "unfreeze", HEAD_OFFICE, court_order="(2026) Hu 0115-97")

    assert (lifted.json["status"], lifted.json["frozen_by"]) == ("active", [])
    assert [entry.after for entry in entries()] == [
        {"status": "frozen", "frozen_by": ["court"], "court_order": "(2026) Hu 0115-42"},
        {"status": "active", "frozen_by": [], "court_order": "(2026) Hu 0115-97"},
    ]


def test_a_courts_order_is_entered_by_two_while_the_head_office_stops_the_account_at_once(
    wallet: str,
) -> None:
    """Entered by one, a false order could be lifted by nobody below the court."""
    order = {"court_order": "(2026) Hu 0115-42"}

    proposal = act(wallet, "freeze", {**HEAD_OFFICE, "approve": False}, **order)
    assert (proposal.status, proposal.json["kind"]) == (202, "accounts.freeze_account")
    assert proposal.json["levels"] == ["head_office"]
    assert withdraw(wallet, 5, "a").status == 201
    assert entries() == []
    asked = store.get(ApprovalRow, proposal.json["approval_id"])
    assert asked is not None
    assert asked.summary["asked"]["body"] == {"reason": "asked for", **order}
    assert asked.summary["after"]["frozen_by"] == ["court"]

    urgent = act(wallet, "freeze", {**HEAD_OFFICE, "approve": False})
    assert (urgent.status, urgent.json["frozen_by"]) == (200, ["head_office"])
    assert refused(
        act(wallet, "freeze", {**HEAD_OFFICE, "headers": {"approval-id": "apr_mine"}}, **order)
    ) == (
        409,
        "not_approved",
    )

    with_it = {"headers": {"approval-id": http.approved(proposal.json)}}
    other = act(wallet, "freeze", {**HEAD_OFFICE, **with_it}, court_order="(2026) Hu 0115-43")
    assert refused(other) == (409, "content_changed")
    entered = act(wallet, "freeze", {**HEAD_OFFICE, **with_it}, **order)
    assert entered.json["frozen_by"] == ["head_office", "court"]


def test_a_courts_order_takes_a_fresh_factor_while_whoever_has_to_be_quick_needs_none(wallet: str) -> None:
    """Whoever sits down at an unlocked console could enter a false order, or do it with its approval."""
    order = {"court_order": "(2026) Hu 0115-42"}
    left = {**HEAD_OFFICE, "principal": HEAD_OFFICE["principal"] | {"session": left_alone()}}

    for who in (left, {**left, "headers": {"approval-id": "apr_somebodys"}}):
        stale = act(wallet, "freeze", who, **order)
        assert refused(stale) == (401, "insufficient_user_authentication")
        assert "max_age=600" in stale.headers["WWW-Authenticate"]
    assert act(wallet, "freeze", left, court_order=7).status == 422
    assert not list(ApprovalRow.scan())
    assert act(wallet, "freeze", left).json["frozen_by"] == ["head_office"]
    assert refused(act(wallet, "unfreeze", left)) == (401, "insufficient_user_authentication")


def left_alone() -> str:
    """A session of the head office whose owner proved a factor eleven minutes ago; its id."""
    now = clock.now()
    row = sessions.new(
        kind=Kind.STAFF,
        subject=HEAD_OFFICE["principal"]["subject"],
        client_id="cli_test",
        absolute=timedelta(hours=1),
        idle=timedelta(hours=1),
    )
    row.created_at = clock.instant(now - sessions.FRESH - timedelta(minutes=1))
    row.save()
    return str(row.session_id)


@pytest.mark.parametrize("order", [{}, {"court_order": "(2026) Hu 0115-42"}])
def test_what_the_head_office_or_a_court_stopped_no_branch_approves_to_go_on(
    wallet: str, order: dict[str, str]
) -> None:
    """The branch's manager, who could lift neither, was the second person."""
    assert act(wallet, "freeze", HEAD_OFFICE, **order).status == 200
    body = {"reason": "asked for", **order}

    proposal = call(app, "POST", f"/accounts/{wallet}/unfreeze", body, approve=False, **HEAD_OFFICE).json

    assert (proposal["kind"], proposal["levels"]) == (
        "accounts.unfreeze_account.head_office",
        ["head_office"],
    )
    decision = {"content_digest": proposal["content_digest"]}
    path = f"/approvals/{proposal['approval_id']}/approve"
    manager = http.staff(BRANCH, "stf_manager")
    assert refused(call(approvals, "POST", path, decision, principal=manager)) == (403, "not_a_checker")
    assert act(wallet, "unfreeze", HEAD_OFFICE, **order).json["status"] == "active"


def test_what_a_branch_stopped_a_branch_approves_to_go_on(wallet: str) -> None:
    act(wallet, "freeze", MANAGER)
    body = {"reason": "asked for"}

    for who, more in ((MANAGER, {}), (HEAD_OFFICE, {"authority": "branch"})):
        path = f"/accounts/{wallet}/unfreeze"
        proposal = call(app, "POST", path, body | more, approve=False, **who).json
        assert (proposal["kind"], proposal["levels"]) == ("accounts.unfreeze_account", ["branch"])


def test_nobody_closes_what_a_higher_authority_has_frozen(wallet: str) -> None:
    withdraw(wallet, 500, "all")
    act(wallet, "freeze", HEAD_OFFICE, court_order="(2026) Hu 0115-42")

    for who in (CHANNEL, MANAGER, HEAD_OFFICE):
        assert refused(act(wallet, "close", who)) == (403, "higher_authority")


def test_each_change_leaves_an_entry_with_its_actor_and_a_refused_one_none(wallet: str) -> None:
    act(wallet, "freeze", TELLER)
    act(wallet, "unfreeze", CHANNEL)
    act(wallet, "freeze", TELLER)
    act(wallet, "unfreeze", MANAGER, authority="branch")
    act(wallet, "close", CHANNEL)
    withdraw(wallet, 500, "all")
    act(wallet, "close", CHANNEL)

    told = [(entry.action, entry.actor, entry.subject_id) for entry in entries()]
    assert told == [
        ("accounts.frozen", "stf_test", wallet),
        ("accounts.unfrozen", "stf_test", wallet),
        ("accounts.closed", "cli_app", wallet),
    ]
    frozen = entries()[0]
    assert (frozen.before, frozen.after) == (
        {"frozen_by": {}},
        {"status": "frozen", "frozen_by": ["branch"]},
    )
    assert (frozen.reason, frozen.unit_id, frozen.actor_unit) == ("asked for", SUB_BRANCH, SUB_BRANCH)


def test_one_that_was_frozen_before_it_was_kept_by_whom_is_the_head_offices_to_lift(wallet: str) -> None:
    row = ledger.accounts.find(wallet)
    row.status = "frozen"
    store.put_many([row])

    assert refused(act(wallet, "unfreeze", CHANNEL)) == (403, "higher_authority")
    assert act(wallet, "unfreeze", HEAD_OFFICE).json["status"] == "active"


def test_of_two_freezes_at_once_both_are_kept(wallet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ledger.accounts.set_freezes

    def beaten(*arguments: Any, **options: Any) -> None:
        monkeypatch.setattr(ledger.accounts, "set_freezes", real)
        assert act(wallet, "freeze", HEAD_OFFICE).status == 200
        real(*arguments, **options)

    monkeypatch.setattr(ledger.accounts, "set_freezes", beaten)

    assert act(wallet, "freeze", CHANNEL).json["frozen_by"] == ["channel", "head_office"]


def test_all_freezes_at_once_take_little_of_the_row() -> None:
    """A payment writes the row: it costs a unit more beyond 1 KB."""
    stops = {
        "owner": "",
        "channel": "",
        "branch": f"unit_{'0' * 26}",
        "head_office": "unit_head",
        "court": "unit_head",
    }
    assert len(AccountRow.freezes.serialize(stops)) < 130
