"""Who may decide, what a decision does, and that of two at once one has an effect."""

from datetime import timedelta
from typing import Any

import pytest

from approvals.service import deciding, expiry
from bank import clock, ids, store
from bank.access.organisation import HEAD_OFFICE
from bank.control import audit, ties
from bank.control.approval import NotApproved, require
from bank.control.approval.tables import ApprovalRow
from tests.support import http
from tests.support.streams import Cloud
from tests.unit.approvals.given import CONTENT, LARGE, app_call, ask, decide, inbox, state, submitted

DELAYED = "merchants.change_merchant"


def code(reply: http.Reply) -> tuple[int, str]:
    return reply.status, reply.json["code"]


def test_a_checker_of_the_branch_approves_what_the_branch_may(bank: Cloud) -> None:
    approval_id = submitted()

    reply = decide("stf_checker", "unit_a", approval_id, comment="seen the contract")

    assert reply.status == 200
    assert (reply.json["status"], reply.json["may_decide"]) == ("approved", False)
    assert [(line["deed"], line["by"]) for line in reply.json["history"]] == [
        ("submitted", "stf_maker"),
        ("approved", "stf_checker"),
    ]


def test_a_large_amount_needs_the_branch_and_then_the_head_office(bank: Cloud) -> None:
    approval_id = submitted(amount=LARGE)

    assert decide("stf_checker", "unit_a", approval_id).json["status"] == "submitted"
    assert state(approval_id)["step"] == 1
    assert code(decide("stf_other", "unit_a", approval_id)) == (403, "not_a_checker")
    assert decide("stf_head", HEAD_OFFICE, approval_id).json["status"] == "approved"


def test_the_maker_is_never_the_checker(bank: Cloud) -> None:
    approval_id = submitted(maker="stf_1")

    assert code(decide("stf_1", HEAD_OFFICE, approval_id)) == (403, "maker_is_checker")
    assert code(decide("stf_1", "unit_a1", approval_id, "reject", reason="no")) == (403, "maker_is_checker")
    assert state(approval_id)["status"] == "submitted"


@pytest.mark.parametrize(("one", "other"), [("stf_boss", "stf_puppet"), ("stf_puppet", "stf_boss")])
def test_who_let_the_maker_in_lately_does_not_check_them_nor_the_reverse(
    bank: Cloud, one: str, other: str
) -> None:
    transaction = store.Transaction()
    ties.tie(transaction, "stf_boss", "stf_puppet")
    transaction.commit()
    approval_id = submitted(maker=one)

    assert code(decide(other, HEAD_OFFICE, approval_id)) == (403, "tied_to_maker")
    assert code(decide(other, HEAD_OFFICE, approval_id, "reject", reason="no")) == (403, "tied_to_maker")
    assert inbox(other, HEAD_OFFICE) == []
    assert decide("stf_else", HEAD_OFFICE, approval_id).status == 200


def let_in(*whom: str, by: str) -> None:
    """Somebody lets each of these in, one after another."""
    for staff_id in whom:
        transaction = store.Transaction()
        ties.tie(transaction, by, staff_id)
        transaction.commit()


def test_two_puppets_of_one_person_do_not_check_each_other(bank: Cloud) -> None:
    """Their phones were that person's: one proposed, the other approved, and neither let the other in."""
    let_in("stf_one", "stf_two", by="stf_boss")
    let_in("stf_colleague", by="stf_other")
    approval_id = submitted(maker="stf_one")

    assert code(decide("stf_two", HEAD_OFFICE, approval_id)) == (403, "tied_to_maker")
    assert code(decide("stf_two", HEAD_OFFICE, approval_id, "reject", reason="no")) == (403, "tied_to_maker")
    assert inbox("stf_two", HEAD_OFFICE) == []
    assert decide("stf_colleague", HEAD_OFFICE, approval_id).status == 200


def test_two_puppets_of_one_person_are_not_two_checkers(bank: Cloud) -> None:
    let_in("stf_one", "stf_two", by="stf_boss")
    approval_id = submitted(amount=LARGE)
    assert decide("stf_one", "unit_a", approval_id).status == 200

    assert code(decide("stf_two", HEAD_OFFICE, approval_id)) == (403, "tied_to_maker")
    assert decide("stf_head", HEAD_OFFICE, approval_id).json["status"] == "approved"


def test_whom_a_puppet_lets_in_is_its_master_s_too(bank: Cloud) -> None:
    """An administrator enters another, who is them, and who enters the second of the two."""
    let_in("stf_one", "stf_puppet", by="stf_boss")
    let_in("stf_two", by="stf_puppet")
    approval_id = submitted(maker="stf_one")

    assert code(decide("stf_two", HEAD_OFFICE, approval_id)) == (403, "tied_to_maker")
    assert code(decide("stf_boss", HEAD_OFFICE, submitted(maker="stf_two"))) == (403, "tied_to_maker")


def test_a_month_after_the_first_of_them_two_are_two(bank: Cloud) -> None:
    then = clock.now() - ties.KEPT
    with clock.source(lambda: then):
        let_in("stf_one", "stf_three", by="stf_boss")
    let_in("stf_two", "stf_three", by="stf_boss")

    assert decide("stf_two", HEAD_OFFICE, submitted(maker="stf_one")).status == 200
    assert code(decide("stf_two", HEAD_OFFICE, submitted(maker="stf_three"))) == (403, "tied_to_maker")


def test_of_several_who_let_somebody_in_each_counts(bank: Cloud) -> None:
    let_in("stf_one", by="stf_boss")
    let_in("stf_one", by="stf_other")
    let_in("stf_two", by="stf_other")

    for checker in ("stf_boss", "stf_other", "stf_two"):
        assert code(decide(checker, HEAD_OFFICE, submitted(maker="stf_one"))) == (403, "tied_to_maker")


def test_a_month_later_they_are_two(bank: Cloud) -> None:
    transaction, then = store.Transaction(), clock.now() - ties.KEPT
    with clock.source(lambda: then):
        ties.tie(transaction, "stf_boss", "stf_maker")
        transaction.commit()

    assert decide("stf_boss", HEAD_OFFICE, submitted(maker="stf_maker")).status == 200


def test_nobody_checks_twice(bank: Cloud) -> None:
    approval_id = submitted(amount=LARGE)
    decide("stf_head", HEAD_OFFICE, approval_id)

    assert code(decide("stf_head", HEAD_OFFICE, approval_id)) == (409, "already_checked")
    assert state(approval_id)["step"] == 1


def test_a_checker_holds_the_permission_of_the_kind(bank: Cloud) -> None:
    approval_id = submitted()
    ApprovalRow(approval_id).update([ApprovalRow.permission.set("limits:approve")])

    assert code(decide("stf_checker", "unit_a", approval_id)) == (403, "not_a_checker")
    scopes = f"{http.ALL_SCOPES} limits:approve"
    path = f"/approvals/{approval_id}/approve"
    seen = {"content_digest": state(approval_id)["content_digest"]}
    assert ask("stf_checker", "unit_a", "POST", path, seen, scope=scopes).status == 200


@pytest.mark.parametrize("act", ["approve", "reject", "withdraw"])
def test_another_branch_does_not_know_of_it(bank: Cloud, act: str) -> None:
    approval_id = submitted()
    body = {"reason": "none of ours"} if act == "reject" else {}

    assert code(decide("stf_b", "unit_b", approval_id, act, **body)) == (404, "approval_not_found")
    assert code(ask("stf_b", "unit_b", "GET", f"/approvals/{approval_id}")) == (404, "approval_not_found")
    assert state(approval_id)["status"] == "submitted"


@pytest.mark.parametrize("principal", [{}, http.CHANNEL, http.customer("cus_1")])
def test_only_staff_decide(bank: Cloud, principal: dict[str, str]) -> None:
    approval_id = submitted()

    reply = app_call("POST", f"/approvals/{approval_id}/approve", {}, principal=principal)

    assert code(reply) == (403, "caller_kind")
    assert state(approval_id)["status"] == "submitted"


def test_what_was_read_is_what_is_approved(bank: Cloud) -> None:
    approval_id = submitted()

    assert code(decide("stf_2", "unit_a", approval_id, content_digest="0" * 64)) == (409, "content_changed")
    assert code(decide("stf_2", "unit_a", approval_id, step=1)) == (409, "step_taken")
    digest = state(approval_id)["content_digest"]
    assert decide("stf_2", "unit_a", approval_id, step=0, content_digest=digest).status == 200


def test_nothing_is_approved_unseen(bank: Cloud) -> None:
    """Without the digest a checker would approve whatever is there by the time that the request arrives."""
    approval_id = submitted()

    reply = ask("stf_checker", "unit_a", "POST", f"/approvals/{approval_id}/approve", {"step": 0})

    assert code(reply) == (422, "invalid_request")
    assert state(approval_id)["status"] == "submitted"


@pytest.mark.parametrize(("act", "more"), [("approve", {}), ("reject", {"reason": "too much"})])
def test_a_decision_whose_answer_was_lost_is_answered_again(bank: Cloud, act: str, more: Any) -> None:
    approval_id = submitted(amount=LARGE)
    first = decide("stf_checker", "unit_a", approval_id, act, step=0, **more)

    again = decide("stf_checker", "unit_a", approval_id, act, step=0, **more)

    assert (first.status, again.status) == (200, 200)
    assert again.json == first.json
    assert len(state(approval_id)["history"]) == 2
    assert decide("stf_other", "unit_a", approval_id, act, step=0, **more).status == 409


def test_an_approval_of_something_else_is_no_answer_that_was_lost(bank: Cloud) -> None:
    approval_id = submitted()
    assert decide("stf_checker", "unit_a", approval_id, step=0).status == 200

    again = decide("stf_checker", "unit_a", approval_id, step=0, content_digest="0" * 64)

    assert code(again) == (409, "content_changed")


def test_a_rejection_has_a_reason_and_is_for_good(bank: Cloud) -> None:
    approval_id = submitted()

    assert code(decide("stf_2", "unit_a", approval_id, "reject")) == (422, "invalid_request")
    reply = decide("stf_2", "unit_a", approval_id, "reject", reason="too much")

    assert (reply.json["status"], reply.json["history"][-1]["reason"]) == ("rejected", "too much")
    assert code(decide("stf_3", "unit_a", approval_id)) == (409, "approval_ended")


def test_only_the_maker_withdraws_and_then_nobody_approves(bank: Cloud) -> None:
    approval_id = submitted()

    assert code(decide("stf_2", "unit_a", approval_id, "withdraw")) == (403, "not_the_maker")
    assert decide("stf_maker", "unit_a1", approval_id, "withdraw").json["status"] == "withdrawn"
    assert code(decide("stf_2", "unit_a", approval_id)) == (409, "approval_ended")
    assert code(decide("stf_maker", "unit_a1", approval_id, "withdraw")) == (409, "approval_ended")


def test_of_two_checkers_at_once_one_passes_the_step(bank: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has read the approval as it was; its write meets the first one's."""
    approval_id = submitted(amount=LARGE)
    slow_reads(monkeypatch, lambda: decide("stf_first", HEAD_OFFICE, approval_id))

    reply = decide("stf_second", HEAD_OFFICE, approval_id)

    assert code(reply) == (409, "step_taken")
    assert (state(approval_id)["step"], row(approval_id).checkers) == (1, ["stf_first"])


def test_of_a_withdrawal_and_an_approval_at_once_one_happens(
    bank: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval_id = submitted()
    slow_reads(monkeypatch, lambda: decide("stf_maker", "unit_a1", approval_id, "withdraw"))

    assert code(decide("stf_2", "unit_a", approval_id)) == (409, "approval_ended")
    assert state(approval_id)["status"] == "withdrawn"


def test_a_decision_that_is_written_after_the_expiry_has_no_effect(bank: Cloud) -> None:
    """Judged in time by one clock; the job, by another, was there first."""
    approval_id = submitted()
    late = clock.parse(row(approval_id).expires_at)
    with clock.source(lambda: late):
        assert expiry.expire_due() == 1

    assert code(decide("stf_2", "unit_a", approval_id)) == (409, "approval_ended")
    assert state(approval_id)["status"] == "expired"


def test_past_its_time_nobody_approves_although_the_job_was_not_there_yet(bank: Cloud) -> None:
    approval_id = submitted()
    late = clock.parse(row(approval_id).expires_at)

    with clock.source(lambda: late):
        reply = decide("stf_2", "unit_a", approval_id)
        assert code(reply) == (409, "approval_ended")
        assert state(approval_id)["status"] == "expired"
    assert row(approval_id).status == "submitted"


def test_of_an_approval_and_the_expiry_at_once_one_happens(
    bank: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job has found it due; before it writes, a checker whose clock is a little behind has approved."""
    approval_id = submitted()
    late = clock.parse(row(approval_id).expires_at)
    due = expiry._due

    def due_and_then_approved(now: str) -> list[str]:
        found = due(now)
        with clock.source(lambda: late - timedelta(seconds=1)):
            assert decide("stf_2", "unit_a", approval_id).status == 200
        return found

    monkeypatch.setattr(expiry, "_due", due_and_then_approved)
    with clock.source(lambda: late):
        assert expiry.expire_due() == 0

    assert row(approval_id).status == "approved"


def test_every_decision_is_in_the_audit_trail_with_its_address(bank: Cloud) -> None:
    approval_id = submitted(amount=LARGE)
    decide("stf_2", "unit_a", approval_id, comment="fine")
    decide("stf_head", HEAD_OFFICE, approval_id, "reject", reason="not now")

    found = [
        store.get(audit.AuditEntryRow, each.entry_id)
        for each in audit.AuditEntryRow.by_subject.query(approval_id)
    ]
    recorded = [(one.action, one.actor, one.reason, one.source_ip) for one in found if one]

    assert recorded == [
        ("approvals.submitted", "stf_maker", None, ""),
        ("approvals.approved", "stf_2", "fine", "127.0.0.1"),
        ("approvals.rejected", "stf_head", "not now", "127.0.0.1"),
    ]


def row(approval_id: str) -> ApprovalRow:
    found = store.get(ApprovalRow, approval_id)
    assert found is not None
    return found


def slow_reads(monkeypatch: pytest.MonkeyPatch, between: Any) -> None:
    """Let `between` happen after the next read of an approval and before what is decided on it."""
    read = deciding.find
    done: list[bool] = []

    def find(**asked: Any) -> ApprovalRow:
        found = read(**asked)
        if not done:
            done.append(True)
            assert between().status == 200
        return found

    monkeypatch.setattr(deciding, "find", find)


def test_what_is_decided_leaves_the_inboxes(bank: Cloud) -> None:
    approval_id = submitted()
    assert inbox("stf_2", "unit_a") == [approval_id]

    decide("stf_2", "unit_a", approval_id)

    assert inbox("stf_3", "unit_a") == []


def test_a_checker_is_not_tied_to_another_checker_of_it(bank: Cloud) -> None:
    """Who let the first checker in would be the second, and so both."""
    transaction = store.Transaction()
    ties.tie(transaction, "stf_boss", "stf_puppet")
    transaction.commit()
    approval_id = submitted(amount=LARGE)
    assert decide("stf_puppet", "unit_a", approval_id).status == 200

    assert code(decide("stf_boss", HEAD_OFFICE, approval_id)) == (403, "tied_to_maker")
    assert inbox("stf_boss", HEAD_OFFICE) == []
    assert decide("stf_head", HEAD_OFFICE, approval_id).json["status"] == "approved"


# Delays, and what is stopped after its approval


def used(approval_id: str) -> None:
    transaction = store.Transaction()
    require(
        transaction,
        approval_id=approval_id,
        kind=DELAYED,
        subject_id="acc_1",
        content_digest=ids.digest(CONTENT),
    )
    transaction.commit()


def test_what_is_approved_waits_for_its_delay_and_then_is_good_for_its_time(bank: Cloud) -> None:
    approval_id = submitted(kind=DELAYED)
    granted = decide("stf_checker", "unit_a", approval_id).json

    assert granted["usable_from"] is not None
    with pytest.raises(NotApproved, match="from"):
        used(approval_id)
    later = clock.parse(granted["usable_from"])
    with clock.source(lambda: later):
        used(approval_id)


def test_what_is_approved_and_not_used_is_stopped_by_whoever_may_check_it(bank: Cloud) -> None:
    approval_id = submitted(kind=DELAYED)
    decide("stf_checker", "unit_a", approval_id)

    assert code(decide("stf_maker", "unit_a", approval_id, "reject", reason="no")) == (
        403,
        "maker_is_checker",
    )
    stopped = decide("stf_checker", "unit_a", approval_id, "reject", reason="the owner did not ask for it")

    assert (stopped.status, stopped.json["status"]) == (200, "rejected")
    with (
        clock.source(lambda: clock.parse(stopped.json["expires_at"]) - timedelta(hours=1)),
        pytest.raises(NotApproved, match="rejected"),
    ):
        used(approval_id)


def test_what_was_used_is_not_stopped_any_more(bank: Cloud) -> None:
    approval_id = submitted(kind=DELAYED)
    later = clock.parse(decide("stf_checker", "unit_a", approval_id).json["usable_from"])
    with clock.source(lambda: later):
        used(approval_id)

        refused = decide("stf_checker", "unit_a", approval_id, "reject", reason="too late")
    assert code(refused) == (409, "approval_ended")


@pytest.mark.parametrize("shown", [{"asked": {"operation": "harmless"}}, {}])
def test_a_checker_who_is_shown_something_else_or_nothing_approves_nothing(
    bank: Cloud, shown: dict[str, Any]
) -> None:
    """An insider with the table rewrites what the checker of a proposal reads."""
    approval_id, asked = submitted(), {"operation": "POST /staff", "body": {"unit_id": "unit_a"}}
    request = [
        ApprovalRow.subject_id.set("POST /staff"),
        ApprovalRow.content_digest.set(ids.digest({"asked": asked})),
    ]
    ApprovalRow.get(approval_id).update(actions=[*request, ApprovalRow.summary.set(shown)])

    assert code(decide("stf_checker", "unit_a", approval_id)) == (409, "content_changed")

    ApprovalRow.get(approval_id).update(actions=[ApprovalRow.summary.set({"asked": asked})])
    assert decide("stf_checker", "unit_a", approval_id).status == 200
