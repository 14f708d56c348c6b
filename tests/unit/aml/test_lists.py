"""Lists: announced, uploaded, published once."""

import pytest

from aml.app import app
from bank import store
from bank.control.audit import AuditEntryRow
from tests.support.http import CHANNEL, call, staff
from tests.unit.aml.desk import BANK, PETROV, Desk

# One of the bank announces it, and publishes it once a colleague has approved that.
ACTIONS = ["aml.list_announced", "aml.list_published", "approvals.approved", "approvals.submitted"]


def actions() -> list[str]:
    return sorted(row.action for row in AuditEntryRow.scan())


def test_a_list_is_announced_uploaded_and_published(desk: Desk) -> None:
    reply = desk.publish(PETROV, BANK)

    assert (reply.status, reply.json["status"]) == (200, "published")
    assert (reply.json["entries"], reply.json["names"]) == (2, 3)
    assert reply.json["uploads"] is None
    assert actions() == ACTIONS


def test_the_same_files_are_the_same_version_and_are_published_once(desk: Desk) -> None:
    first = desk.publish(PETROV)

    again = desk.publish(PETROV)

    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert actions() == ACTIONS


def test_where_to_put_the_files_is_said_while_they_are_not_there(desk: Desk) -> None:
    announced, _ = desk.announce(PETROV)

    list_id = announced.json["list_id"]
    early = call(app, "POST", f"/sanctions-lists/{list_id}/publication")

    assert set(announced.json["uploads"]) == {"sdn", "alt"}
    assert all(list_id in url for url in announced.json["uploads"].values())
    assert (early.status, early.json["code"]) == (409, "not_uploaded")


def test_another_file_than_was_announced_is_not_published(desk: Desk) -> None:
    announced, files = desk.announce(PETROV)
    list_id = announced.json["list_id"]
    desk.upload(list_id, "alt", files["alt"])
    desk.upload(list_id, "sdn", files["sdn"] + b" ")

    reply = call(app, "POST", f"/sanctions-lists/{list_id}/publication")

    assert (reply.status, reply.json["code"]) == (422, "not_that_file")
    assert call(app, "GET", f"/sanctions-lists/{list_id}").json["status"] == "announced"


def test_what_is_no_list_is_not_published(desk: Desk) -> None:
    announced, files = desk.announce()
    for name, content in files.items():
        desk.upload(announced.json["list_id"], name, content)

    reply = call(app, "POST", f"/sanctions-lists/{announced.json['list_id']}/publication")

    assert (reply.status, reply.json["code"]) == (422, "not_that_file")


@pytest.mark.parametrize("principal", [CHANNEL, staff("unit_branch")])
def test_lists_are_the_head_office_s(desk: Desk, principal: dict[str, str]) -> None:
    body = {"name": "ofac", "sdn_sha256": "0" * 64, "alt_sha256": "0" * 64}

    assert call(app, "POST", "/sanctions-lists", body, principal=principal).status == 403


def test_nobody_is_screened_before_there_is_a_list(desk: Desk) -> None:
    reply = desk.screen("Ivan Petrov")

    assert (reply.status, reply.json["code"]) == (409, "no_list")
    assert store.get(AuditEntryRow, "none") is None
