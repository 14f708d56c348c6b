"""Whose merchants a caller sees and changes. What may not be seen answers as what does not exist."""

from typing import Any

import pytest

from merchants.app import app
from tests.support import http, organisation
from tests.support.http import call
from tests.support.organisation import BRANCH, OTHER_BRANCH, SUB_BRANCH
from tests.support.streams import Cloud
from tests.unit.merchants.given import TERMS

OWN: dict[str, Any] = {"client_id": "cli_shop", "principal": {**http.CHANNEL, "unit": SUB_BRANCH}}
INSIDERS: list[dict[str, Any]] = [
    OWN,
    {"client_id": "cli_core"},
    {"principal": http.staff(SUB_BRANCH)},
    {"principal": http.staff(BRANCH)},
    {"principal": http.staff()},
]
STRANGERS: list[dict[str, Any]] = [
    {"client_id": "cli_other", "principal": {**http.CHANNEL, "unit": SUB_BRANCH}},
    {"client_id": "cli_console", "principal": http.staff(OTHER_BRANCH)},
    {"client_id": "cli_shop", "principal": http.customer("cus_1")},
]
READS = ["", "/qr"]
CHANGES = [
    ("PATCH", "", {"name": "Stolen"}),
    ("POST", "/suspend", {"reason": "spite"}),
    ("POST", "/resume", {"reason": "spite"}),
]


@pytest.fixture
def merchant(cloud: Cloud) -> str:
    """A merchant of the channel `cli_shop`, which a sub-branch keeps."""
    organisation.units()
    return registered(OWN)


def registered(who: dict[str, Any], **terms: Any) -> str:
    return str(call(app, "POST", "/merchants", TERMS | terms, **who).json["merchant_id"])


def listed(who: dict[str, Any], **query: str) -> list[str]:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = call(app, "GET", "/merchants", query={"limit": "2", **query, **cursor}, **who).json
        found += [item["merchant_id"] for item in page["items"]]
        if not page["next_cursor"]:
            return found
        assert len(page["items"]) == 2
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize("who", INSIDERS)
def test_its_channel_its_branch_and_above_see_it(merchant: str, who: dict[str, Any]) -> None:
    for path in READS:
        assert call(app, "GET", f"/merchants/{merchant}{path}", **who).status == 200
    assert listed(who) == [merchant]


@pytest.mark.parametrize("who", STRANGERS)
def test_to_a_stranger_it_does_not_exist(merchant: str, who: dict[str, Any]) -> None:
    for path in READS:
        hidden = call(app, "GET", f"/merchants/{merchant}{path}", **who)
        absent = call(app, "GET", f"/merchants/mer_absent{path}", **who)
        assert (hidden.status, hidden.json["code"]) == (404, "merchant_not_found")
        assert hidden.json["detail"] == absent.json["detail"].replace("mer_absent", merchant)
    assert call(app, "GET", "/merchants", **who).json == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_stranger_changes_nothing(merchant: str, method: str, path: str, body: dict[str, str]) -> None:
    before = call(app, "GET", f"/merchants/{merchant}").json

    for who in STRANGERS:
        kept_out = 403 if who["principal"].get("kind") == "customer" else 404
        assert call(app, method, f"/merchants/{merchant}{path}", body, **who).status == kept_out

    assert call(app, "GET", f"/merchants/{merchant}").json == before
    assert call(app, method, f"/merchants/{merchant}{path}", body, **OWN).status in (200, 409)


def test_lists_hold_the_callers_own_page_by_page(merchant: str) -> None:
    other: dict[str, Any] = {"client_id": "cli_other", "principal": {**http.CHANNEL, "unit": BRANCH}}
    mine = sorted([merchant, *(registered(OWN) for _ in range(4))])
    theirs = sorted(registered(other) for _ in range(3))
    slow = registered(OWN, settlement="T+7")

    assert listed(OWN) == sorted([*mine, slow])
    assert listed(OWN, settlement="T+7") == [slow]
    assert listed(other) == theirs
    assert listed({"principal": http.staff(SUB_BRANCH)}) == sorted([*mine, slow])
    assert listed({"principal": http.staff(BRANCH)}) == [*theirs, *sorted([*mine, slow])]
    assert listed({"principal": http.staff()}) == sorted([*mine, *theirs, slow])


def test_a_cursor_of_another_is_refused(merchant: str) -> None:
    for _ in range(2):
        registered(OWN)
    cursor = call(app, "GET", "/merchants", query={"limit": "1"}, **OWN).json["next_cursor"]

    answer = call(app, "GET", "/merchants", query={"cursor": cursor}, **STRANGERS[0])

    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "cursor")
