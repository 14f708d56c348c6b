"""Programmes: drafted, activated once another has approved, and never run altered."""

import pytest

from points.service import programmes
from points.tables import LIVE, PROGRAMMES, LiveRow, ProgrammeRow
from tests.support import http
from tests.unit.points.given import ONE_A_YUAN, TERMS, Bank, call, draft, live, model

BODY = {"content": ONE_A_YUAN, "terms": TERMS, "note": "n"}


def test_a_draft_is_kept_once_and_can_be_read(bank: Bank) -> None:
    first, again = (call("POST", "/points/programmes", BODY, key="k") for _ in range(2))

    assert (first.status, again.json) == (201, first.json)
    assert (first.json["live"], first.json["terms"], first.json["content"]) == (False, TERMS, ONE_A_YUAN)
    found = call("GET", f"/points/programmes/{first.json['programme_id']}")
    assert found.json == first.json
    other = call("POST", "/points/programmes", {**BODY, "note": "m"}, key="k")
    assert other.json["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    "content",
    [
        {},
        model(("amount >", "1", "")),
        model(("customer == 1", "1", "")),
        model(("", "-1", "")),
        model(("", "1.5", "")),
        model(("", "1", "x")),
    ],
)
def test_rules_that_could_fail_or_give_no_points_are_refused(bank: Bank, content: object) -> None:
    reply = call("POST", "/points/programmes", {**BODY, "content": content})

    assert (reply.status, reply.json["code"]) == (422, "invalid_request")


def test_nobody_activates_alone(bank: Bank) -> None:
    programme_id = draft()
    reply = call("POST", f"/points/programmes/{programme_id}/activation", approve=False)

    assert reply.status == 202
    assert programmes.live() is None


def test_one_is_live_and_the_same_not_twice(bank: Bank) -> None:
    first, second = live(), live()

    shown = {each["programme_id"]: each["live"] for each in call("GET", "/points/programmes").json["items"]}
    assert shown == {first: False, second: True}
    assert call("POST", f"/points/programmes/{second}/activation").json["code"] == "already_live"
    assert call("POST", f"/points/programmes/{first}/activation").status == 200


def test_what_was_altered_since_is_neither_activated_nor_earned_by(bank: Bank) -> None:
    programme_id = draft()
    row = ProgrammeRow.get(PROGRAMMES, programme_id)
    row.update(actions=[ProgrammeRow.terms.set({**TERMS, "per_payment": 10**7})])
    with pytest.raises(Exception, match="is not what was drafted"):
        programmes.activate(programme_id=programme_id, actor=None)  # type: ignore[arg-type]

    other = live()
    row = ProgrammeRow.get(PROGRAMMES, other)
    row.update(actions=[ProgrammeRow.content.set(model(("", "999", "")))])
    assert not bank.paid("pay_1", 10_000)
    # Nor with a digest that fits: the pointer has the one that was approved.
    row.update(actions=[ProgrammeRow.digest.set(ProgrammeRow.get(PROGRAMMES, other).found_digest)])
    programmes.forget()
    assert not bank.paid("pay_1", 10_000)
    assert LiveRow.get(LIVE, LIVE).programme_id == other


def test_programmes_are_the_head_offices_alone(bank: Bank) -> None:
    programme_id = draft()
    branch = http.staff("unit_branch")
    for method, path, body in (
        ("POST", "/points/programmes", BODY),
        ("POST", f"/points/programmes/{programme_id}/activation", None),
    ):
        assert call(method, path, body, principal=branch).status == 403
    for path in ("/points/programmes", f"/points/programmes/{programme_id}"):
        assert call("GET", path, client_id="cli_app", principal=http.CHANNEL).status == 403
    assert call("GET", "/points/programmes/ppr_none").json["code"] == "programme_not_found"
