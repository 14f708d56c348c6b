"""A suspension belongs to an authority; several may be there at once, and each change leaves an entry."""

from typing import Any

import pytest

from bank import store
from bank.control.audit import AuditEntryRow
from merchants import tables
from merchants.app import app
from tests.support import http, organisation
from tests.support.http import Reply, call
from tests.support.organisation import BRANCH
from tests.support.streams import Cloud
from tests.unit.merchants.given import TERMS, account

CHANNEL: dict[str, Any] = {"client_id": "cli_shop", "principal": {**http.CHANNEL, "unit": BRANCH}}
MANAGER: dict[str, Any] = {"principal": http.staff(BRANCH)}
HEAD_OFFICE: dict[str, Any] = {"principal": http.staff()}


@pytest.fixture
def merchant(cloud: Cloud) -> str:
    """A merchant that a channel of a branch registered."""
    organisation.units()
    return str(call(app, "POST", "/merchants", TERMS, **CHANNEL).json["merchant_id"])


def act(merchant_id: str, what: str, who: dict[str, Any], **fields: Any) -> Reply:
    return call(app, "POST", f"/merchants/{merchant_id}/{what}", {"reason": "asked for", **fields}, **who)


def refused(answer: Reply) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def test_a_channel_does_not_resume_what_the_bank_has_suspended(merchant: str) -> None:
    assert act(merchant, "suspend", HEAD_OFFICE).json["suspended_by"] == ["head_office"]

    for who in (CHANNEL, {"client_id": "cli_core"}, MANAGER):
        assert refused(act(merchant, "resume", who)) == (403, "higher_authority")
        assert refused(act(merchant, "resume", who, authority="head_office")) == (403, "higher_authority")
    assert account(merchant).metadata["merchant"]["status"] == "suspended"
    assert act(merchant, "resume", HEAD_OFFICE).json["status"] == "active"


def test_what_the_head_office_suspended_is_resumed_by_two_of_it(merchant: str) -> None:
    """A branch's manager, who could not resume it, was the second person."""
    for who in (MANAGER, HEAD_OFFICE):
        act(merchant, "suspend", who)

    for more, kind, levels in (
        ({}, "merchants.resume_merchant.head_office", ["head_office"]),
        ({"authority": "branch"}, "merchants.resume_merchant", ["branch"]),
    ):
        proposal = act(merchant, "resume", {**HEAD_OFFICE, "approve": False}, **more).json
        assert (proposal["kind"], proposal["levels"]) == (kind, levels)


def test_it_is_suspended_until_the_last_of_several_suspensions_is_lifted(merchant: str) -> None:
    for who in (CHANNEL, MANAGER, HEAD_OFFICE):
        assert act(merchant, "suspend", who).status == 200
        assert refused(act(merchant, "suspend", who)) == (409, "merchant_status")

    assert act(merchant, "resume", CHANNEL).json["suspended_by"] == ["branch", "head_office"]
    assert act(merchant, "resume", HEAD_OFFICE, authority="branch").json["suspended_by"] == ["head_office"]
    assert account(merchant).metadata["merchant"]["status"] == "suspended"
    assert act(merchant, "resume", HEAD_OFFICE).json["status"] == "active"
    assert account(merchant).metadata["merchant"]["status"] == "active"


def test_each_change_leaves_an_entry_with_its_actor_and_a_refused_one_none(merchant: str) -> None:
    act(merchant, "suspend", MANAGER)
    act(merchant, "resume", CHANNEL)
    act(merchant, "resume", MANAGER)

    found = (entry for entry in AuditEntryRow.scan() if entry.subject_id == merchant)
    first, second = sorted((each for each in found if each.reason), key=lambda entry: entry.at)
    assert (first.action, first.actor, first.subject_id) == ("merchants.suspended", "stf_test", merchant)
    assert first.before == {"status": "active", "suspended_by": []}
    assert first.after == second.before == {"status": "suspended", "suspended_by": ["branch"]}
    assert (second.action, second.after) == ("merchants.resumed", {"status": "active", "suspended_by": []})


def test_one_that_was_suspended_before_it_was_kept_by_whom_is_the_head_offices_to_resume(
    merchant: str,
) -> None:
    [row] = store.get_many([tables.key(merchant)])
    row.status = "suspended"
    store.put_many([row])

    assert refused(act(merchant, "resume", CHANNEL)) == (403, "higher_authority")
    assert act(merchant, "resume", HEAD_OFFICE).json["status"] == "active"
