"""The payments room over its HTTP function, on moto."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from accounts.app import app as accounts_app
from accounts.app import on_verification
from bank import clock, ids, ledger, store
from bank.ledger import JournalRow
from payments.app import app, on_hold_expiry
from payments.domain.journals import journal_id
from payments.tables import PaymentCodeRow
from tests.support import funding
from tests.support.http import Reply, call, context, staff
from tests.support.streams import Cloud

MERCHANT, OTHER = "mer_records", "mer_label"


def register(
    merchant_id: str, basis_points: int = 60, status: str = "active", settlement: str = "T+1"
) -> None:
    """A merchant as the merchants room leaves it on the ledger."""
    fee = {"basis_points": basis_points, "min": None, "max": None}
    terms = {"merchant_id": merchant_id, "status": status, "fee": fee, "settlement": settlement}
    ledger.accounts.open_account(
        ledger.accounts.new_row(
            account_id=ids.derived("stl", merchant_id, "CNY"),
            owner_id=merchant_id,
            kind=ledger.Kind.SETTLEMENT,
            currency="CNY",
            metadata={"merchant": terms},
        )
    )


@pytest.fixture
def wallet(cloud: Cloud) -> str:
    register(MERCHANT)
    body = {"owner_id": "own_1", "kind": "wallet", "currency": "USD"}
    account_id = str(call(accounts_app, "POST", "/accounts", body).json["account_id"])
    funding.deposit(account_id, 10_000, "USD", key="d1")
    return account_id


def pay(wallet: str | None, amount: int = 1_000, key: str = "p1", **fields: Any) -> Reply:
    body = {
        "payer_account_id": wallet,
        "merchant_id": MERCHANT,
        "amount": amount,
        "currency": "USD",
        "merchant_order_no": f"order-{key}",
        **fields,
    }
    return call(app, "POST", "/payments", {k: v for k, v in body.items() if v is not None}, key=key)


def post(path: str, body: Any, key: str) -> Reply:
    return call(app, "POST", path, body, key=key)


def account(account_id: str) -> dict[str, Any]:
    found: dict[str, Any] = call(accounts_app, "GET", f"/accounts/{account_id}").json
    return found


def settled(merchant_id: str = MERCHANT) -> int:
    return int(account(ids.derived("stl", merchant_id, "USD"))["balance"])


def later(by: timedelta) -> AbstractContextManager[None]:
    moment = clock.now() + by
    return clock.source(lambda: moment)


def assert_sound(cloud: Cloud) -> None:
    cloud.settle()
    with later(timedelta(minutes=5)):
        report = on_verification({}, context())
    assert report["differences"] == []
    assert report["zero_sum"]


def test_a_payment_moves_the_money_once(cloud: Cloud, wallet: str) -> None:
    first = pay(wallet)
    second = pay(wallet)
    cloud.settle()

    assert (first.status, first.json["status"]) == (201, "succeeded")
    assert (first.json["fee"], first.json["net"]) == (6, 994)
    assert first.body == second.body
    assert second.headers["Idempotent-Replayed"] == "true"
    assert account(wallet)["balance"] == 9_000
    assert settled() == 994
    assert_sound(cloud)


def test_a_declined_payment_stays_declined(cloud: Cloud, wallet: str) -> None:
    declined = pay(wallet, amount=10_001)
    funding.deposit(wallet, 10_000, "USD", key="d2")

    again = pay(wallet, amount=10_001)

    assert (declined.status, declined.json["status"]) == (201, "declined")
    assert declined.json["decline"]["code"] == "insufficient_funds"
    assert again.body == declined.body


def test_limits_are_kept_by_payment_and_day(cloud: Cloud, wallet: str) -> None:
    call(accounts_app, "PATCH", f"/accounts/{wallet}/limits", {"per_payment": 700, "per_day": 1_000})

    assert pay(wallet, 701, "a").json["decline"]["code"] == "limit_exceeded"
    assert pay(wallet, 700, "b").json["status"] == "succeeded"
    assert pay(wallet, 301, "c").json["decline"]["code"] == "limit_exceeded"
    assert pay(wallet, 300, "d").json["status"] == "succeeded"
    with later(timedelta(days=1)):
        assert pay(wallet, 700, "e").json["status"] == "succeeded"


def test_a_suspended_merchant_takes_no_payment(cloud: Cloud, wallet: str) -> None:
    register("mer_closed", status="suspended")

    answer = pay(wallet, merchant_id="mer_closed")

    assert answer.json["decline"]["code"] == "merchant_suspended"
    assert account(wallet)["balance"] == 10_000


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"payer_account_id": "wal_none"}, 404, "account_not_found"),
        ({"merchant_id": "mer_none"}, 404, "merchant_not_found"),
        ({"currency": "EUR"}, 422, "currency_mismatch"),
        ({"amount": 0}, 422, "invalid_request"),
        ({"amount": 1.5}, 422, "invalid_request"),
        ({"colour": "red"}, 422, "invalid_request"),
        ({"payment_code": "880000000000000000"}, 422, "invalid_request"),
    ],
)
def test_bad_requests_get_problems_and_move_nothing(
    cloud: Cloud, wallet: str, fields: dict[str, Any], status: int, code: str
) -> None:
    answer = pay(wallet, **fields)

    assert (answer.status, answer.json["code"]) == (status, code)
    assert account(wallet)["balance"] == 10_000


def test_a_hold_is_captured_in_part_and_the_rest_returns(cloud: Cloud, wallet: str) -> None:
    payment = pay(wallet, 1_000, capture="manual").json
    assert payment["status"] == "authorized"
    assert (account(wallet)["held"], account(wallet)["available"]) == (1_000, 9_000)

    captured = post(payment["links"]["capture"], {"amount": 400}, "c1")
    again = post(payment["links"]["capture"], {"amount": 400}, "c1")
    other = post(payment["links"]["capture"], {"amount": 100}, "c2")

    assert (captured.status, captured.json["captured_amount"], captured.json["fee"]) == (200, 400, 2)
    assert again.body == captured.body
    assert (other.status, other.json["code"]) == (409, "payment_not_authorized")
    assert (account(wallet)["balance"], account(wallet)["available"]) == (9_600, 9_600)
    assert_sound(cloud)


def test_a_hold_s_end_lies_ahead_and_its_request_is_answered_again_even_after_it(
    cloud: Cloud, wallet: str
) -> None:
    soon = (clock.now() + timedelta(minutes=5)).isoformat()
    first = pay(wallet, 100, "a", capture="manual", expires_at=soon)
    with later(timedelta(hours=1)):
        again = pay(wallet, 100, "a", capture="manual", expires_at=soon)
        late = pay(wallet, 100, "b", capture="manual", expires_at=soon)
    far = pay(wallet, 100, "c", capture="manual", expires_at=(clock.now() + timedelta(days=31)).isoformat())

    assert (first.status, again.body) == (201, first.body)
    assert [(answer.status, answer.json["errors"][0]["field"]) for answer in (late, far)] == [
        (422, "expires_at")
    ] * 2


def test_a_cancelled_hold_returns_whole(cloud: Cloud, wallet: str) -> None:
    payment = pay(wallet, 1_000, capture="manual").json

    cancelled = post(payment["links"]["cancel"], None, "x1")

    assert (cancelled.status, cancelled.json["status"]) == (200, "cancelled")
    assert account(wallet)["available"] == 10_000
    assert post(payment["links"]["capture"], {}, "c1").status == 409
    assert_sound(cloud)


def test_a_hold_expires_by_the_job_and_on_read(cloud: Cloud, wallet: str) -> None:
    by_job = pay(wallet, 1_000, "a", capture="manual").json
    with later(timedelta(days=8)):
        assert on_hold_expiry({}, context()) == {"expired": 1, "failed": 0}
        assert call(app, "GET", by_job["links"]["self"]).json["status"] == "expired"
        late = post(by_job["links"]["capture"], {}, "c1")
    on_read = pay(wallet, 1_000, "b", capture="manual").json
    with later(timedelta(days=8)):
        assert call(app, "GET", on_read["links"]["self"]).json["status"] == "expired"

    assert (late.status, late.json["code"]) == (409, "payment_not_authorized")
    assert account(wallet)["available"] == 10_000


def test_partial_refunds_return_the_whole_fee_in_the_end(cloud: Cloud, wallet: str) -> None:
    register("mer_dear", basis_points=333)
    payment = pay(wallet, 1_000, merchant_id="mer_dear").json
    assert payment["fee"] == 33

    parts = [post(payment["links"]["refunds"], {"amount": 333, "reason": "late"}, f"r{n}") for n in range(3)]
    last = post(payment["links"]["refunds"], {"amount": 1, "reason": "rest"}, "r3")
    over = post(payment["links"]["refunds"], {"amount": 1, "reason": "more"}, "r4")

    assert [part.status for part in parts] == [201, 201, 201]
    assert sum(part.json["fee_returned"] for part in [*parts, last]) == 33
    assert (over.status, over.json["code"]) == (409, "refund_exceeds_captured")
    assert call(app, "GET", payment["links"]["self"]).json["status"] == "refunded"
    assert account(wallet)["balance"] == 10_000
    cloud.settle()
    listed = call(app, "GET", payment["links"]["refunds"], query={"limit": "3"}).json
    assert [item["amount"] for item in listed["items"]] == [333, 333, 333]
    rest = call(app, "GET", payment["links"]["refunds"], query={"cursor": listed["next_cursor"]}).json
    assert [item["amount"] for item in rest["items"]] == [1]
    assert_sound(cloud)


def test_a_refund_is_made_although_the_applier_books_the_payment_in_the_middle_of_it(
    cloud: Cloud, wallet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = pay(wallet).json
    apply = ledger.applier.apply

    def beaten(journals: Iterable[ledger.Journal]) -> int:
        journals = list(journals)
        apply(journals)
        return apply(journals)

    monkeypatch.setattr(ledger.applier, "apply", beaten)

    refunded = post(payment["links"]["refunds"], {"amount": 1_000, "reason": "late"}, "r")

    assert refunded.status == 201


def test_a_refund_replay_answers_as_first_and_a_reused_key_is_refused(cloud: Cloud, wallet: str) -> None:
    payment = pay(wallet).json
    body = {"amount": 10, "reason": "late"}

    first, second = post(payment["links"]["refunds"], body, "r"), post(payment["links"]["refunds"], body, "r")
    reused = post(payment["links"]["refunds"], {"amount": 11, "reason": "late"}, "r")

    assert first.body == second.body
    assert (reused.status, reused.json["code"]) == (422, "idempotency_key_reused")
    assert call(app, "GET", payment["links"]["self"]).json["refunded_amount"] == 10


def test_splits_share_the_net_and_no_more(cloud: Cloud, wallet: str) -> None:
    register(OTHER)
    payment = pay(wallet).json
    path = payment["links"]["splits"]

    over = post(path, {"receivers": [{"merchant_id": OTHER, "amount": 995}]}, "s0")
    shared = post(path, {"receivers": [{"merchant_id": OTHER, "amount": 994}]}, "s1")
    more = post(path, {"receivers": [{"merchant_id": OTHER, "amount": 1}]}, "s2")

    assert (over.status, over.json["code"]) == (409, "split_exceeds_net")
    assert (shared.status, shared.json["amount"]) == (201, 994)
    assert (more.status, more.json["code"]) == (409, "split_exceeds_net")
    cloud.settle()
    assert (settled(), settled(OTHER)) == (0, 994)
    assert_sound(cloud)


def restate(merchant_id: str, **terms: str) -> None:
    """The merchants room changes the terms."""
    row = ledger.accounts.find(ids.derived("stl", merchant_id, "CNY"))
    transaction = store.Transaction()
    changed = {"merchant": {**(row.metadata or {})["merchant"], **terms}}
    ledger.accounts.set_metadata(transaction, row.account_id, changed)
    transaction.commit()


@pytest.mark.parametrize("suspended", [MERCHANT, OTHER])
def test_a_split_passes_by_no_suspension(cloud: Cloud, wallet: str, suspended: str) -> None:
    """The suspended merchant's money went to a friend; or a friend's to the suspended one."""
    register(OTHER)
    payment, shared = pay(wallet).json, {"receivers": [{"merchant_id": OTHER, "amount": 10}]}
    restate(suspended, status="suspended")

    refused = post(payment["links"]["splits"], shared, "s1")
    restate(suspended, status="active")
    again, after = (post(payment["links"]["splits"], shared, key) for key in ("s1", "s2"))

    assert (refused.status, refused.json["code"]) == (409, "merchant_suspended")
    assert (again.status, again.json["code"]) == (409, "merchant_suspended")
    assert after.status == 201
    cloud.settle()
    assert settled(OTHER) == 10


@pytest.mark.parametrize(
    ("giver", "receiver", "status"),
    [
        ("T+7", "T+1", 409),
        ("T+7", "T+0", 409),
        ("T+1", "T+0", 409),
        ("T+7", "T+7", 201),
        ("T+1", "T+7", 201),
        ("T+0", "T+0", 201),
    ],
)
def test_a_split_makes_no_money_due_before_its_time(
    cloud: Cloud, wallet: str, giver: str, receiver: str, status: int
) -> None:
    register(OTHER, settlement=receiver)
    restate(MERCHANT, settlement=giver)
    payment, shared = pay(wallet).json, {"receivers": [{"merchant_id": OTHER, "amount": 10}]}

    answer = post(payment["links"]["splits"], shared, "s1")

    assert answer.status == status
    assert answer.status == 201 or answer.json["code"] == "split_too_soon"


def test_a_settlement_account_pays_nobody(cloud: Cloud, wallet: str) -> None:
    """A suspended merchant paid another, whose money then went out."""
    register(OTHER)
    pay(wallet)
    cloud.settle()
    shop = ids.derived("stl", MERCHANT, "USD")

    paid, held = (
        pay(shop, 100, capture, merchant_id=OTHER, capture=capture) for capture in ("automatic", "manual")
    )
    code = post("/payment-codes", {"account_id": shop}, "c")

    assert [(each.status, each.json["code"]) for each in (paid, held, code)] == [(422, "account_kind")] * 3
    assert settled() == 994


def test_a_refund_after_a_split_needs_the_merchants_own_money(cloud: Cloud, wallet: str) -> None:
    register(OTHER)
    payment = pay(wallet).json
    post(payment["links"]["splits"], {"receivers": [{"merchant_id": OTHER, "amount": 994}]}, "s1")

    refused = post(payment["links"]["refunds"], {"amount": 1_000, "reason": "late"}, "r1")

    assert (refused.status, refused.json["code"]) == (409, "insufficient_funds")
    assert account(wallet)["balance"] == 9_000
    assert_sound(cloud)


def test_a_payment_code_pays_once_and_only_in_its_minute(cloud: Cloud, wallet: str) -> None:
    made = call(app, "POST", "/payment-codes", {"account_id": wallet})
    code = made.json["code"]
    assert (made.status, len(code)) == (201, 18)
    assert made.json["qr_svg"].startswith("<svg")

    paid = pay(None, key="a", payment_code=code)
    again = pay(None, key="a", payment_code=code)
    second = pay(None, key="b", payment_code=code)
    late_code = call(app, "POST", "/payment-codes", {"account_id": wallet}).json["code"]
    with later(timedelta(seconds=61)):
        late = pay(None, key="c", payment_code=late_code)
    unknown = pay(None, key="d", payment_code="880000000000000000")

    assert (paid.json["status"], paid.json["payer_account_id"]) == ("succeeded", wallet)
    assert again.body == paid.body
    assert second.json["decline"]["code"] == "payment_code_spent"
    assert late.json["decline"]["code"] == "payment_code_spent"
    assert (unknown.status, unknown.json["code"]) == (422, "payment_code_unknown")
    assert account(wallet)["balance"] == 9_000


def test_a_payment_by_a_code_is_answered_again_when_the_code_is_long_forgotten(
    cloud: Cloud, wallet: str
) -> None:
    code = call(app, "POST", "/payment-codes", {"account_id": wallet}).json["code"]
    first = pay(None, key="a", payment_code=code)
    for row in PaymentCodeRow.scan():
        row.delete()

    again = pay(None, key="a", payment_code=code)

    assert (first.status, again.body) == (201, first.body)


def test_a_payment_that_its_fee_takes_whole_is_in_the_merchant_s_list(cloud: Cloud, wallet: str) -> None:
    register("mer_dear", basis_points=10_000)
    payment_id = pay(wallet, merchant_id="mer_dear").json["payment_id"]
    cloud.settle()

    listed = call(app, "GET", "/payments", query={"merchant_id": "mer_dear"}).json["items"]

    assert [item["payment_id"] for item in listed] == [payment_id]


def test_payments_of_one_instant_are_each_listed_once(cloud: Cloud, wallet: str) -> None:
    """They are booked in one order and listed in another: pages end amid them."""
    now = clock.now()
    with clock.source(lambda: now):
        made = [pay(wallet, 10, f"k{n}").json["payment_id"] for n in range(7)]
    cloud.settle()

    for query in ({"payer_account_id": wallet}, {"merchant_id": MERCHANT}):
        assert listed(**query) == sorted(made, reverse=True)


def listed(**query: str) -> list[str]:
    """The ids of a list, followed page by page to its end."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = call(app, "GET", "/payments", query={"limit": "2", **query, **cursor}).json
        found += [item["payment_id"] for item in page["items"]]
        if not page["next_cursor"]:
            return found
        cursor = {"cursor": page["next_cursor"]}


def test_payments_are_found_by_payer_merchant_and_order(cloud: Cloud, wallet: str) -> None:
    made = [pay(wallet, 10 + n, f"k{n}").json["payment_id"] for n in range(5)]
    made.append(pay(wallet, 99_999, "declined").json["payment_id"])
    made.append(pay(wallet, 20, "held", capture="manual").json["payment_id"])
    cloud.settle()

    assert listed(payer_account_id=wallet) == made[::-1]
    assert listed(merchant_id=MERCHANT) == made[::-1]
    assert listed(merchant_order_no="order-k3") == [made[3]]
    assert listed(merchant_id="mer_none") == []


@pytest.mark.parametrize("payment_id", ["pay_none", "none"])
@pytest.mark.parametrize("what", ["capture", "cancel", "refunds", "splits"])
def test_a_payment_that_is_not_there_is_not_found(cloud: Cloud, payment_id: str, what: str) -> None:
    receivers = [{"merchant_id": OTHER, "amount": 1}]
    bodies = {"refunds": {"amount": 1, "reason": "late"}, "splits": {"receivers": receivers}}
    body = bodies.get(what, None if what == "cancel" else {})

    answer = post(f"/payments/{payment_id}/{what}", body, "k")

    assert (answer.status, answer.json["code"]) == (404, "payment_not_found")


def test_the_journal_names_who_asked_and_staff_see_who_asked_for_a_refund(cloud: Cloud, wallet: str) -> None:
    register(OTHER)
    payment, held = pay(wallet, 1_000).json, pay(wallet, 500, "p2", capture="manual").json
    clerk = {"principal": staff(staff_id="stf_clerk")}
    captured = call(app, "POST", held["links"]["capture"], {}, key="c1", **clerk).json
    refunded = call(
        app, "POST", payment["links"]["refunds"], {"amount": 5, "reason": "late"}, key="r1", **clerk
    ).json
    receivers = {"receivers": [{"merchant_id": OTHER, "amount": 7}]}
    shared = call(app, "POST", payment["links"]["splits"], receivers, key="s1", **clerk).json

    records = (payment["payment_id"], captured["payment_id"], refunded["refund_id"], shared["split_id"])
    rows = [store.get(JournalRow, journal_id(record)) for record in records]

    assert [row and row.made_by for row in rows] == ["cli_test", *["stf_clerk"] * 3]
    cloud.settle()
    for kind, made in (("refunds", refunded), ("splits", shared)):
        assert made["made_by"] == "stf_clerk"
        seen, hidden = (
            call(app, "GET", payment["links"][kind], **who).json["items"][0]["made_by"] for who in (clerk, {})
        )
        assert (seen, hidden) == ("stf_clerk", None)


def test_a_refund_of_money_that_is_still_on_its_way_is_approved_once_and_made(
    cloud: Cloud, wallet: str
) -> None:
    """What is booked for it first is no act of who refunds, and uses no approval up."""
    payment = pay(wallet, 1_000).json
    request = {"body": {"amount": 5, "reason": "late"}, "principal": staff(staff_id="stf_clerk"), "key": "r1"}

    made = call(app, "POST", payment["links"]["refunds"], **request)

    assert (made.status, made.json["amount"]) == (201, 5)


def test_a_refund_by_staff_is_proposed_and_one_that_cannot_be_is_refused_at_once(
    cloud: Cloud, wallet: str
) -> None:
    payment = pay(wallet, 1_000).json
    clerk = {"principal": staff(staff_id="stf_clerk"), "approve": False}

    def refund(amount: int, key: str) -> Reply:
        body = {"amount": amount, "reason": "late"}
        return call(app, "POST", payment["links"]["refunds"], body, key=key, **clerk)

    proposed, again = refund(5, "r1"), refund(5, "r1")
    assert (proposed.status, again.json) == (202, proposed.json)
    assert call(app, "GET", payment["links"]["refunds"]).json["items"] == []
    refused, replayed = refund(1_001, "r2"), refund(1_001, "r2")
    assert (refused.status, refused.json["code"]) == (409, "refund_exceeds_captured")
    assert (replayed.status, replayed.json["code"]) == (409, "refund_exceeds_captured")
