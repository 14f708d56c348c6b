"""What must hold whoever comes first: every cap is raced on the deployed stack, over HTTP."""

import functools
import json
import time
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3

from bank import clock
from bank.ledger import AccountRow, parts
from infra.channel import Answer
from tests.e2e.deployed import BANK_ACCOUNT, FEE, Deployed, at_once, created, ok
from tests.e2e.people import People

pytestmark = pytest.mark.rooms(
    "payments", "merchants", "accounts", "settlement", "transfers", "staff", "approvals"
)

FEE_OF_10_000 = 60


def _codes(answers: list[Answer]) -> Counter[tuple[int, str]]:
    """How often which outcome came: the status, and a problem's code or a payment's status."""
    return Counter(
        (answer.status, answer.json.get("code") or answer.json.get("status") or "done") for answer in answers
    )


def _refused(code: str) -> set[tuple[int, str]]:
    """What a cap answers, or the merchant's account when another request took its money a moment before."""
    return {(409, code), (409, "insufficient_funds")}


def _asked_once(deployed: Deployed, path: str, body: dict[str, Any]) -> Answer:
    """What the room answers at once, also where a channel would come again; not what is lost on the way."""
    key = str(uuid.uuid4())
    headers = {"Authorization": f"Bearer {deployed.token()}", "Idempotency-Key": key}
    try:
        answer = deployed.channel.once("POST", path, body, headers)
    except urllib3.exceptions.HTTPError:
        return deployed.post(path, body, key=key)
    return deployed.post(path, body, key=key) if answer.status in (502, 504) else answer


def test_a_hundred_parallel_refunds_never_exceed_the_payment(deployed: Deployed) -> None:
    """3% each: 33 of them fit, and every cent of those comes from the merchant and the fee."""
    merchant, wallet = deployed.merchant(), deployed.wallet(10_000)
    payment_id = created(deployed.pay(wallet, merchant, 10_000))["payment_id"]
    path, refund = f"/payments/{payment_id}/refunds", {"amount": 300, "reason": "race"}

    answers = at_once([lambda: _asked_once(deployed, path, refund)] * 100)

    # Nobody was told 503: whoever is too late is refused by the write itself.
    assert _codes(answers).keys() <= {(201, "done"), *_refused("refund_exceeds_captured")}
    assert sum(answer.status == 201 for answer in answers) == 33
    payment = deployed.payment(payment_id)
    returned = sum(answer.json["fee_returned"] for answer in answers if answer.status == 201)
    assert (payment["refunded_amount"], payment["fee_returned"]) == (9_900, returned)
    assert payment["net"] == 100 - FEE_OF_10_000 + returned
    assert deployed.account(wallet)["balance"] == 9_900
    deployed.settled(merchant, payment["net"])
    made = {answer.json["refund_id"] for answer in answers if answer.status == 201}

    def listed() -> set[str]:
        page = ok(deployed.get(f"/payments/{payment_id}/refunds", {"limit": 100}))
        return {each["refund_id"] for each in page["items"]}

    deployed.eventually(listed, made)


def _lines(deployed: Deployed, account_id: str) -> list[dict[str, Any]]:
    """The newest lines of an account's statement."""
    found: list[dict[str, Any]] = ok(deployed.get(f"/accounts/{account_id}/entries", {"limit": 100}))["items"]
    return found


def _in_parts(deployed: Deployed, account_id: str, count: int) -> None:
    """Give an account as many parts as the applier gives one that takes in hundreds a minute."""
    dynamodb, table = deployed.env.aws("dynamodb"), deployed.env.tables["ledger-accounts"]
    own = dynamodb.get_item(TableName=table, Key={"account_id": {"S": account_id}})["Item"]
    kept = {name: own[name] for name in ("kind", "currency", "status", "opened_at")}
    row = AccountRow(account_id=account_id, owner_id=account_id, **{name: kept[name]["S"] for name in kept})
    for number in range(1, count):
        row.account_id = parts.row_id(account_id, number)
        dynamodb.put_item(TableName=table, Item=row.serialize())
    dynamodb.update_item(
        TableName=table,
        Key={"account_id": {"S": account_id}},
        UpdateExpression="SET pt = :count",
        ExpressionAttributeValues={":count": {"N": str(count)}},
    )


def test_payments_and_refunds_at_once_of_a_merchant_in_parts_lose_and_overdraw_nothing(
    deployed: Deployed,
) -> None:
    """Its account has eight rows, which all of these book on; it answers as one, to the last cent."""
    merchant, wallet = deployed.merchant(), deployed.wallet(100_000)
    first = [created(deployed.pay(wallet, merchant, 1_000))["payment_id"]]
    deployed.settled(merchant, 1_000 - 6)
    account_id = deployed.settlement(merchant)["account_id"]
    _in_parts(deployed, account_id, 8)
    first += [
        created(answer)["payment_id"]
        for answer in at_once([lambda: deployed.pay(wallet, merchant, 1_000)] * 23)
    ]

    def refund(payment_id: str) -> Answer:
        return deployed.post(f"/payments/{payment_id}/refunds", {"amount": 1_000, "reason": "race"})

    refunds = [functools.partial(refund, payment_id) for payment_id in first]
    pays = [lambda: deployed.pay(wallet, merchant, 500)] * 24
    answers = at_once([action for pair in zip(refunds, pays, strict=True) for action in pair])

    refunded = [answer for answer in answers[::2] if answer.status == 201]
    assert _codes(answers[1::2]) == {(201, "succeeded"): 24}
    assert _codes(answers[::2]).keys() <= {(201, "done"), (409, "insufficient_funds")}
    # Each payment's own money has come before it is judged: hardly any is refused.
    assert len(refunded) >= 20
    left = (
        24 * (1_000 - 6)
        + 24 * (500 - 3)
        - sum(answer.json["amount"] - answer.json["fee_returned"] for answer in refunded)
    )
    deployed.settled(merchant, left)
    account = ok(deployed.get(f"/accounts/{account_id}"))
    assert (account["balance"], account["available"]) == (left, left)
    # The statement is written from the stream.
    deployed.eventually(lambda: len(_lines(deployed, account_id)), 48 + len(refunded))
    lines = _lines(deployed, account_id)
    assert sum(line["amount"] * (1 if line["direction"] == "credit" else -1) for line in lines) == left
    assert lines[0]["balance_after"] is None


def test_of_64_parallel_payments_from_a_wallet_with_money_for_10_exactly_10_succeed(
    deployed: Deployed,
) -> None:
    """The others are declined, and nothing is overdrawn."""
    merchant, wallet = deployed.merchant(), deployed.wallet(10 * 500)

    answers = at_once([lambda: deployed.pay(wallet, merchant, 500)] * 64)

    assert _codes(answers) == {(201, "succeeded"): 10, (201, "declined"): 54}
    declines = {answer.json["decline"]["code"] for answer in answers if answer.json["decline"]}
    assert declines == {"insufficient_funds"}
    account = deployed.account(wallet)
    assert (account["balance"], account["available"]) == (0, 0)
    deployed.settled(merchant, 10 * (500 - 3))


def test_the_same_key_50_times_at_once_is_one_payment_and_50_equal_answers(deployed: Deployed) -> None:
    """All but one of them say that they are replays."""
    merchant, wallet, key = deployed.merchant(), deployed.wallet(10_000), str(uuid.uuid4())
    order = {"merchant_order_no": "CD-0050"}

    answers = at_once([lambda: deployed.pay(wallet, merchant, 700, key=key, **order)] * 50)

    assert {answer.status for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    # One was the first; where its answer was lost on the way, it was asked for again.
    firsts = [answer for answer in answers if not answer.replayed]
    assert len(firsts) == 1 or any(answer.attempts > 1 for answer in answers)
    assert deployed.account(wallet)["balance"] == 9_300
    deployed.settled(merchant, 700 - 4)


def test_fifty_parallel_payments_stay_within_the_days_limit(deployed: Deployed) -> None:
    """Money enough for all, a limit for 10."""
    merchant, wallet = deployed.merchant(), deployed.wallet(100_000, limits={"per_day": 1_000})

    answers = at_once([lambda: deployed.pay(wallet, merchant, 100)] * 50)

    assert _codes(answers) == {(201, "succeeded"): 10, (201, "declined"): 40}
    declines = {answer.json["decline"]["code"] for answer in answers if answer.json["decline"]}
    assert declines == {"limit_exceeded"}
    assert deployed.account(wallet)["balance"] == 99_000


def test_parallel_splits_never_exceed_the_net(deployed: Deployed) -> None:
    """Forty partners' shares of 500 of a net of 9,940: 19 fit."""
    merchant, partner, wallet = deployed.merchant(), deployed.merchant(), deployed.wallet(10_000)
    payment_id = created(deployed.pay(wallet, merchant, 10_000))["payment_id"]
    share = {"receivers": [{"merchant_id": partner, "amount": 500}]}

    answers = at_once([lambda: deployed.post(f"/payments/{payment_id}/splits", share)] * 40)

    assert _codes(answers).keys() <= {(201, "done"), *_refused("split_exceeds_net")}
    assert sum(answer.status == 201 for answer in answers) == 19
    assert deployed.payment(payment_id)["split_amount"] == 9_500
    deployed.settled(partner, 9_500)
    deployed.settled(merchant, 10_000 - FEE_OF_10_000 - 9_500)


def test_refunds_and_splits_of_one_payment_together_never_take_more_than_there_is(
    deployed: Deployed,
) -> None:
    """Whatever order they come in: captured = refunded + split + fee kept + what the merchant has."""
    merchant, partner, wallet = deployed.merchant(), deployed.merchant(), deployed.wallet(10_000)
    payment_id = created(deployed.pay(wallet, merchant, 10_000))["payment_id"]
    share = {"receivers": [{"merchant_id": partner, "amount": 900}]}
    refund = {"amount": 900, "reason": "race"}

    answers = at_once(
        [
            lambda: deployed.post(f"/payments/{payment_id}/splits", share),
            lambda: deployed.post(f"/payments/{payment_id}/refunds", refund),
        ]
        * 12
    )

    assert {answer.status for answer in answers} == {201, 409}
    payment = deployed.payment(payment_id)
    kept = payment["net"] - payment["split_amount"]
    assert kept >= 0
    assert deployed.account(wallet)["balance"] == payment["refunded_amount"]
    deployed.settled(merchant, kept)
    if payment["split_amount"]:
        deployed.settled(partner, payment["split_amount"])


def test_capture_cancel_and_expiry_racing_have_one_winner(deployed: Deployed) -> None:
    """Six holds end at one instant; around it they are captured, cancelled and expired, all at once."""
    merchant, wallet = deployed.merchant(), deployed.wallet(60_000)
    # A cold start must not decide who is late.
    at_once([lambda: deployed.get("/payments", {"payer_account_id": wallet})] * 14)
    ends, held = deployed.holds(wallet, merchant, [10_000] * 6)
    links = [each["links"] for each in held]

    def expire(after: float) -> None:
        _wait_until(ends, after)
        deployed.env.invoke("payments-on-hold-expiry")

    def capture(path: str, after: float) -> Answer:
        _wait_until(ends, after)
        return deployed.post(path, {"amount": 4_000})

    def cancel(path: str, after: float) -> Answer:
        _wait_until(ends, after)
        return deployed.post(path)

    race = [lambda: expire(0.0), lambda: expire(0.05)]
    # A request takes some hundredths of a second: some of these are decided before the instant, some after.
    for number, link in enumerate(links):
        after = -0.25 + 0.06 * number
        race.append(lambda path=link["capture"], after=after: capture(path, after))
        race.append(lambda path=link["cancel"], after=after: cancel(path, after))
    answers = at_once(race, width=len(race))[2:]

    deployed.env.invoke("payments-on-hold-expiry")
    captured = 0
    for link, *ended in zip(links, answers[::2], answers[1::2], strict=True):
        payment = ok(deployed.get(link["self"]))
        winner = {(200, 409): "succeeded", (409, 200): "cancelled", (409, 409): "expired"}
        assert payment["status"] == winner[ended[0].status, ended[1].status]
        captured += payment["captured_amount"]
        assert payment["captured_amount"] == (4_000 if payment["status"] == "succeeded" else 0)
    account = deployed.account(wallet)
    assert (account["balance"], account["held"]) == (60_000 - captured, 0)
    assert account["available"] == account["balance"]


def test_a_payment_code_presented_ten_times_at_once_pays_once(deployed: Deployed) -> None:
    """Good once, also at two tills."""
    merchant, wallet = deployed.merchant(), deployed.wallet(10_000)
    code = created(deployed.post("/payment-codes", {"account_id": wallet}))["code"]
    body = {"payment_code": code, "merchant_id": merchant, "amount": 900, "currency": "USD"}

    answers = at_once([lambda: deployed.post("/payments", {**body, "merchant_order_no": "CD-0010"})] * 10)

    assert _codes(answers) == {(201, "succeeded"): 1, (201, "declined"): 9}
    assert deployed.account(wallet)["balance"] == 9_100


def test_transfers_to_and_fro_lose_nothing(deployed: Deployed) -> None:
    """Two wallets that pay each other at once: what one has not, the other has."""
    left, right = deployed.wallet(1_000), deployed.wallet(1_000)

    def transfer(source: str, target: str) -> Answer:
        body = {"from_account_id": source, "to_account_id": target, "amount": 300, "currency": "USD"}
        return deployed.post("/transfers", body)

    answers = at_once([lambda: transfer(left, right), lambda: transfer(right, left)] * 20, width=6)

    assert {answer.status for answer in answers} == {201}
    done = [answer.json["from_account_id"] for answer in answers if answer.json["status"] == "succeeded"]
    moved = 300 * (done.count(left) - done.count(right))
    assert [deployed.account(each)["balance"] for each in (left, right)] == [1_000 - moved, 1_000 + moved]


def test_the_settlement_job_run_twice_at_once_pays_a_merchant_out_once(
    deployed: Deployed, people: People
) -> None:
    """All that has come in leaves for the merchant's bank account, in one payout."""
    terms = {"fee": {"basis_points": FEE}, "settlement": "T+0", "bank_account": BANK_ACCOUNT}
    shop = {"name": "Lucky Records", "category_code": "5735", **terms}
    # Money on the same day is better than the bank's standard terms, so that a colleague approves it.
    keeper = people.head_office("rol_branch_manager")
    merchant, wallet = created(keeper.post("/merchants", shop))["merchant_id"], deployed.wallet(20_000)
    created(deployed.pay(wallet, merchant, 10_000))
    created(deployed.pay(wallet, merchant, 10_000))
    deployed.settled(merchant, 2 * 9_940)

    _work_today(deployed)
    _settle(deployed, people, nights=2)

    assert _payouts(deployed, merchant) == [2 * 9_940]
    assert deployed.settlement(merchant)["balance"] == 0
    _settle(deployed, people)
    assert _payouts(deployed, merchant) == [2 * 9_940]


def test_a_night_pays_every_merchant_through_its_queue_and_no_suspended_one(
    deployed: Deployed, people: People
) -> None:
    """Messages lead on to messages until all shards are done."""
    terms = {"fee": {"basis_points": FEE}, "settlement": "T+0", "bank_account": BANK_ACCOUNT}
    keeper = people.head_office("rol_branch_manager")
    body = {"name": "Lucky Records", "category_code": "5735", **terms}
    merchants = [created(keeper.post("/merchants", body))["merchant_id"] for _ in range(8)]
    wallet = deployed.wallet(80_000)
    for merchant in merchants:
        created(deployed.pay(wallet, merchant, 10_000))
    for merchant in merchants:
        deployed.settled(merchant, 9_940)
    suspended, *others = merchants
    ok(keeper.post(f"/merchants/{suspended}/suspend", {"reason": "complaints"}))

    _work_today(deployed)
    _settle(deployed, people)

    assert [_payouts(deployed, merchant) for merchant in others] == [[9_940]] * len(others)
    assert _payouts(deployed, suspended) == []
    assert deployed.settlement(suspended)["balance"] == 9_940


def _work_today(deployed: Deployed) -> None:
    """Let today be a working day, whenever the tests run: nobody is paid out on others."""
    today = clock.business_date()
    days = {day.isoformat(): {"kind": "make_up", "name": "e2e"} for day in (today, today + timedelta(days=1))}
    row = {
        "year": str(today.year),
        "edition": "9999",
        "days": json.dumps(days),
        "published": True,
        "source": "e2e",
        "changed_at": clock.instant(),
        "changed_by": "e2e",
    }
    item = {name: {"BOOL": value} if value is True else {"S": value} for name, value in row.items()}
    deployed.env.aws("dynamodb").put_item(TableName=deployed.env.tables["calendar-years"], Item=item)


def _settle(deployed: Deployed, people: People, *, nights: int = 1) -> None:
    """Run the settlement job, several nights at once, until all parts are done.

    What still goes on would pay out the next test's merchants too.
    """
    officer = people.head_office("rol_operations_officer")
    now = datetime.now(UTC).replace(microsecond=0)
    planned = [now + timedelta(seconds=night) for night in range(nights)]
    events = [{"source": "aws.scheduler", "time": each.isoformat()} for each in planned]
    at_once([functools.partial(deployed.env.invoke, "settlement-on-run", event) for event in events])

    def left() -> int:
        runs = ok(officer.get("/jobs/settlement.run/runs", {"limit": str(nights)}))["items"]
        assert [datetime.fromisoformat(run["planned"]) for run in runs] == planned[::-1]
        return sum(run["parts"] - run["parts_done"] for run in runs)

    deployed.eventually(left, 0)


def _payouts(deployed: Deployed, merchant: str) -> list[int]:
    return [payout["amount"] for payout in ok(deployed.get(f"/merchants/{merchant}/payouts"))["items"]]


def _wait_until(instant: datetime, after: float) -> None:
    time.sleep(max(0.0, (instant - datetime.now(UTC)).total_seconds() + after))
