"""Input as people, spreadsheets and other programs write it, and what comes of it over HTTP."""

import base64
from typing import Any

import pytest
import urllib3
from stdnum.cn import ric

from tests.e2e import verified
from tests.e2e.deployed import Deployed, created, ok, problem
from tests.support import batch_files

pytestmark = pytest.mark.rooms("merchants", "kyc", "accounts", "transfers")


@pytest.mark.parametrize(
    "name", ["\u3000", "\u00a0", "\u2028", "\u3164", "\u3000" * 25 + "a", "Luc\u202eky", "\ufeff"]
)
def test_a_name_that_shows_nothing_or_hides_something_is_refused(deployed: Deployed, name: str) -> None:
    body = {"name": name, "category_code": "5735", "fee": {"basis_points": 60}, "settlement": "T+1"}

    refused = problem(deployed.post("/merchants", body), 422, "invalid_request")

    assert [wrong["field"] for wrong in refused["errors"]] == ["name"]


def test_a_name_keeps_all_its_letters_in_the_code(deployed: Deployed) -> None:
    merchant_id = deployed.merchant(name="Smørrebrød Straße", city="Łódź", country="PL")

    payload = ok(deployed.get(f"/merchants/{merchant_id}/qr"))["payload"]

    assert "Smorrebrod Strasse" in payload
    assert "6004Lodz" in payload


def test_a_body_that_names_a_member_twice_moves_no_money(deployed: Deployed) -> None:
    wallet = deployed.wallet()
    twice = b'{"amount": 5, "amount": 7, "currency": "USD", "destination": "bank_transfer", "reference": "1"}'

    refused = problem(deployed.post(f"/accounts/{wallet}/withdrawals", twice), 422, "invalid_request")

    assert [wrong["field"] for wrong in refused["errors"]] == ["amount"]
    assert deployed.account(wallet)["balance"] == 0


def test_a_cursor_that_no_list_gave_out_is_the_callers_error(deployed: Deployed) -> None:
    wallet, merchant = deployed.wallet(1_000), deployed.merchant()
    lists: list[tuple[str, dict[str, Any]]] = [
        (f"/accounts/{wallet}/entries", {}),
        ("/payments", {"payer_account_id": wallet}),
        ("/transfers", {"account_id": wallet}),
        ("/accounts", {"owner_id": merchant}),
        ("/merchants", {}),
        (f"/merchants/{merchant}/payouts", {}),
    ]
    for path, query in lists:
        for place in (b"\0", b"\t", b"0", b"~"):
            cursor = base64.urlsafe_b64encode(place).decode().rstrip("=")
            problem(deployed.get(path, {**query, "cursor": cursor}), 422, "invalid_request")


def test_an_instant_finer_than_a_microsecond_is_refused(deployed: Deployed) -> None:
    entries = f"/accounts/{deployed.wallet()}/entries"

    problem(deployed.get(entries, {"from": "2026-11-28T12:00:00.2031389Z"}), 422, "invalid_request")
    ok(deployed.get(entries, {"from": "2026-11-28T12:00:00.203138000Z"}))


def test_a_person_is_verified_however_their_facts_are_written(deployed: Deployed) -> None:
    """A number of a county that was dissolved, a name out of a PDF file, a phone out of an address book."""
    first = "32111919750615777"
    number = first + str(ric.calc_check_digit(first + "0"))
    phone = verified.mobile()
    facts = verified.facts(
        name="\u2f69\u2f63", id_number=number, phone=f"+86 ({phone[:3]}) {phone[3:7]} {phone[7:]}"
    )

    found = created(verified.register(deployed).verify(facts))

    assert found["status"] == "matched"
    assert found["name"] == "*生"
    assert found["phone"] == f"{phone[:3]}****{phone[7:]}"


@pytest.mark.parametrize("year", ["0001", "0997", "1799", "1899"])
def test_nobody_alive_was_born_so_long_ago(deployed: Deployed, year: str) -> None:
    first = f"330102{year}0307777"
    facts = verified.facts(id_number=first + str(ric.calc_check_digit(first + "0")))

    problem(verified.register(deployed).verify(facts), 422, "invalid_request")


def test_a_batch_is_taken_as_a_spreadsheet_left_it_and_its_results_open_as_what_they_are(
    deployed: Deployed,
) -> None:
    sender, receiver = deployed.wallet(1_000), deployed.wallet()
    text = (
        "\ufeffto_account_id,amount,currency,reference,\r\n"
        f'{receiver},5, "USD" ,"\uff1d1+1",\r\n'
        f"{receiver},6,USD,\u200b=2+2\r\n"
        " ,\t,,,\r\n\x1a"
    )
    totals = {"total_count": 2, "total_amount": 11}
    body = {"from_account_id": sender, "file_name": "a.csv", **batch_files.facts(text), **totals}
    announced = deployed.post("/transfer-batches", body).json
    upload, batch = announced["upload"], f"/transfer-batches/{announced['batch_id']}"

    put = urllib3.request(upload["method"], upload["url"], body=text.encode(), headers=upload["headers"])
    assert put.status == 200, put.data
    deployed.eventually(lambda: ok(deployed.get(batch))["status"], "completed")

    results = deployed.get(f"{batch}/results", {"bom": "true"})
    assert results.content.startswith(b"\xef\xbb\xbfline,")
    assert f"1,{receiver},5,USD,'\uff1d1+1,succeeded" in results.text
    assert f"2,{receiver},6,USD,'=2+2,succeeded" in results.text
    assert deployed.account(receiver)["balance"] == 11
