"""Enrolment: a client is told its secret once, for a code that went to its contact alone."""

from datetime import timedelta
from typing import Any

import pytest

from bank import clock
from bank.control.audit import AuditEntryRow
from identity.service import enrolment
from tests.support import organisation
from tests.unit.identity.requests import Registered, form
from tests.unit.identity.requests import ask as ask_token
from tests.unit.identity.staffed import CONTACT, OTHER_CONTACT, WHY, ask, code, enrol, enrolled, registered

pytestmark = pytest.mark.usefixtures("signing_key")


def test_a_code_gives_one_secret_once_and_the_secret_opens_what_was_registered() -> None:
    made = registered()
    sent = code()
    answer = enrol(made["client_id"], sent)

    assert answer.status == 201
    assert answer.headers["Cache-Control"] == "no-store"
    client = Registered(made["client_id"], answer.json["client_secret"])
    assert len(client.secret) == 43
    assert ask_token(form(client)).json["scope"] == "payments:read payments:write"
    again = enrol(made["client_id"], sent)
    assert (again.status, again.json["code"]) == (401, "enrolment_refused")


def test_whatever_is_wrong_sounds_alike() -> None:
    made, other = registered(), registered()
    sent = code()

    refused = [
        enrol(made["client_id"], "wrong"),
        # The code of another client.
        enrol(made["client_id"], sent),
        enrol("cli_never", sent),
        enrol(enrolled(other["client_id"]).client_id, sent),
    ]

    assert {(each.status, each.json["code"], each.json["detail"]) for each in refused} == {
        (401, "enrolment_refused", refused[0].json["detail"])
    }


def test_a_code_counts_for_a_day() -> None:
    made, now = registered(), clock.now()

    with clock.source(lambda: now + timedelta(hours=24, minutes=1)):
        assert enrol(made["client_id"], code()).status == 401
    with clock.source(lambda: now + timedelta(hours=23, minutes=59)):
        assert enrol(made["client_id"], code()).status == 201


def test_another_code_ends_the_one_before_and_goes_to_the_contact_on_file() -> None:
    made = registered()
    first = code()
    answer = ask("POST", f"/clients/{made['client_id']}/enrolments", WHY, approve=False)

    assert answer.status == 201
    assert code() not in answer.body
    assert code() != first
    assert enrol(made["client_id"], first).status == 401
    assert enrol(made["client_id"], code()).status == 201


def test_two_at_once_with_one_code_are_told_one_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    made = registered()
    sent, given = code(), enrolment.given
    other: list[int] = []

    def meanwhile(*details: Any, **more: Any) -> Any:
        """Another request comes in the middle of the first: after it has judged, before it writes."""
        monkeypatch.setattr(enrolment, "given", given)
        other.append(enrol(made["client_id"], sent).status)
        return given(*details, **more)

    monkeypatch.setattr(enrolment, "given", meanwhile)

    assert (enrol(made["client_id"], sent).status, other) == (401, [201])


def test_a_change_in_between_costs_an_enrolment_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = registered()
    given = enrolment.given

    def meanwhile(*details: Any, **more: Any) -> Any:
        monkeypatch.setattr(enrolment, "given", given)
        assert ask("PATCH", f"/clients/{made['client_id']}", {"name": "Other", **WHY}).status == 200
        return given(*details, **more)

    monkeypatch.setattr(enrolment, "given", meanwhile)

    assert ask_token(form(enrolled(made["client_id"]))).status == 200
    assert ask("GET", f"/clients/{made['client_id']}").json["name"] == "Other"


@pytest.mark.parametrize(("hours", "old"), [(24, 200), (0, 401)])
def test_after_a_rotation_the_secret_before_counts_as_long_as_was_asked_for(hours: int, old: int) -> None:
    client = enrolled(registered()["client_id"])
    body = {"overlap_hours": hours, **WHY}
    assert ask("POST", f"/clients/{client.client_id}/enrolments", body).status == 201
    # Until the code is used, nothing has changed: a code that nobody asked for stops no channel.
    assert ask_token(form(client)).status == 200

    rotated, now = enrolled(client.client_id), clock.now()

    assert ask_token(form(rotated)).status == 200
    assert ask_token(form(client)).status == old
    with clock.source(lambda: now + timedelta(hours=24, minutes=1)):
        assert ask_token(form(client)).status == 401


def test_a_new_contact_is_sent_the_next_code() -> None:
    client = enrolled(registered()["client_id"])
    assert ask("PATCH", f"/clients/{client.client_id}", {"contact": OTHER_CONTACT, **WHY}).status == 200

    ask("POST", f"/clients/{client.client_id}/enrolments", WHY)

    with pytest.raises(AssertionError):
        enrolled(client.client_id, CONTACT)
    assert enrolled(client.client_id, OTHER_CONTACT)


def test_a_code_that_the_contact_before_was_sent_gives_nothing() -> None:
    client = enrolled(registered()["client_id"])
    ask("POST", f"/clients/{client.client_id}/enrolments", WHY)
    sent = code()

    answer = ask("PATCH", f"/clients/{client.client_id}", {"contact": OTHER_CONTACT, **WHY})

    assert (answer.status, answer.json["enrolment_until"]) == (200, None)
    assert enrol(client.client_id, sent).status == 401
    assert ask_token(form(client)).status == 200


def test_a_client_of_an_operator_has_no_contact_until_two_say_whom(signing_key: str) -> None:
    from identity.service import operators

    client_id, _ = operators.register_client(name="Shop", scopes=["payments:read"])
    answer = ask("POST", f"/clients/{client_id}/enrolments", WHY)

    assert (answer.status, answer.json["code"]) == (409, "client_state")
    assert ask("PATCH", f"/clients/{client_id}", {"contact": CONTACT, **WHY}).status == 200
    ask("POST", f"/clients/{client_id}/enrolments", WHY)
    assert ask_token(form(enrolled(client_id))).status == 200


def test_the_entry_of_an_enrolment_is_the_client_s_own() -> None:
    organisation.units()
    made = registered(unit_id=organisation.BRANCH)
    enrolled(made["client_id"])

    (entry,) = (
        row
        for row in (
            AuditEntryRow.get(each.entry_id) for each in AuditEntryRow.by_subject.query(made["client_id"])
        )
        if row.action == "identity.client_enrolled"
    )
    assert (entry.actor, entry.actor_kind, entry.unit_id) == (
        made["client_id"],
        "channel",
        organisation.BRANCH,
    )
    digests = {"enrolled_by", "enrolment_digest", "secret_digest"}
    assert digests < set(entry.after or {})


def test_a_code_has_128_bits() -> None:
    registered()

    assert len(code()) == 22
    assert enrolment.CODE_BYTES == 16
