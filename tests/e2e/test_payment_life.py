"""The life of payments, as a channel sees it over HTTP."""

import uuid
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime

import pytest

from tests.e2e.deployed import Deployed, created, ok, problem
from tests.e2e.people import People
from tests.support import batch_files

pytestmark = pytest.mark.rooms("payments", "merchants", "accounts", "transfers", "staff", "approvals")

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def test_a_payment_is_made_listed_refunded_split_and_stands_in_the_statements(deployed: Deployed) -> None:
    """From the deposit to the statement, with every cent where it belongs."""
    merchant, partner = deployed.merchant(), deployed.merchant(name="A Partner")
    wallet = deployed.wallet(50_000)
    order = f"CD-{uuid.uuid4().hex[:8]}"

    paid = created(deployed.pay(wallet, merchant, 20_000, merchant_order_no=order))
    payment_id = paid["payment_id"]
    assert (paid["status"], paid["fee"], paid["net"]) == ("succeeded", 120, 19_880)
    assert deployed.account(wallet)["balance"] == 30_000

    refund = created(
        deployed.post(f"/payments/{payment_id}/refunds", {"amount": 5_000, "reason": "one CD came broken"})
    )
    assert (refund["amount"], refund["fee_returned"]) == (5_000, 30)
    shared = {"receivers": [{"merchant_id": partner, "amount": 4_000}]}
    split = created(deployed.post(f"/payments/{payment_id}/splits", shared))
    assert split["amount"] == 4_000

    now = deployed.payment(payment_id)
    assert now["status"] == "partially_refunded"
    assert (now["refunded_amount"], now["fee_returned"], now["split_amount"]) == (5_000, 30, 4_000)
    assert now["net"] == 20_000 - 5_000 - 120 + 30
    deployed.settled(merchant, now["net"] - 4_000)
    deployed.settled(partner, 4_000)
    assert deployed.account(wallet)["balance"] == 35_000

    for query in ({"merchant_order_no": order}, {"payer_account_id": wallet}, {"merchant_id": merchant}):
        deployed.eventually(lambda query=query: _ids(deployed, query), [payment_id])
    for kind, made in (("refund", refund), ("split", split)):
        path, name = f"/payments/{payment_id}/{kind}s", f"{kind}_id"
        deployed.eventually(
            lambda path=path, name=name: [each[name] for each in ok(deployed.get(path))["items"]],
            [made[name]],
        )

    deployed.eventually(
        lambda: _statement(deployed, wallet),
        [("refund", 5_000, 35_000), ("payment", -20_000, 30_000), ("deposit", 50_000, 50_000)],
    )


def test_the_same_request_again_is_answered_as_it_was_and_another_body_is_refused(deployed: Deployed) -> None:
    """Idempotency-Key: one payment, whatever has become of it since."""
    merchant, wallet, key = deployed.merchant(), deployed.wallet(10_000), str(uuid.uuid4())
    order = {"merchant_order_no": "CD-0001"}
    first = deployed.pay(wallet, merchant, 4_000, key=key, **order)
    payment_id = created(first)["payment_id"]
    created(deployed.post(f"/payments/{payment_id}/refunds", {"amount": 4_000, "reason": "returned"}))

    again = deployed.pay(wallet, merchant, 4_000, key=key, **order)

    assert (again.status, again.json) == (first.status, first.json)
    assert (first.replayed, again.replayed) == (False, True)
    assert deployed.account(wallet)["balance"] == 10_000
    problem(deployed.pay(wallet, merchant, 4_001, key=key, **order), 422, "idempotency_key_reused")


def test_a_declined_payment_is_a_payment_with_its_reason_and_stays_declined(deployed: Deployed) -> None:
    """Not enough money: 201, and the same answer after the money has come."""
    merchant, wallet, key = deployed.merchant(), deployed.wallet(100), str(uuid.uuid4())
    first = deployed.pay(wallet, merchant, 101, key=key, merchant_order_no="CD-0002")
    assert created(first)["status"] == "declined"
    assert first.json["decline"]["code"] == "insufficient_funds"

    deployed.deposit(wallet, 1_000)

    again = deployed.pay(wallet, merchant, 101, key=key, merchant_order_no="CD-0002")
    assert (again.replayed, again.json) == (True, first.json)
    assert deployed.account(wallet)["balance"] == 1_100


def test_a_hold_is_captured_in_part_and_the_rest_returns(deployed: Deployed) -> None:
    """Manual capture: held, then captured; nothing more can be done to the hold after."""
    merchant, wallet = deployed.merchant(), deployed.wallet(10_000)
    held = created(deployed.pay(wallet, merchant, 8_000, capture="manual"))
    account = deployed.account(wallet)
    assert (held["status"], held["captured_amount"]) == ("authorized", 0)
    assert (account["balance"], account["held"], account["available"]) == (10_000, 8_000, 2_000)

    captured = ok(deployed.post(held["links"]["capture"], {"amount": 5_000}))

    account = deployed.account(wallet)
    assert (captured["status"], captured["captured_amount"], captured["fee"]) == ("succeeded", 5_000, 30)
    assert (account["balance"], account["held"], account["available"]) == (5_000, 0, 5_000)
    deployed.settled(merchant, 4_970)
    problem(deployed.post(held["links"]["capture"], {}), 409, "payment_not_authorized")
    problem(deployed.post(held["links"]["cancel"]), 409, "payment_not_authorized")


def test_a_hold_is_cancelled_and_all_of_it_returns(deployed: Deployed) -> None:
    """Cancelled is final."""
    merchant, wallet = deployed.merchant(), deployed.wallet(10_000)
    held = created(deployed.pay(wallet, merchant, 8_000, capture="manual"))

    cancelled = ok(deployed.post(held["links"]["cancel"]))

    account = deployed.account(wallet)
    assert cancelled["status"] == "cancelled"
    assert (account["balance"], account["held"], account["available"]) == (10_000, 0, 10_000)
    problem(deployed.post(held["links"]["capture"], {}), 409, "payment_not_authorized")


def test_a_hold_whose_time_is_over_reads_as_expired_and_its_money_is_back(deployed: Deployed) -> None:
    """Holds expire on read, without waiting for the job."""
    merchant, wallet = deployed.merchant(), deployed.wallet(10_001)
    created(deployed.pay(wallet, merchant, 1))
    ends, [held] = deployed.holds(wallet, merchant, [8_000])

    deployed.eventually(lambda: deployed.payment(held["payment_id"])["status"], "expired")

    assert datetime.now(UTC) >= ends
    account = deployed.account(wallet)
    assert (account["balance"], account["held"], account["available"]) == (10_000, 0, 10_000)


def test_a_customer_pays_with_a_code_once(deployed: Deployed) -> None:
    """Customer-presented: 18 digits and their QR, spent by the first payment."""
    merchant, wallet = deployed.merchant(), deployed.wallet(10_000)
    code = created(deployed.post("/payment-codes", {"account_id": wallet}))
    assert len(code["code"]) == 18
    assert code["code"].isdigit()
    assert ElementTree.fromstring(code["qr_svg"]).tag.endswith("svg")
    scanned = {
        "payment_code": code["code"],
        "merchant_id": merchant,
        "amount": 1_000,
        "currency": "USD",
        "merchant_order_no": "CD-0003",
    }

    first = created(deployed.post("/payments", scanned))
    second = created(deployed.post("/payments", scanned))

    assert (first["status"], first["payer_account_id"]) == ("succeeded", wallet)
    assert (second["status"], second["decline"]["code"]) == ("declined", "payment_code_spent")
    assert deployed.account(wallet)["balance"] == 9_000


def test_a_merchants_qr_is_json_svg_or_png_by_accept(deployed: Deployed) -> None:
    """Merchant-presented: one EMVCo payload, in the form that was asked for."""
    path = f"/merchants/{deployed.merchant()}/qr"
    query = {"amount": 1_250, "currency": "USD"}
    payload = ok(deployed.get(path, query, Accept="application/json"))["payload"]
    svg = deployed.get(path, query, Accept="image/svg+xml")
    png = deployed.get(path, query, Accept="image/png")

    assert payload.startswith("000201")
    assert "540512.50" in payload
    assert (svg.status, svg.headers["Content-Type"]) == (200, "image/svg+xml")
    assert ElementTree.fromstring(svg.text).tag.endswith("svg")
    assert (png.status, png.headers["Content-Type"]) == (200, "image/png")
    assert png.content.startswith(PNG_SIGNATURE)


def test_a_suspended_merchant_is_paid_nothing_until_it_is_resumed(deployed: Deployed) -> None:
    """What the merchants room decides, payments heeds at once."""
    merchant, wallet = deployed.merchant(), deployed.wallet(1_000)
    ok(deployed.post(f"/merchants/{merchant}/suspend", {"reason": "documents expired"}))
    refused = created(deployed.pay(wallet, merchant, 500))
    ok(deployed.post(f"/merchants/{merchant}/resume", {"reason": "documents renewed"}))
    paid = created(deployed.pay(wallet, merchant, 500))

    assert refused["decline"]["code"] == "merchant_suspended"
    assert paid["status"] == "succeeded"
    assert deployed.account(wallet)["balance"] == 500


def test_no_way_but_the_payout_leads_out_of_a_settlement_account(deployed: Deployed) -> None:
    """A suspended merchant's channel withdrew, transferred, paid and shared its money."""
    merchant, friend, wallet = deployed.merchant(), deployed.merchant(), deployed.wallet(10_000)
    payment = created(deployed.pay(wallet, merchant, 10_000))
    deployed.settled(merchant, payment["net"])
    ok(deployed.post(f"/merchants/{merchant}/suspend", {"reason": "complaints"}))
    shop = deployed.settlement(merchant)["account_id"]
    money = {"amount": 100, "currency": "USD"}
    batch = {"from_account_id": shop, "file_name": "a.csv", **batch_files.facts("a file")}
    tried = [
        (f"/accounts/{shop}/withdrawals", {**money, "destination": "cash", "reference": "r"}),
        ("/transfers", {**money, "from_account_id": shop, "to_account_id": wallet}),
        ("/transfers", {**money, "from_account_id": wallet, "to_account_id": shop}),
        ("/transfer-batches", {**batch, "total_count": 1, "total_amount": 100}),
        ("/payment-codes", {"account_id": shop}),
        (f"/accounts/{shop}/close", {"reason": "leaving"}),
    ]
    for path, body in tried:
        problem(deployed.post(path, body), 422, "account_kind")
    for capture in ("automatic", "manual"):
        problem(deployed.pay(shop, friend, 100, capture=capture), 422, "account_kind")
    shared = {"receivers": [{"merchant_id": friend, "amount": 100}]}
    problem(deployed.post(payment["links"]["splits"], shared), 409, "merchant_suspended")

    assert deployed.settlement(merchant)["balance"] == payment["net"]


def test_a_closing_merchant_takes_no_payment_and_still_gives_refunds(
    deployed: Deployed, people: People
) -> None:
    """It takes a second person; payments are declined at once, and what was paid goes back or out."""
    merchant, wallet = deployed.merchant(), deployed.wallet(10_000)
    payment = created(deployed.pay(wallet, merchant, 4_000))
    keeper = people.head_office("rol_branch_manager")

    closing = ok(keeper.post(f"/merchants/{merchant}/close", {"reason": "gives up its shop"}))
    declined = created(deployed.pay(wallet, merchant, 1_000))
    created(deployed.post(payment["links"]["refunds"], {"amount": 4_000, "reason": "returned"}))

    assert closing["status"] == "closing"
    assert (declined["status"], declined["decline"]["code"]) == ("declined", "merchant_closed")
    assert deployed.account(wallet)["balance"] == 10_000
    deployed.env.invoke("merchants-on-closing")
    assert ok(deployed.get(f"/merchants/{merchant}"))["status"] == "closing"


def test_transfers_move_money_between_wallets_and_are_listed_for_both(deployed: Deployed) -> None:
    """One transfer, seen from both sides; one that cannot be is declined."""
    sender, receiver = deployed.wallet(1_000), deployed.wallet()
    body = {"from_account_id": sender, "to_account_id": receiver, "amount": 400, "currency": "USD"}

    made = created(deployed.post("/transfers", {**body, "note": "for lunch"}))
    declined = created(deployed.post("/transfers", {**body, "amount": 601}))

    assert (made["status"], declined["status"]) == ("succeeded", "declined")
    assert declined["decline"]["code"] == "insufficient_funds"
    assert [deployed.account(each)["balance"] for each in (sender, receiver)] == [600, 400]
    assert ok(deployed.get(f"/transfers/{made['transfer_id']}")) == made
    for account_id in (sender, receiver):
        deployed.eventually(
            lambda account_id=account_id: ok(deployed.get("/transfers", {"account_id": account_id}))["items"],
            [made],
        )


def _ids(deployed: Deployed, query: dict[str, str]) -> list[str]:
    return [payment["payment_id"] for payment in ok(deployed.get("/payments", query))["items"]]


def _statement(deployed: Deployed, account_id: str) -> list[tuple[str, int, int]]:
    """Kind, signed amount and balance of each entry, newest first."""
    entries = ok(deployed.get(f"/accounts/{account_id}/entries"))["items"]
    return [
        (
            entry["kind"],
            entry["amount"] if entry["direction"] == "credit" else -entry["amount"],
            entry["balance_after"],
        )
        for entry in entries
    ]
