"""Acts that take two persons: the first proposes, others approve exactly that, and it is done once."""

import functools
import hmac
from typing import Any

import pytest
from pydantic import Field, SecretStr
from pynamodb.attributes import UnicodeAttribute

from approvals.app import app as approvals_app
from approvals.service import expiry
from bank import clock, mac, store
from bank.access import acts
from bank.control import audit, gate, stake
from bank.control.approval import waiting
from bank.control.approval.tables import ApprovalRow
from bank.control.audit import AuditEntryRow
from bank.errors import Conflict
from bank.http import Amount, Answer, Api, Body, Call
from tests.support import http
from tests.support.streams import Cloud
from tests.unit.bank.models import Job

MAKER, OTHER = http.staff(staff_id="stf_maker"), http.staff(staff_id="stf_other")
CHANNEL = {"kind": "channel", "client_id": "cli_shop", "subject": "cli_shop", "bank_wide": "false"}


class Order(Body):
    """What somebody would like to have done."""

    job_id: str = "job_1"
    amount: Amount = 5
    currency: str = "CNY"
    harmless: bool = False
    phone: str = Field(default="", repr=False)

    @property
    def takes_approval(self) -> bool:
        """All but what says that it is harmless."""
        return not self.harmless


def jobs(*, channels: bool = False, twice: bool = False, higher: bool = False) -> Api:
    """A room where an order makes a job."""
    app = Api("jobs")

    @app.post(
        "/jobs", act=acts.approved(acts.DOOR, channels=channels), scope="staff:write", status=201, body=Order
    )
    def make_job(call: Call, body: Order) -> dict[str, Any]:
        if twice:
            gate.twice()
        if higher:
            gate.in_head_office()
        transaction = store.Transaction()
        transaction.create(Job(movement_id=body.job_id), lambda _: Conflict("it is there"))
        audit.record(
            transaction,
            actor=audit.actor(call),
            action="jobs.made",
            subject_id=body.job_id,
            ownership=audit.Ownership(unit_id="unit_hz"),
            before=None,
            after={"status": "made"},
        )
        transaction.commit()
        return {"job_id": body.job_id}

    return app


APP = jobs()


def ask(body: dict[str, Any] | None = None, app: Api = APP, **options: Any) -> http.Reply:
    options.setdefault("principal", MAKER)
    return http.call(app, "POST", "/jobs", body or {}, approve=False, **options)


def done(approval_id: str, body: dict[str, Any] | None = None, app: Api = APP, **options: Any) -> http.Reply:
    return ask(body, app, headers={"approval-id": approval_id}, **options)


def made() -> list[str]:
    return [row.movement_id for row in Job.scan()]


def code(reply: http.Reply) -> tuple[int, str]:
    return reply.status, reply.json["code"]


def test_the_first_request_changes_nothing_but_asks_for_its_approval(cloud: Cloud) -> None:
    proposed = ask({"amount": 7})

    assert proposed.status == 202
    assert made() == []
    row = ApprovalRow.get(proposed.json["approval_id"])
    assert (row.kind, row.subject_id, row.maker) == ("jobs.make_job", "POST /jobs", "stf_maker")
    assert (row.unit_id, int(row.amount or 0)) == ("unit_hz", 7)
    assert row.summary["asked"]["body"] == {"amount": 7}
    assert row.summary["after"] == {"status": "made"}
    assert [entry.action for entry in AuditEntryRow.scan()] == ["approvals.submitted"]


def test_once_approved_the_same_request_does_it_and_only_once(cloud: Cloud) -> None:
    approval_id = http.approved(ask().json)
    assert done(approval_id).status == 201

    assert made() == ["job_1"]
    Job("job_1").delete()
    assert code(done(approval_id)) == (409, "not_approved")
    assert made() == []


def test_what_nobody_has_approved_yet_is_not_done(cloud: Cloud) -> None:
    proposed = ask()

    assert code(done(proposed.json["approval_id"])) == (409, "not_approved")
    assert made() == []


@pytest.mark.parametrize("approval_id", ["apr_never", "x" * 65, "a b"])
def test_an_approval_that_is_none_opens_nothing(cloud: Cloud, approval_id: str) -> None:
    assert code(done(approval_id)) == (409, "not_approved")


def test_nothing_else_is_done_by_it(cloud: Cloud) -> None:
    approval_id = http.approved(ask({"amount": 7}).json)

    assert code(done(approval_id, {"amount": 8})) == (409, "content_changed")
    assert made() == []


def test_nobody_else_uses_it(cloud: Cloud) -> None:
    approval_id = http.approved(ask().json)

    assert code(done(approval_id, principal=OTHER)) == (409, "not_approved")
    assert made() == []


def test_what_would_be_refused_is_not_even_proposed(cloud: Cloud) -> None:
    app = Api("jobs")

    @app.post("/jobs", act=acts.approved(acts.DOOR), scope="staff:write", status=201, body=Order)
    def make_job(call: Call, body: Order) -> dict[str, Any]:
        raise Conflict("not now")

    assert ask(app=app).status == 409
    assert list(ApprovalRow.scan()) == []


def test_a_proposal_sent_again_with_its_key_is_the_same_proposal(cloud: Cloud) -> None:
    first, again = ask(key="k1"), ask(key="k1")

    assert (again.status, again.json) == (202, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert code(ask({"amount": 9}, key="k1")) == (422, "idempotency_key_reused")
    assert len(list(ApprovalRow.scan())) == 1


def test_a_privileged_act_is_approved_by_two_others(cloud: Cloud) -> None:
    app = jobs(twice=True)
    proposed = ask(app=app)

    assert proposed.json["kind"] == "jobs.make_job.twice"
    assert proposed.json["levels"] == ["branch", "head_office"]
    assert done(http.approved(proposed.json), app=app).status == 201
    # Who approved the act while it was not privileged has not approved it.
    assert code(done(http.approved(ask({"job_id": "job_2"}).json), {"job_id": "job_2"}, app)) == (
        409,
        "not_approved",
    )


def test_what_a_branch_could_not_undo_is_approved_in_the_head_office(cloud: Cloud) -> None:
    app = jobs(higher=True)
    proposed = ask(app=app)

    assert (proposed.json["kind"], proposed.json["levels"]) == ("jobs.make_job.head_office", ["head_office"])
    assert done(http.approved(proposed.json), app=app).status == 201
    assert code(done(http.approved(ask({"job_id": "job_2"}).json), {"job_id": "job_2"}, app)) == (
        409,
        "not_approved",
    )


def test_a_system_needs_an_approval_only_where_the_act_says_so(cloud: Cloud) -> None:
    assert ask(principal=CHANNEL).status == 201

    proposed = ask({"job_id": "job_2"}, jobs(channels=True), principal=CHANNEL)
    assert proposed.status == 202
    assert ApprovalRow.get(proposed.json["approval_id"]).maker == "cli_shop"
    approval_id = http.approved(proposed.json)
    assert done(approval_id, {"job_id": "job_2"}, jobs(channels=True), principal=CHANNEL).status == 201


def test_what_a_body_calls_harmless_is_done_at_once(cloud: Cloud) -> None:
    assert ask({"harmless": True}).status == 201


def test_what_checkers_read_is_what_they_approve(cloud: Cloud) -> None:
    """An insider with the table shows the checker something else: its digest is another."""
    row = ApprovalRow.get(ask({"amount": 7}).json["approval_id"])
    assert gate.intact(row)

    row.summary = {**row.summary, "asked": {**row.summary["asked"], "body": {"amount": 1}}}
    assert not gate.intact(row)


@pytest.mark.parametrize("shown", ["before", "after"])
def test_what_the_act_would_change_is_under_the_digest_too(cloud: Cloud, shown: str) -> None:
    row = ApprovalRow.get(ask().json["approval_id"])

    row.summary = {**row.summary, shown: {"status": "harmless"}}
    assert not gate.intact(row)


def test_a_digest_of_what_is_hidden_is_not_to_be_found_by_trying(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A phone of eleven digits of which four are shown: seven are tried at once, were the digest plain."""
    asked = []
    for key in (b"one", b"another"):
        keyed = functools.partial(hmac.digest, key, digest="sha256")
        monkeypatch.setattr(mac, "made", lambda message, keyed=keyed: keyed(message.encode()))
        proposal = ask({"phone": "+8613800138001"}).json
        asked.append(ApprovalRow.get(proposal["approval_id"]).summary["asked"])

    assert asked[0]["body"] == {"phone": "****8001"}
    assert asked[0]["body_digest"] != asked[1]["body_digest"]


def test_secrets_are_not_shown_and_long_numbers_not_whole() -> None:
    class Account(Body):
        """An account elsewhere."""

        number: str = Field(repr=False)
        holder: str

    class Change(Body):
        """A change of it."""

        account: Account
        password: SecretStr
        note: str | None = None

    change = Change(account=Account(number="6222021234567890123", holder="N N"), password=SecretStr("sesame"))

    assert gate.shown(change) == {
        "account": {"number": "****0123", "holder": "N N"},
        "password": "****",
    }


def test_all_transactions_of_an_act_may_use_its_approval_and_no_other_request(cloud: Cloud) -> None:
    app = Api("jobs")

    @app.post("/jobs", act=acts.approved(acts.DOOR), scope="staff:write", status=201, body=Order)
    def make_jobs(call: Call, body: Order) -> dict[str, Any]:
        for number in (1, 2):
            transaction = store.Transaction()
            transaction.create(Job(movement_id=f"{body.job_id}_{number}"))
            transaction.commit()
        return {}

    approval_id = http.approved(ask(app=app).json)
    assert done(approval_id, app=app).status == 201
    assert sorted(made()) == ["job_1_1", "job_1_2"]
    for row in Job.scan():
        row.delete()
    assert code(done(approval_id, app=app)) == (409, "not_approved")


def test_an_act_that_turns_out_to_write_nothing_needs_nobody(cloud: Cloud) -> None:
    app = Api("jobs")
    act = acts.approved(acts.DOOR._replace(trace=acts.Trace.RECORD))

    @app.post("/jobs", act=act, scope="staff:write", status=201, body=Order)
    def make_job(call: Call, body: Order) -> Answer:
        return Answer({"job_id": "before"}, replayed=True)

    assert ask(app=app).status == 201


class Door(store.Table):
    """A record that somebody shuts and opens."""

    class Meta:
        table_name = store.table_name("movements")

    movement_id = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute()


class Release(Body):
    """A wish to let somebody go on."""

    reason: str = "all is well"


def doors(**changed: Any) -> Api:
    """A room where somebody has been stopped, and is let go on with another's approval."""
    app = Api("doors")

    @app.post("/doors/{door_id}/opening", act=acts.approved(acts.GUARD), scope="staff:write", body=Release)
    def open_door(call: Call, door_id: str, body: Release) -> dict[str, Any]:
        row = Door.get(door_id)
        if row.status == "open":
            raise Conflict("it is open")
        transaction = store.Transaction()
        transaction.update((Door, door_id), [Door.status.set("open")], Door.status == row.status, store.stale)
        audit.record(
            transaction,
            actor=audit.actor(call),
            action="doors.opened",
            subject_id=door_id,
            ownership=audit.Ownership(),
            before={"status": row.status, **changed},
            after={"status": "open"},
        )
        transaction.commit()
        return {"door_id": door_id}

    return app


def shut(status: str = "shut") -> None:
    Door(movement_id="door_1", status=status).save()


def opening(reason: str = "all is well", **options: Any) -> http.Reply:
    path, body = "/doors/door_1/opening", {"reason": reason}
    return http.call(doors(), "POST", path, body, approve=False, principal=MAKER, **options)


def opened(approval_id: str, reason: str = "all is well") -> http.Reply:
    return opening(reason, headers={"approval-id": approval_id})


def test_a_spare_approval_does_not_undo_what_was_done_since(cloud: Cloud) -> None:
    """Two are approved side by side; one is used, somebody shuts it anew, and the maker has one left."""
    shut()
    first, spare = (http.approved(opening(why).json) for why in ("one", "two"))

    assert opened(first, "one").status == 200
    shut()
    assert code(opened(spare, "two")) == (409, "content_changed")
    assert Door.get("door_1").status == "shut"
    anew = http.approved(opening("three").json)
    assert opened(anew, "three").status == 200


def test_of_two_used_at_once_one_counts(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    shut()
    first, spare = (http.approved(opening(why).json) for why in ("one", "two"))
    commit, raced = store.Transaction.commit, list[int]()

    def beaten(self: store.Transaction, **options: Any) -> None:
        if not raced:
            raced.append(1)
            raced.append(opened(first, "one").status)
            shut()
        commit(self, **options)

    monkeypatch.setattr(store.Transaction, "commit", beaten)

    assert code(opened(spare, "two")) == (409, "content_changed")
    assert raced == [1, 200]
    assert Door.get("door_1").status == "shut"


def test_what_has_changed_since_it_was_shown_is_shown_again(cloud: Cloud) -> None:
    shut()
    approval_id = http.approved(opening().json)
    assert ApprovalRow.get(approval_id).summary["before"] == {"status": "shut"}

    shut("shut by the court")
    assert code(opened(approval_id)) == (409, "content_changed")
    assert Door.get("door_1").status == "shut by the court"


def test_an_approval_that_was_used_says_so_whatever_was_done_since(cloud: Cloud) -> None:
    shut()
    approval_id = http.approved(opening().json)
    assert opened(approval_id).status == 200

    shut("shut anew")
    again = opened(approval_id)
    assert code(again) == (409, "not_approved")
    assert "used already" in again.json["detail"]


def test_a_maker_floods_nobody(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST", 2)
    first, second = (ask({"job_id": name}).json for name in ("a", "b"))

    assert code(ask({"job_id": "c"})) == (409, "too_many_wait")
    assert ask({"job_id": "c"}, principal=OTHER).status == 202
    # One that is decided makes place for one, and once.
    http.approved(first)
    assert done(first["approval_id"], {"job_id": "a"}).status == 201
    assert ask({"job_id": "c"}).status == 202
    assert code(ask({"job_id": "d"})) == (409, "too_many_wait")
    # One that is stopped after it was approved made its place then, and makes none now.
    http.approved(second)
    stopped = {"reason": "not now"}
    stop, checker = f"/approvals/{second['approval_id']}/reject", http.staff(staff_id="stf_4")
    assert http.call(approvals_app, "POST", stop, stopped, principal=checker).status == 200
    assert ask({"job_id": "d"}).status == 202
    assert code(ask({"job_id": "e"})) == (409, "too_many_wait")


def test_what_nobody_decided_makes_place_too(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST", 1)
    proposal = ask({"job_id": "a"}).json
    late = clock.parse(ApprovalRow.get(proposal["approval_id"]).expires_at)

    with clock.source(lambda: late):
        assert expiry.expire_due() == 1
        assert ask({"job_id": "b"}).status == 202
        assert code(ask({"job_id": "c"})) == (409, "too_many_wait")


def test_money_that_a_body_does_not_tell_is_told_by_who_has_read_the_record(cloud: Cloud) -> None:
    app = Api("jobs")

    @app.post("/jobs", act=acts.approved(acts.DOOR), scope="staff:write", status=201, body=Order)
    def make_job(call: Call, body: Order) -> dict[str, Any]:
        stake.about(9_000_000, body.currency)
        store.Transaction().commit()
        return {}

    at_home, abroad = (ask({"currency": currency}, app).json for currency in ("CNY", "USD"))

    assert at_home["levels"] == abroad["levels"] == ["branch", "head_office"]
    assert int(ApprovalRow.get(at_home["approval_id"]).amount or 0) == 9_000_000
    # Of a currency that nobody says, all levels check, however little it is.
    assert ask({"currency": ""}).json["levels"] == ["branch", "head_office"]
    assert ask().json["levels"] == ["branch"]
