"""Acts that take two persons: the first proposes, others approve exactly that, and it is done once."""

from typing import Any

import pytest
from pydantic import Field, SecretStr

from bank import store
from bank.access import acts
from bank.control import audit, gate
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
    harmless: bool = False

    @property
    def takes_approval(self) -> bool:
        """All but what says that it is harmless."""
        return not self.harmless


def jobs(*, channels: bool = False, twice: bool = False) -> Api:
    """A room where an order makes a job."""
    app = Api("jobs")

    @app.post(
        "/jobs", act=acts.approved(acts.DOOR, channels=channels), scope="staff:write", status=201, body=Order
    )
    def make_job(call: Call, body: Order) -> dict[str, Any]:
        if twice:
            gate.twice()
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
