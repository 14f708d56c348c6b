"""Lists: what is on one is carried by the profiles that verdicts read, for as long as the entry stands."""

from datetime import timedelta

import pytest

from bank import clock, ids, ledger, store
from bank.control.audit import AuditEntryRow
from bank.events import images
from bank.risk.tables import ProfileRow
from risk import events
from tests.support import http
from tests.support.streams import Cloud
from tests.unit.risk import given

ENTRY = {"list": "block", "kind": "device", "subject": "dev_1", "reason": "stolen"}
PATH = "/risk/lists/block/device/dev_1/ending"


def on(profile: str) -> str:
    row = store.get(ProfileRow, profile)
    return row.listed(clock.instant()) if row else ""


def add(**changed: object) -> http.Reply:
    return given.call("POST", "/risk/lists", {**ENTRY, **changed})


def test_an_entry_is_carried_by_the_profile_at_once() -> None:
    reply = add()

    assert reply.status == 201
    assert reply.json["expires_at"] is None
    assert on("device#dev_1") == "block"


def test_an_entry_ends_by_itself() -> None:
    add(expires_at=clock.instant(clock.now() + timedelta(days=1)))
    later = clock.now() + timedelta(days=1, seconds=1)

    with clock.source(lambda: later):
        assert on("device#dev_1") == ""
        assert given.call("GET", "/risk/lists", query={"list": "block"}).json["items"] == []
        assert add(reason="stolen again").status == 201
        assert on("device#dev_1") == "block"


def test_an_entry_is_ended_by_hand_once() -> None:
    add()

    ended = given.call("POST", PATH, {"reason": "found again"})
    again = given.call("POST", PATH, {"reason": "found again"})

    assert ended.status == 200
    assert ended.json["ended_at"] is not None
    assert on("device#dev_1") == ""
    assert (again.status, again.json["code"]) == (409, "not_listed")


def test_what_is_listed_is_not_listed_again() -> None:
    add()

    reply = add(reason="once more")

    assert (reply.status, reply.json["code"]) == (409, "already_listed")


def test_block_goes_before_watch_before_allow() -> None:
    for name in ("allow", "watch", "block"):
        add(list=name)
    assert on("device#dev_1") == "block"

    given.call("POST", PATH, {"reason": "mistaken"})

    assert on("device#dev_1") == "watch"


def test_a_customer_is_listed_at_every_wallet_opened_or_not() -> None:
    add(kind="customer", subject="cus_1")

    for currency in ("CNY", "USD"):
        assert on(f"payer#{ids.derived('wal', 'cus_1', currency)}") == "block"
    assert on(f"payer#{ids.derived('wal', 'cus_2', 'CNY')}") == ""


def test_who_has_more_accounts_than_an_entry_reaches_is_not_listed_in_part() -> None:
    for number in range(100):
        account_id = f"wal_{number}"
        row = ledger.accounts.new_row(
            account_id=account_id, owner_id="own_1", kind=ledger.Kind.WALLET, currency="CNY"
        )
        ledger.accounts.open_account(row)

    refused = add(kind="customer", subject="own_1")

    assert (refused.status, refused.json["code"]) == (409, "too_many_accounts")
    assert on("payer#wal_1") == ""


@pytest.mark.parametrize(("kind", "subject"), [("merchant", "mer_1"), ("payee", "wal_9")])
def test_merchants_and_payees_are_listed_by_their_ids(kind: str, subject: str) -> None:
    add(kind=kind, subject=subject, list="watch")

    assert on(f"{kind}#{subject}") == "watch"


def test_a_list_is_paged_and_filtered_by_kind() -> None:
    for number in range(3):
        add(subject=f"dev_{number}")
    add(kind="merchant", subject="mer_1")

    query = {"list": "block", "kind": "device", "limit": "2"}
    first = given.call("GET", "/risk/lists", query=query).json
    rest = given.call("GET", "/risk/lists", query={**query, "cursor": first["next_cursor"]}).json

    assert [each["subject"] for each in first["items"] + rest["items"]] == ["dev_0", "dev_1", "dev_2"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    "path", ["/risk/lists/grey/device/dev_1/ending", "/risk/lists/block/car/dev_1/ending"]
)
def test_there_are_no_other_lists(path: str) -> None:
    assert given.call("POST", path, {"reason": "none"}).status == 404


def test_lists_are_the_head_office_s() -> None:
    replies = [
        given.call("POST", "/risk/lists", ENTRY, principal=given.BRANCH),
        given.call("GET", "/risk/lists", query={"list": "block"}, principal=given.BRANCH),
        given.call("POST", PATH, {"reason": "found"}, principal=given.BRANCH),
    ]

    assert [reply.status for reply in replies] == [403] * 3


def test_entries_are_audited_and_published(cloud: Cloud) -> None:
    add()
    given.call("POST", PATH, {"reason": "found again"})

    published_events = [
        event for record in cloud.records("risk-desk") for event in events.of_change(*images(record))
    ]
    assert [type(event) for event in published_events] == [events.ListEntryAdded, events.ListEntryEnded]
    found = [
        store.get(AuditEntryRow, key.entry_id)
        for key in AuditEntryRow.by_subject.query("dev_1")  # type: ignore[no-untyped-call]
    ]
    assert sorted(entry.action for entry in found if entry) == ["risk.listed", "risk.unlisted"]
