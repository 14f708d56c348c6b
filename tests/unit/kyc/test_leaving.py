"""What the room tells, and what it keeps of who has left."""

import base64
import json
from datetime import datetime
from typing import Any

import pytest

from bank import clock, store, vault
from bank.config import config
from bank.control import audit
from bank.control.audit import Actor, AuditEntryRow
from bank.privacy import closures
from kyc import app, cli, tables
from kyc.adapters.providers import Matched
from kyc.domain.facts import Facts
from kyc.service import asking, concluding, customers, exports
from kyc.tables import ByCustomer, CardRow, ProfileRow, UsesRow, VerificationRow
from tests.support import bus, http
from tests.unit.kyc import given
from tests.unit.kyc.given import ANN, BEN, CARA, DORA, ID_NUMBER, ZHANG, Clock

pytestmark = pytest.mark.usefixtures("aws")
CLOSED_AT = "2026-11-22T04:00:00.000000Z"


def leave(customer_id: str, times: int = 1) -> None:
    """The customers room's event, as EventBridge puts it into the queue."""
    published_events = {
        "type": closures.CLOSED,
        "id": f"evt_{customer_id}",
        "time": CLOSED_AT,
        "data": {"customer_id": customer_id, "client_id": "cli_app", "unit_id": "unit_head"},
    }
    record = {
        "messageId": "m1",
        "receiptHandle": "r",
        "body": bus.body(published_events),
        "attributes": {},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:q",
        "awsRegion": "us-east-1",
    }
    for _ in range(times):
        answer = app.on_customer_events({"Records": [record]}, http.context())
        assert answer == {"batchItemFailures": []}


def profile(customer_id: str = ANN) -> ProfileRow:
    row = store.get(ProfileRow, customer_id, tables.PROFILE)
    assert row is not None
    return row


# Events ---------------------------------------------------------------------------------------------------


def test_a_match_is_published_and_so_is_the_level_that_it_gives(
    published_events: list[dict[str, Any]],
) -> None:
    given.customer(unit_id="unit_north")
    given.verify(body=given.all_four())
    app.on_kyc(given.changes(), http.context())
    about = {envelope["type"].split(".")[2]: envelope["data"] for envelope in published_events}
    assert about["LevelChanged"] == {
        "customer_id": ANN,
        "client_id": "cli_app",
        "unit_id": "unit_north",
        "level": 2,
        "before": 0,
        "identity": vault.fingerprint("id_number", given.all_four()["id_number"]),
    }
    level = next(envelope for envelope in published_events if "LevelChanged" in envelope["type"])
    assert level["time"] == profile().verified_at
    completed = about["VerificationCompleted"]
    assert (completed["outcome"], completed["level"]) == ("matched", 2)
    assert completed["channels"] == ["police", "carrier", "bank:ICBC"]
    assert len(published_events) == 2
    place = {"record": completed["verification_id"], "field": "name"}
    assert vault.unseal(base64.b64decode(completed["name_sealed"]), context=place) == given.all_four()["name"]


def test_each_change_of_level_is_published_once_and_the_same_again_not(
    published_events: list[dict[str, Any]],
) -> None:
    given.customer()
    for key in "12":
        given.verify(key=key)
    given.verify(key="3", body=given.all_four())
    app.on_kyc(given.changes(), http.context())
    app.on_kyc(given.changes(), http.context())
    levels = {
        envelope["id"]: (envelope["data"]["before"], envelope["data"]["level"])
        for envelope in published_events
        if "LevelChanged" in envelope["type"]
    }
    assert sorted(levels.values()) == [(0, 1), (1, 2)]


def test_an_operator_has_every_level_told_again(
    published_events: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Rooms that did not listen for what it rests on hear it, once, with an entry of who had it told."""
    given.customer()
    given.verify(body=given.all_four())
    app.on_kyc(given.changes(), http.context())
    [told] = [event for event in published_events if "LevelChanged" in event["type"]]
    seen = len(given.changes()["Records"])

    actor = Actor(subject="operator:user:wei.li", kind="operator")
    monkeypatch.setattr(audit, "operator", lambda: actor)
    assert cli.main(["tell-levels"]) == 0

    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"customers": 1}
    app.on_kyc(given.changes(start=seen), http.context())
    again = published_events[-1]
    assert again["id"] != told["id"]
    assert again["data"] == told["data"] | {"before": 2}
    [entry] = [row for row in AuditEntryRow.scan() if row.action == "kyc.levels_told"]
    assert entry.actor == actor.subject


def test_what_is_pending_is_not_published(published_events: list[dict[str, Any]]) -> None:
    given.customer()
    given.verify(body=given.facts(phone="13812340503"))
    app.on_kyc(given.changes(), http.context())
    assert published_events == []


def test_a_mismatch_is_published_without_a_level(published_events: list[dict[str, Any]]) -> None:
    given.customer()
    given.verify(body=given.facts(phone="13812340404"))
    app.on_kyc(given.changes(), http.context())
    assert [(one["data"]["outcome"], one["data"]["mismatched"]) for one in published_events] == [
        ("mismatched", ["phone"])
    ]


# Leaving --------------------------------------------------------------------------------------------------


def test_of_who_has_left_name_and_number_are_kept_ten_years_and_no_more() -> None:
    given.customer()
    token = given.verify(body=given.all_four()).json["card_id"]
    leave(ANN)
    kept = profile()
    assert kept.closed_at == CLOSED_AT
    assert kept.kept_until == "2036-11-22"
    assert int(kept.purge_at) == datetime(2036, 11, 23, tzinfo=clock.SHANGHAI).timestamp()
    assert vault.unseal(kept.name_sealed, context={"record": ANN, "field": "name"}) == ZHANG
    assert kept.phone_sealed is None
    card = store.get(CardRow, ANN, token)
    assert card is not None
    assert card.number_sealed is None
    assert card.purge_at is not None


def test_the_id_number_of_who_has_left_is_free_again_once() -> None:
    for customer_id in (ANN, BEN, CARA):
        given.customer(customer_id)
        given.verify(customer_id)
    leave(ANN, times=3)
    uses = store.get(UsesRow, f"idn_{vault.fingerprint('id_number', ID_NUMBER)}", tables.USES)
    assert uses is not None
    assert uses.left == 1
    given.customer(DORA)
    assert given.verify(DORA).json["status"] == "matched"
    given.customer("cus_eve")
    assert given.verify("cus_eve").json["reason"] == "id_number_in_use"


def test_a_number_is_given_back_among_those_that_it_counted_with() -> None:
    for customer_id in (ANN, BEN, CARA):
        given.customer(customer_id)
        given.verify(customer_id, body=given.all_four())
    leave(BEN, times=2)
    uses = store.get(UsesRow, f"idn_{vault.fingerprint('id_number', ID_NUMBER)}", tables.USES)
    assert uses is not None
    assert (uses.left, uses.left_confirmed) == (3, 1)
    given.customer(DORA)
    assert given.verify(DORA, body=given.all_four()).json["status"] == "matched"


def test_who_leaves_while_an_answer_is_awaited_is_not_verified(at: Clock) -> None:
    given.customer()
    pending = given.verify(body=given.facts(phone="13812340503")).json["verification_id"]
    leave(ANN)
    done = concluding.conclude(
        concluding.load(pending), Facts(ZHANG, ID_NUMBER, "13812340503"), Matched(("police",))
    )
    assert (done.status, done.reason) == ("refused", "customer_closed")
    assert profile().level in (None, 0)


def pending_of(customer_id: str = ANN) -> VerificationRow:
    """A verification with all four facts that the provider has not answered."""
    given.customer(customer_id)
    asked = given.verify(customer_id, body=given.all_four() | {"phone": "13812340503"})
    assert asked.json["status"] == "pending"
    return concluding.load(asked.json["verification_id"])


def test_of_who_leaves_while_an_answer_is_awaited_no_fact_stays_and_nobody_is_asked(
    at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = pending_of()
    asked: list[str] = []
    monkeypatch.setattr(asking, "ask", lambda row, facts: asked.append(row.subject))

    leave(ANN, times=2)
    for _ in range(40):
        at.pass_(days=1)
        app.on_pending({}, http.context())

    left = concluding.load(row.verification_id)
    assert asked == []
    assert (left.status, left.reason) == ("refused", "customer_closed")
    assert (left.name_sealed, left.id_number_sealed, left.phone_sealed, left.due_shard) == (None,) * 4
    assert int(left.purge_at) == int(profile().purge_at)


def test_what_the_index_did_not_show_when_they_left_is_refused_when_it_is_due(
    at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = pending_of()
    with monkeypatch.context() as late:
        late.setattr(ByCustomer, "query", lambda *_: [])
        leave(ANN)
    assert concluding.load(row.verification_id).phone_sealed is not None
    asked: list[str] = []
    monkeypatch.setattr(asking, "ask", lambda row, facts: asked.append(row.subject))

    at.pass_(minutes=1)
    app.on_pending({}, http.context())

    left = concluding.load(row.verification_id)
    assert (asked, left.reason, left.phone_sealed) == ([], "customer_closed", None)
    assert int(left.purge_at) == int(profile().purge_at)


@pytest.mark.parametrize("path", ["/me/verifications", "/me/cards"])
def test_what_comes_while_they_leave_is_not_kept_for_good(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wallet was read before they left, and the room has let go of everything by the write."""
    given.customer()
    read = customers.require_visible

    def meanwhile(*arguments: Any) -> Any:
        ownership = read(*arguments)
        leave(ANN)
        return ownership

    monkeypatch.setattr(customers, "require_visible", meanwhile)
    number = {"card_number": given.card(given.ICBC)}
    body = given.facts(**number) if path == "/me/verifications" else number
    reply = http.call(app.app, "POST", path, body, key="k", principal=http.customer(ANN), client_id="cli_app")

    assert (reply.status, reply.json["code"]) == (409, "customer_closed")
    assert list(store.query(CardRow, ANN)) == []
    assert list(VerificationRow.by_customer.query(ANN)) == []


def test_who_was_never_verified_may_leave_too() -> None:
    leave(BEN, times=2)
    assert profile(BEN).closed_at == CLOSED_AT


def test_the_level_of_who_has_left_is_not_published_again(published_events: list[dict[str, Any]]) -> None:
    given.customer()
    given.verify()
    seen = len(given.changes()["Records"])
    leave(ANN)
    app.on_kyc(given.changes(start=seen), http.context())
    assert published_events == []


def test_how_they_were_verified_is_deleted_with_the_profile_and_its_entry_is_one() -> None:
    given.customer()
    verification_id = given.verify(body=given.all_four()).json["verification_id"]
    leave(ANN, times=2)

    row = store.get(VerificationRow, verification_id, tables.VERIFICATION)
    assert row is not None
    use = store.get(*tables.use_key(row.id_fingerprint, ANN))
    assert use is not None
    assert int(row.purge_at) == int(use.purge_at) == int(profile().purge_at)
    items = store.client().scan(TableName=config.table_prefix + "audit-entries")["Items"]
    erased = [AuditEntryRow.from_item(item) for item in items if item["action"]["S"] == "kyc.erased"]
    assert [(entry.subject_id, entry.after["until"]) for entry in erased] == [(ANN, "2036-11-22")]


def test_a_copy_that_comes_after_the_customer_has_left_holds_nothing_of_them() -> None:
    given.customer()
    given.verify(body=given.all_four())
    assert exports.gather(ANN).facts["name"] == ZHANG

    leave(ANN)

    held = exports.gather(ANN)
    assert (held.profile, held.facts, held.verifications, held.cards) == (None, {}, [], [])
