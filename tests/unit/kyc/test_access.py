"""Who sees and does what: customers their own, channels their customers', staff their subtree's."""

from collections.abc import Iterator
from typing import Any

import pytest

from bank import store
from bank.access import organisation
from bank.access.organisation import UnitRow
from kyc import app
from tests.support import http
from tests.unit.kyc import given
from tests.unit.kyc.given import ANN, BEN, CARA, Clock

pytestmark = pytest.mark.usefixtures("aws")
NORTH, SOUTH, SHOP = "unit_north", "unit_south", "unit_shop"


@pytest.fixture(autouse=True)
def branches(aws: None) -> Iterator[None]:
    organisation.forget()
    units = [(NORTH, "unit_head"), (SOUTH, "unit_head"), (SHOP, NORTH)]
    store.put_many([UnitRow(unit_id=unit, parent_id=parent, name=unit) for unit, parent in units])
    yield
    organisation.forget()


def of_channel(customer_id: str, *, client_id: str, key: str = "k", **options: Any) -> http.Reply:
    body = given.facts(customer_id=customer_id)
    options = {"principal": http.CHANNEL, **options}
    return http.call(app.app, "POST", "/verifications", body, key=key, client_id=client_id, **options)


def test_a_channel_verifies_its_own_customers_and_no_others() -> None:
    given.customer(ANN, client_id="cli_app")
    assert of_channel(ANN, client_id="cli_app").json["status"] == "matched"
    theirs = of_channel(ANN, client_id="cli_other")
    nobodys = of_channel("cus_nobody", client_id="cli_other")
    assert theirs.status == nobodys.status == 404
    assert theirs.json["code"] == nobodys.json["code"] == "customer_unknown"


def test_one_of_the_bank_s_own_systems_verifies_everybody_s() -> None:
    given.customer(ANN, client_id="cli_app")
    assert of_channel(ANN, client_id="cli_core", principal={"bank_wide": "true"}).status == 201


def test_nobody_reads_another_s_verification() -> None:
    given.customer(ANN, unit_id=SHOP)
    given.customer(BEN)
    path = "/verifications/" + given.verify(ANN).json["verification_id"]
    seen = {
        "own": given.get("/me" + path, principal=http.customer(ANN)),
        "another customer": given.get("/me" + path, principal=http.customer(BEN)),
        "own channel": given.get(path, principal=http.CHANNEL, client_id="cli_app"),
        "another channel": given.get(path, principal=http.CHANNEL, client_id="cli_other"),
        "shop": given.get(path, principal=http.staff(SHOP)),
        "branch above": given.get(path, principal=http.staff(NORTH)),
        "other branch": given.get(path, principal=http.staff(SOUTH)),
        "head office": given.get(path, principal=http.staff()),
    }
    assert [who for who, reply in seen.items() if reply.status == 200] == [
        "own",
        "own channel",
        "shop",
        "branch above",
        "head office",
    ]
    hidden = {reply.json["code"] for reply in seen.values() if reply.status != 200}
    assert hidden == {"verification_not_found"}


def test_lists_show_the_same_as_reads(at: Clock) -> None:
    for customer_id, unit in ((ANN, SHOP), (BEN, NORTH), (CARA, SOUTH)):
        given.customer(customer_id, unit_id=unit)
        at.pass_(seconds=1)
        given.verify(
            customer_id, body=given.facts(id_number=given.id_number(sequence=f"1{ord(unit[5])}"[:3]))
        )

    def listed(query: dict[str, str], **principal: Any) -> list[str]:
        reply = given.get("/verifications", query=query, **principal)
        assert reply.status == 200
        return [item["customer_id"] for item in reply.json["items"]]

    assert listed({}, principal=http.staff(NORTH)) == [BEN]
    assert listed({"unit_id": SHOP}, principal=http.staff(NORTH)) == [ANN]
    assert listed({"unit_id": SOUTH}, principal=http.staff(NORTH)) == []
    assert listed({"unit_id": SOUTH}, principal=http.staff()) == [CARA]
    assert listed({"customer_id": CARA}, principal=http.staff(NORTH)) == []
    assert listed({"customer_id": ANN}, principal=http.staff(NORTH)) == [ANN]
    assert listed({"customer_id": ANN}, principal=http.CHANNEL, client_id="cli_app") == [ANN]
    assert listed({"customer_id": ANN}, principal=http.CHANNEL, client_id="cli_other") == []


def test_a_channel_lists_by_customer() -> None:
    reply = given.get("/verifications", principal=http.CHANNEL, client_id="cli_app")
    assert reply.status == 422
    assert reply.json["errors"][0]["field"] == "customer_id"


def test_lists_go_page_by_page_newest_first(at: Clock) -> None:
    given.customer(ANN, unit_id=NORTH)
    made = []
    for number in range(5):
        at.pass_(seconds=1)
        made.append(given.verify(key=str(number)).json["verification_id"])
    for path, principal in (("/me/verifications", http.customer(ANN)), ("/verifications", http.staff(NORTH))):
        seen: list[str] = []
        query = {"limit": "2"}
        while True:
            page = given.get(path, query=query, principal=principal).json
            seen += [item["verification_id"] for item in page["items"]]
            if not page["next_cursor"]:
                break
            query = {"limit": "2", "cursor": page["next_cursor"]}
        assert seen == made[::-1]


@pytest.mark.parametrize("principal", [http.CHANNEL, http.staff(), {"bank_wide": "true"}])
def test_what_is_mine_is_for_customers_alone(principal: dict[str, str]) -> None:
    for path in ("/me/verifications", "/me/cards"):
        reply = given.get(path, principal=principal)
        assert (reply.status, reply.json["code"]) == (403, "caller_kind")


def test_customers_do_not_reach_what_staff_read() -> None:
    assert given.get("/verifications", principal=http.customer(ANN)).status == 403


def test_who_has_left_is_not_verified_and_adds_no_card() -> None:
    given.customer(ANN, status="closed")
    body = {"card_number": given.card(given.ICBC)}
    replies = [
        given.verify(ANN),
        http.call(app.app, "POST", "/me/cards", body, principal=http.customer(ANN)),
    ]
    assert [(reply.status, reply.json["code"]) for reply in replies] == [(409, "customer_closed")] * 2
