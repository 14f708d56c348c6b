"""Owner ids: whose they are, so that nobody opens accounts in another's name; and the list of an owner's."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.app import app
from accounts.service import owners
from accounts.tables import OwnerRow
from bank import clock, ledger, store
from bank.ledger import AccountRow, Kind
from tests.support import http, organisation
from tests.support.http import Reply, call
from tests.support.organisation import BRANCH, OTHER_BRANCH, SUB_BRANCH
from tests.support.streams import Cloud

APP: dict[str, Any] = {"client_id": "cli_app", "principal": {**http.CHANNEL, "unit": SUB_BRANCH}}
OTHER: dict[str, Any] = {"client_id": "cli_other", "principal": {**http.CHANNEL, "unit": SUB_BRANCH}}
CORE: dict[str, Any] = {"client_id": "cli_core"}


def clerk(unit: str) -> dict[str, Any]:
    return {"client_id": "cli_console", "principal": http.staff(unit)}


def opened(who: dict[str, Any], key: str = "k", owner_id: str = "own_1") -> Reply:
    body = {"owner_id": owner_id, "kind": "wallet", "currency": "USD"}
    return call(app, "POST", "/accounts", body, key=key, **who)


def of_before(client_id: str, account_id: str, unit_id: str = SUB_BRANCH) -> str:
    """An account of `own_1` that was opened before owners were kept."""
    row = ledger.accounts.new_row(
        account_id=account_id,
        owner_id="own_1",
        kind=Kind.WALLET,
        currency="USD",
        client_id=client_id,
        unit_id=unit_id,
    )
    ledger.accounts.open_account(row)
    return account_id


def listed(who: dict[str, Any], **query: str) -> list[list[str]]:
    """The ids of the accounts of `own_1` by page, followed to the end."""
    pages: list[list[str]] = []
    query = {"owner_id": "own_1", **query}
    while True:
        page = call(app, "GET", "/accounts", query=query, **who).json
        pages.append([item["account_id"] for item in page["items"]])
        if not page["next_cursor"]:
            return pages
        query["cursor"] = page["next_cursor"]


@pytest.fixture(autouse=True)
def units(cloud: Cloud) -> None:
    organisation.units()


@pytest.mark.parametrize("owner_id", ["cus_1", "mer_1", "cli_app", "bank"])
def test_the_accounts_of_the_platforms_own_are_not_opened_here(owner_id: str) -> None:
    answer = opened(APP, owner_id=owner_id)

    assert (answer.status, answer.json["code"]) == (422, "owner_reserved")


def test_an_owner_is_theirs_who_came_first_and_of_the_bank_above_them() -> None:
    assert opened(APP).status == 201

    for who in (OTHER, clerk(OTHER_BRANCH)):
        refused = opened(who, "theirs")
        assert (refused.status, refused.json["code"]) == (409, "owner_taken")
    for number, who in enumerate((APP, CORE, clerk(SUB_BRANCH), clerk(BRANCH))):
        assert opened(who, f"more-{number}").status == 201
    assert opened(OTHER, "theirs", "own_2").status == 201
    assert opened(APP, "mine", "own_2").status == 409


def test_nobody_is_told_twice_and_a_refusal_can_be_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    first = opened(APP)
    monkeypatch.setattr(owners, "claim", lambda *_: pytest.fail("it is opened already"))

    again = opened(APP)

    assert (again.status, again.json, again.headers["Idempotent-Replayed"]) == (201, first.json, "true")


def test_of_two_at_once_one_has_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other read that nobody had it."""
    claim: Callable[..., None] = owners.claim
    came: list[int] = []

    def be_overtaken(*given: Any) -> None:
        if not came:
            came.append(1)
            assert opened(OTHER, "first").status == 201
        claim(*given)

    monkeypatch.setattr(owners, "claim", be_overtaken)

    refused = opened(APP)

    assert (refused.status, refused.json["code"]) == (409, "owner_taken")
    assert [row.client_id for row in AccountRow.scan()] == ["cli_other"]


def test_an_owner_of_before_is_theirs_whose_account_is_the_oldest() -> None:
    now = clock.now()
    with clock.source(lambda: now - timedelta(days=1)):
        of_before("cli_app", "wal_9")
    for number in range(3):
        of_before("cli_other", f"wal_{number}")

    assert opened(OTHER).status == 409
    assert store.get(OwnerRow, "own_1") is None
    assert opened(CORE).status == 201
    row = store.get(OwnerRow, "own_1")
    assert row is not None
    assert (row.client_id, row.unit_id) == ("cli_app", SUB_BRANCH)
    assert opened(APP).status == 201


def test_a_page_is_filled_past_what_may_not_be_seen_and_its_cursor_tells_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = [of_before("cli_app", f"wal_{number:02}") for number in (3, 11, 17)]
    others = [of_before("cli_other", f"wal_{number:02}") for number in range(20) if number not in (3, 11, 17)]

    assert listed(APP, limit="1") == [[account_id] for account_id in mine]
    assert listed(clerk(OTHER_BRANCH)) == [[]]
    cursor = call(app, "GET", "/accounts", query={"owner_id": "own_1", "limit": "1"}, **APP).json[
        "next_cursor"
    ]
    held = base64.urlsafe_b64decode(cursor + "==")
    assert not any(each.encode() in held for each in [*mine, *others])

    monkeypatch.setattr("bank.store.pages.MOST_SIFTED", 4)
    assert [account_id for page in listed(APP) for account_id in page] == mine
