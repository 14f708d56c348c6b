"""Nothing is done unseen: every transaction of an act carries an entry; an act without one gets its own."""

from collections.abc import Callable
from typing import Any

import pytest

from bank import store
from bank.access import acts
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.control import audit, trail
from bank.control.audit import AuditEntryRow
from bank.http import Answer, Api, Call
from bank.http.api import Act
from tests.support import http
from tests.support.streams import Cloud
from tests.unit.bank.models import Job


def created(job_id: str) -> None:
    transaction = store.Transaction()
    transaction.create(Job(movement_id=job_id))
    transaction.commit()


def told(call: Call) -> None:
    transaction = store.Transaction()
    transaction.create(Job(movement_id="job_1"))
    audit.record(
        transaction,
        actor=audit.actor(call),
        action="jobs.made",
        subject_id="job_1",
        ownership=audit.Ownership(unit_id="unit_a"),
        reason="a letter",
    )
    transaction.commit()


def asked(view: Callable[[Call], Any], act: Act = acts.DOOR, **options: Any) -> http.Reply:
    """A request to an operation that does this."""
    app = Api("jobs")

    @app.post("/jobs", act=act, scope="staff:write")
    def make_job(call: Call) -> Any:
        return view(call) or {}

    return http.call(app, "POST", "/jobs", **options)


def entries() -> list[AuditEntryRow]:
    return sorted(AuditEntryRow.scan(), key=lambda entry: entry.entry_id)


def test_a_transaction_that_says_nothing_of_its_own_has_an_entry_of_who_did_what_to_what(
    cloud: Cloud,
) -> None:
    assert asked(lambda _: created("job_1"), principal=http.staff()).status == 200

    (entry,) = entries()
    assert (entry.actor, entry.actor_kind, entry.action) == ("stf_test", "staff", "jobs.make_job")
    assert (entry.subject_id, entry.unit_id, entry.source_ip) == ("job_1", HEAD_OFFICE, "127.0.0.1")


def test_an_entry_that_was_written_unheard_is_there_once(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written_unheard(transaction: store.Transaction) -> None:
        commit(transaction)
        raise store.AlreadyExists

    commit = store.Transaction.commit
    monkeypatch.setattr(store.Transaction, "commit", written_unheard)

    assert asked(lambda _: None).status == 200
    assert [entry.action for entry in entries()] == ["jobs.make_job"]


def test_each_transaction_has_its_own(cloud: Cloud) -> None:
    def both(_: Call) -> None:
        created("job_1")
        created("job_2")

    asked(both)

    assert [entry.subject_id for entry in entries()] == ["job_1", "job_2"]


def test_what_the_room_records_itself_counts(cloud: Cloud) -> None:
    asked(told)

    assert [(entry.action, entry.reason) for entry in entries()] == [("jobs.made", "a letter")]


def test_what_the_bank_itself_did_besides_does_not_hide_who_asked(cloud: Cloud) -> None:
    def confirmed(_: Call) -> None:
        transaction = store.Transaction()
        transaction.create(Job(movement_id="job_1"))
        bank = audit.system("a-job")
        audit.record(
            transaction, actor=bank, action="jobs.confirmed", subject_id="job_1", ownership=Ownership()
        )
        transaction.commit()

    asked(confirmed, principal=http.staff())

    assert {(entry.actor, entry.action) for entry in entries()} == {
        ("a-job", "jobs.confirmed"),
        ("stf_test", "jobs.make_job"),
    }


def test_where_the_transaction_is_refused_there_is_neither(cloud: Cloud) -> None:
    created("job_1")

    assert asked(lambda _: created("job_1")).status == 500

    assert entries() == []


def test_a_look_up_that_writes_nothing_has_an_entry_alone(cloud: Cloud) -> None:
    asked(lambda _: None, principal=http.customer("cus_1"))

    (entry,) = entries()
    assert (entry.actor, entry.customer_id, entry.subject_id) == ("cus_1", "cus_1", "cus_1")


def test_a_replay_is_the_same_act(cloud: Cloud) -> None:
    asked(lambda _: Answer({}, replayed=True))

    assert entries() == []


def test_whom_an_act_is_about_the_room_says_once_it_knows(cloud: Cloud) -> None:
    def at_the_door(_: Call) -> None:
        trail.about(trail.nobody("138****8000"))
        created("guessing#cli_shop#4f1a")
        trail.about("cus_1", Ownership("cli_shop", "unit_a", "cus_1"))
        created("code#login##cli_shop#4f1a")

    asked(at_the_door)
    asked(lambda _: created("job_1"))

    told = [(entry.subject_id, entry.customer_id, entry.unit_id) for entry in entries()]
    assert told == [
        ("nobody#138****8000", "", HEAD_OFFICE),
        ("cus_1", "cus_1", "unit_a"),
        ("job_1", "", HEAD_OFFICE),
    ]


def test_outside_of_a_request_the_job_acts(cloud: Cloud) -> None:
    seen: list[audit.Actor] = []
    asked(lambda _: seen.append(trail.actor("a-job")), principal=http.staff())

    seen.append(trail.actor("a-job"))
    trail.about("cus_1")

    assert [(actor.subject, actor.kind) for actor in seen] == [("stf_test", "staff"), ("a-job", "system")]


def test_what_a_room_records_itself_is_there_where_the_act_has_no_trace_of_its_own(cloud: Cloud) -> None:
    asked(told, acts.DOOR._replace(trace=acts.Trace.NONE, why="a reason"))

    assert [entry.action for entry in entries()] == ["jobs.made"]


@pytest.mark.parametrize("trace", [acts.Trace.RECORD, acts.Trace.NONE])
def test_an_act_whose_record_tells_of_it_writes_nothing_besides(cloud: Cloud, trace: acts.Trace) -> None:
    asked(lambda _: created("job_1"), acts.DOOR._replace(trace=trace))

    assert entries() == []


def test_after_the_request_transactions_are_nobodys_act(cloud: Cloud) -> None:
    asked(lambda _: created("job_1"))

    created("job_2")

    assert len(entries()) == 1
