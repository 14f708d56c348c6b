"""An entry of the audit trail is there exactly when the change that it tells of is."""

from datetime import UTC, datetime

import pytest

from bank import clock, ids, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Kind, Ownership, Principal
from bank.control import audit
from bank.http import Call
from tests.support import http
from tests.support.streams import Cloud
from tests.unit.bank.control.workshop import app
from tests.unit.bank.models import Job

CLERK = audit.Actor(
    subject="stf_1", kind="staff", unit="unit_a", session="ses_1", source_ip="192.0.2.7", request_id="req_1"
)
OF_A = Ownership("cli_app", "unit_a", "cus_1")


def act(job_id: str = "job_1", **details: object) -> str:
    """Make a record and its entry in one transaction."""
    transaction = store.Transaction()
    transaction.create(Job(movement_id=job_id))
    entry_id = audit.record(
        transaction, actor=CLERK, action="jobs.made", subject_id=job_id, ownership=OF_A, **details
    )
    transaction.commit()
    return entry_id


def test_an_entry_says_who_what_when_from_where_before_after_and_why(cloud: Cloud) -> None:
    moment = datetime(2026, 1, 15, 17, 0, tzinfo=UTC)
    with clock.source(lambda: moment):
        entry_id = act(before={"left": 2}, after={"left": 1}, reason="a letter of 12 January")

    entry = store.get(audit.AuditEntryRow, entry_id)

    assert entry is not None
    assert (entry.actor, entry.actor_kind, entry.actor_unit) == ("stf_1", "staff", "unit_a")
    assert (entry.session, entry.source_ip, entry.request_id) == ("ses_1", "192.0.2.7", "req_1")
    assert (entry.action, entry.subject_id, entry.at) == ("jobs.made", "job_1", clock.instant(moment))
    assert (entry.before, entry.after, entry.reason) == ({"left": 2}, {"left": 1}, "a letter of 12 January")
    assert entry.ownership == OF_A


def test_where_the_change_is_refused_there_is_no_entry(cloud: Cloud) -> None:
    act("job_1")

    with pytest.raises(store.AlreadyExists):
        act("job_1")

    assert audit.AuditEntryRow.count() == 1


def test_an_entry_is_found_by_its_actor_subject_unit_and_business_day(cloud: Cloud) -> None:
    """Past four in the afternoon, UTC, it is the next day in Shanghai."""
    with clock.source(lambda: datetime(2026, 1, 15, 17, 0, tzinfo=UTC)):
        entry_id = act()

    def found(index: object, shards: list[str]) -> list[str]:
        return [row.entry_id for shard in shards for row in index.query(shard)]  # type: ignore[attr-defined]

    assert found(audit.AuditEntryRow.by_actor, audit.actor_shards("stf_1")) == [entry_id]
    assert found(audit.AuditEntryRow.by_subject, ["job_1"]) == [entry_id]
    assert found(audit.AuditEntryRow.by_unit, audit.unit_shards("unit_a")) == [entry_id]
    assert found(audit.AuditEntryRow.by_day, audit.day_shards("2026-01-16")) == [entry_id]
    assert found(audit.AuditEntryRow.by_day, audit.day_shards("2026-01-15")) == []


def test_no_index_partition_takes_all_that_one_actor_does(cloud: Cloud) -> None:
    entries = [store.get(audit.AuditEntryRow, act(f"job_{number}")) for number in range(40)]

    assert len({entry.actor_shard for entry in entries if entry}) == audit.ACTOR_SHARDS
    assert len({entry.unit_shard for entry in entries if entry}) == audit.UNIT_SHARDS


def test_a_large_change_is_recorded_by_its_digest(cloud: Cloud) -> None:
    large = {"rules": "x" * audit.MAX_CONTENT_BYTES}

    entry = store.get(audit.AuditEntryRow, act(after=large))

    assert entry is not None
    assert entry.after == {"digest": ids.digest(large)}


def test_the_actor_of_a_call_is_its_caller_and_where_it_came_from() -> None:
    principal = Principal("cli_console", frozenset(), Kind.STAFF, "stf_1", unit=HEAD_OFFICE, session="ses_1")
    call = Call(principal, "req_1", "GET /orders/1", {}, "", source_ip="192.0.2.7")

    assert audit.actor(call) == audit.Actor(
        "stf_1", "staff", "cli_console", HEAD_OFFICE, "ses_1", "192.0.2.7", "req_1"
    )


def test_a_job_acts_in_the_bank_s_own_name() -> None:
    assert audit.system("approvals.expiry") == audit.Actor("approvals.expiry", "system")


def test_a_call_knows_the_address_that_it_came_from() -> None:
    reply = http.call(app, "GET", "/origin", scope="orders:read")

    assert reply.json["got"] == "127.0.0.1"
