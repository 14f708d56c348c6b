"""Rule sets: only what was approved, unchanged, judges."""

import pytest

from bank import store
from bank.control.approval.tables import ApprovalRow
from bank.control.audit import AuditEntryRow
from bank.events import images
from bank.risk.tables import ContentRow, LiveRow, content_key, live_key
from risk import events
from tests.support import http
from tests.support.approvals import approve
from tests.support.streams import Cloud
from tests.unit.risk import given


def pointer() -> LiveRow | None:
    return store.get(LiveRow, live_key("payment"))


def test_a_draft_is_kept_with_its_content_and_judges_nothing() -> None:
    rule_set_id = given.draft()

    answer = given.call("GET", f"/risk/rule-sets/{rule_set_id}").json

    assert answer["status"] == "draft"
    assert answer["content"] == given.model()
    assert answer["caps"] == {"1h": {"count": 20, "sum": None}}
    assert (answer["live"], answer["shadowed"]) == (False, False)
    assert pointer() is None


@pytest.mark.parametrize(
    "content",
    [
        {"nodes": []},
        {"edges": []},
        given.model() | {"edges": [{"id": "e", "type": "edge", "sourceId": "in", "targetId": "gone"}]},
        given.model(outcome='a" b "c'),
        given.model(outcome="forbid"),
    ],
)
def test_a_model_that_cannot_be_taken_is_refused(content: dict[str, object]) -> None:
    reply = given.call("POST", "/risk/rule-sets", given.body(content))

    assert reply.status == 422
    assert reply.json["errors"][0]["field"] == "content"


def test_a_fact_that_there_is_not_is_named() -> None:
    content = given.model()
    content["nodes"][1]["content"]["rules"][0]["if"] = "customer.ration > 300"

    reply = given.call("POST", "/risk/rule-sets", given.body(content))

    assert reply.status == 422
    assert "customer.ration" in reply.json["errors"][0]["message"]


def test_the_same_key_drafts_once() -> None:
    first = given.call("POST", "/risk/rule-sets", given.body(), key="k1")
    again = given.call("POST", "/risk/rule-sets", given.body(), key="k1")
    other = given.call("POST", "/risk/rule-sets", given.body(note="another"), key="k1")

    assert first.json["rule_set_id"] == again.json["rule_set_id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


def test_an_approved_version_goes_live_with_its_posture() -> None:
    rule_set_id = given.live(posture="review")

    row = pointer()

    assert row is not None
    assert (row.version, row.posture) == (rule_set_id, "review")
    assert given.call("GET", "/risk/live").json["items"][0] == {
        "product": "payment",
        "live": rule_set_id,
        "shadows": [],
    }
    assert given.call("GET", f"/risk/rule-sets/{rule_set_id}").json["status"] == "activated"


def test_what_is_not_approved_does_not_go_live() -> None:
    rule_set_id = given.draft()

    reply = given.activate(rule_set_id, given.submitted(rule_set_id))

    assert (reply.status, reply.json["code"]) == (409, "not_approved")
    assert pointer() is None


def test_the_approval_of_one_version_activates_no_other() -> None:
    approval_id = given.submitted(given.draft())
    approve(approval_id)

    reply = given.activate(given.draft(given.model(20_000)), approval_id)

    assert (reply.status, reply.json["code"]) == (409, "not_approved")


def test_content_that_was_changed_after_its_submission_does_not_go_live() -> None:
    """Invariant 17: what is compared is the stored content as it is when it is to go live."""
    rule_set_id = given.draft()
    approval_id = given.submitted(rule_set_id)
    approve(approval_id)
    changed = given.model(99_999_999)
    ContentRow(content_key(rule_set_id)).update([ContentRow.content.set(changed)])

    reply = given.activate(rule_set_id, approval_id)

    assert (reply.status, reply.json["code"]) == (409, "content_changed")
    assert pointer() is None


def test_an_approval_activates_once() -> None:
    first = given.draft()
    approval_id = given.submitted(first)
    approve(approval_id)
    assert given.activate(first, approval_id).status == 200
    given.live(given.model(20_000))

    reply = given.activate(first, approval_id)

    assert (reply.status, reply.json["code"]) == (409, "not_approved")


def test_a_version_that_was_live_comes_back_by_a_rollback_with_its_posture() -> None:
    first = given.live(posture="review")
    given.live(given.model(20_000), posture="decline")

    reply = given.call("POST", f"/risk/rule-sets/{first}/rollback", {"reason": "too many challenges"})

    row = pointer()
    assert reply.status == 200
    assert row is not None
    assert (row.version, row.posture) == (first, "review")
    assert reply.json["history"][-1]["what"] == "rolled_back"
    assert reply.json["history"][-1]["reason"] == "too many challenges"


def test_there_is_no_rollback_to_what_was_never_approved() -> None:
    given.live()
    drafted = given.draft(given.model(20_000))

    reply = given.call("POST", f"/risk/rule-sets/{drafted}/rollback", {"reason": "hurry"})

    assert (reply.status, reply.json["code"]) == (409, "rule_set_status")


def test_a_rollback_to_altered_content_is_refused() -> None:
    first = given.live()
    second = given.live(given.model(20_000))
    ContentRow(content_key(first)).update([ContentRow.content.set(given.model(1))])

    reply = given.call("POST", f"/risk/rule-sets/{first}/rollback", {"reason": "hurry"})

    row = pointer()
    assert (reply.status, reply.json["code"]) == (409, "content_changed")
    assert row is not None
    assert row.version == second


def test_a_draft_runs_in_the_shadow_without_an_approval_and_stops() -> None:
    rule_set_id = given.draft()

    started = given.call("POST", f"/risk/rule-sets/{rule_set_id}/shadowing", {"on": True})
    row = pointer()
    assert started.json["shadowed"] is True
    assert row is not None
    assert (row.version, row.shadows) == (None, [rule_set_id])

    stopped = given.call("POST", f"/risk/rule-sets/{rule_set_id}/shadowing", {"on": False})
    assert stopped.json["shadowed"] is False


def test_a_shadow_that_goes_live_is_no_shadow_any_more() -> None:
    rule_set_id = given.draft()
    given.call("POST", f"/risk/rule-sets/{rule_set_id}/shadowing", {"on": True})
    approval_id = given.submitted(rule_set_id)
    approve(approval_id)

    answer = given.activate(rule_set_id, approval_id).json

    assert (answer["live"], answer["shadowed"]) == (True, False)


def test_no_more_than_three_shadows_run() -> None:
    drafts = [given.draft(given.model(amount)) for amount in (1, 2, 3, 4)]

    replies = [given.call("POST", f"/risk/rule-sets/{each}/shadowing", {"on": True}) for each in drafts]

    assert [reply.status for reply in replies] == [200, 200, 200, 409]


@pytest.mark.parametrize(
    ("principal", "code"),
    [(given.BRANCH, "head_office_only"), (http.CHANNEL, "caller_kind"), ({}, "caller_kind")],
    ids=["branch", "channel", "system of the bank"],
)
def test_only_people_of_the_head_office_change_rule_sets(principal: dict[str, str], code: str) -> None:
    rule_set_id = given.draft()
    path = f"/risk/rule-sets/{rule_set_id}"

    replies = [
        given.call("POST", "/risk/rule-sets", given.body(), principal=principal),
        given.call("POST", f"{path}/submission", principal=principal),
        given.call("POST", f"{path}/activation", {"approval_id": "apr_1"}, principal=principal),
        given.call("POST", f"{path}/rollback", {"reason": "hurry"}, principal=principal),
        given.call("POST", f"{path}/shadowing", {"on": True}, principal=principal),
    ]

    assert [(reply.status, reply.json["code"]) for reply in replies] == [(403, code)] * 5
    assert given.call("GET", path, principal=given.BRANCH).status == 200


def test_what_fraud_is_found_by_is_no_channels_to_read() -> None:
    """Live rules tell how to stay below them. Staff of a branch and the bank's own systems read them."""
    rule_set_id = given.live()
    paths = ("/risk/live", "/risk/rule-sets", f"/risk/rule-sets/{rule_set_id}")

    for path in paths:
        refused = given.call("GET", path, principal=http.CHANNEL)
        assert (refused.status, refused.json["code"]) == (403, "bank_only")
        assert given.call("GET", path, principal=http.customer("cus_1")).json["code"] == "caller_kind"
        assert given.call("GET", path, principal=given.BRANCH).status == 200
        assert given.call("GET", path, principal={"bank_wide": "true"}).status == 200


def test_each_step_leaves_an_audit_entry_and_going_live_is_published(cloud: Cloud) -> None:
    rule_set_id = given.live()

    entries = [
        store.get(AuditEntryRow, key.entry_id)
        for key in AuditEntryRow.by_subject.query(rule_set_id)  # type: ignore[no-untyped-call]
    ]

    actions = {entry.action for entry in entries if entry}
    assert actions == {f"risk.rule_set_{what}" for what in ("drafted", "submitted", "activated")}
    published_events = [
        event for record in cloud.records("risk-desk") for event in events.of_change(*images(record))
    ]
    assert [(type(event), event.subject) for event in published_events] == [
        (events.RuleSetActivated, rule_set_id)
    ]


def test_what_is_submitted_is_the_digest_of_all_that_decides() -> None:
    rule_set_id = given.draft()
    approval_id = given.submitted(rule_set_id)
    row = store.get(ApprovalRow, approval_id)

    digest = given.call("GET", f"/risk/rule-sets/{rule_set_id}").json["digest"]
    others = {
        given.call("GET", f"/risk/rule-sets/{given.draft(**changed)}").json["digest"]
        for changed in _changes()
    }

    assert row is not None
    assert row.content_digest == digest
    assert digest not in others
    assert len(others) == len(_changes())


def _changes() -> list[dict[str, object]]:
    return [
        {"content": given.model(10_001)},
        {"caps": {"1h": {"count": 21}}},
        {"posture": "decline"},
        {"product": "transfer"},
    ]


def test_rule_sets_are_listed_by_product_page_by_page() -> None:
    drafts = {given.draft(given.model(amount)) for amount in (1, 2, 3)}
    given.draft(product="transfer")

    first = given.call("GET", "/risk/rule-sets", query={"product": "payment", "limit": "2"}).json
    rest = given.call(
        "GET", "/risk/rule-sets", query={"product": "payment", "limit": "2", "cursor": first["next_cursor"]}
    ).json

    assert {item["rule_set_id"] for item in first["items"] + rest["items"]} == drafts
    assert rest["next_cursor"] is None


def test_an_unknown_rule_set_is_not_found() -> None:
    assert given.call("GET", "/risk/rule-sets/rls_none").status == 404


def test_a_submission_decides_again_on_what_has_changed_since_it_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule_set_id = given.draft()
    commit, left = store.Transaction.commit, [1]

    def overtaken(transaction: store.Transaction) -> None:
        if left:
            left.pop()
            given.call("POST", f"/risk/rule-sets/{rule_set_id}/shadowing", {"on": True})
        commit(transaction)

    monkeypatch.setattr(store.Transaction, "commit", overtaken)

    given.submitted(rule_set_id)

    answer = given.call("GET", f"/risk/rule-sets/{rule_set_id}").json
    assert [entry["what"] for entry in answer["history"]] == ["drafted", "shadowed", "submitted"]
