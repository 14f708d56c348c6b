"""Verdicts and the caps that come with them, on the deployed stack: raced, challenged, held and decided."""

import hashlib
import json
import secrets
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bank import clock
from bank.money import valued
from bank.store import recent
from tests.e2e.deployed import Deployed, at_once, created, problem
from tests.support.risk import model

pytestmark = pytest.mark.rooms("risk", "payments")

# Amounts that no other test pays: the rules of this file mind nothing else.
CHALLENGED, REVIEWED = 77_701, 77_702
RULES = model(
    (f"amount == {CHALLENGED}", "challenge", "asked"), (f"amount == {REVIEWED}", "review", "looked_at")
)
PRODUCTS = ("payment", "transfer", "withdrawal")


class Rules:
    """What judges the stack's movements, put where the risk room puts it."""

    def __init__(self, deployed: Deployed) -> None:
        self._dynamodb = deployed.env.aws("dynamodb")
        self._table = deployed.env.tables["risk-rules"]
        self._before = {product: self._get(f"live#{product}") for product in PRODUCTS}

    def live(
        self, product: str, caps: dict[str, Any] | None = None, content: dict[str, Any] | None = None
    ) -> None:
        """Make the rules of this file judge a product, or others, with these caps; and wait until they do."""
        version = f"rls_{uuid.uuid4().hex}"
        texts = {"content": json.dumps(content or RULES), "caps": json.dumps(caps or {}), "digest": ""}
        stored = {name: {"S": text} for name, text in texts.items()}
        self._put({"rules_key": {"S": f"content#{version}"}, **stored})
        self._put(
            {
                "rules_key": {"S": f"live#{product}"},
                "version": {"S": version},
                "posture": {"S": "decline"},
                "changed_at": {"S": ""},
            }
        )
        time.sleep(recent.SECONDS)

    def restore(self) -> None:
        """As it was before: a pointer that names no version has only its posture."""
        for product, before in self._before.items():
            self._put(before or {"rules_key": {"S": f"live#{product}"}, "posture": {"S": "approve"}})

    def _get(self, key: str) -> Any:
        return self._dynamodb.get_item(TableName=self._table, Key={"rules_key": {"S": key}}).get("Item")

    def _put(self, item: dict[str, Any]) -> None:
        self._dynamodb.put_item(TableName=self._table, Item=item)


@pytest.fixture
def rules(deployed: Deployed) -> Iterator[Rules]:
    """The rules, for one test."""
    found = Rules(deployed)
    try:
        yield found
    finally:
        found.restore()


def payment_token(deployed: Deployed, owner_id: str, amount: int, payee: str) -> str:
    """A token as the customers room issues it when the payment password was right."""
    token, now = "ptk_" + secrets.token_urlsafe(32), clock.now()
    texts = {
        "token_digest": hashlib.sha256(token.encode()).hexdigest(),
        "customer_id": owner_id,
        "currency": "USD",
        "payee": payee,
        "method": "payment_password",
        "issued_at": clock.instant(now),
        "expires_at": clock.instant(now + timedelta(minutes=5)),
    }
    deployed.env.aws("dynamodb").put_item(
        TableName=deployed.env.tables["payment-tokens"],
        Item={
            **{name: {"S": value} for name, value in texts.items()},
            "amount": {"N": str(amount)},
            "purge_at": {"N": str(int(now.timestamp()) + 86_400)},
        },
    )
    return token


def decide(deployed: Deployed, record_id: str, product: str, decision: str) -> None:
    """`ReviewDecided` on the bus, as the cases room tells it."""
    event = {
        "specversion": "1.0",
        "id": f"evt_{uuid.uuid4().hex}",
        "type": "perkbank.cases.ReviewDecided.v1",
        "source": "/perkbank/cases",
        "data": {"record_id": record_id, "product": product, "decision": decision, "case_id": "cas_e2e"},
    }
    answer = deployed.env.aws("events").put_events(
        Entries=[
            {
                "EventBusName": f"perkbank-{deployed.env.stage}",
                "Source": "perkbank.cases",
                "DetailType": event["type"],
                "Detail": json.dumps(event),
            }
        ]
    )
    assert answer["FailedEntryCount"] == 0


def test_fifty_parallel_payments_near_a_velocity_cap_do_not_pass_it(deployed: Deployed, rules: Rules) -> None:
    """By count and by sum, in the home currency: money enough for all, and ten of them fit."""
    merchant, most = deployed.merchant(), valued(1_000, "USD", "CNY")
    for caps in ({"24h": {"count": 10}}, {"1h": {"count": 49}, "24h": {"sum": most}}):
        rules.live("payment", caps)
        wallet = deployed.wallet(100_000)

        answers = at_once([lambda: deployed.pay(wallet, merchant, 100)] * 50)  # noqa: B023

        statuses = [answer.json["status"] for answer in answers]
        assert (statuses.count("succeeded"), statuses.count("declined")) == (10, 40)
        declines = {answer.json["decline"]["code"] for answer in answers if answer.json["decline"]}
        assert declines == {"velocity_exceeded"}
        assert deployed.account(wallet)["balance"] == 99_000


def test_fifty_parallel_payments_near_a_yearly_limit_do_not_pass_it(deployed: Deployed) -> None:
    merchant, wallet = deployed.merchant(), deployed.wallet(100_000, limits={"per_year": 1_000})

    answers = at_once([lambda: deployed.pay(wallet, merchant, 100)] * 50)

    statuses = [answer.json["status"] for answer in answers]
    assert (statuses.count("succeeded"), statuses.count("declined")) == (10, 40)
    assert deployed.account(wallet)["balance"] == 99_000


def test_parallel_payments_far_from_every_cap_all_succeed(deployed: Deployed, rules: Rules) -> None:
    rules.live("payment", {"1m": {"count": 1_000}, "30d": {"sum": 10**9}})
    merchant, wallet = deployed.merchant(), deployed.wallet(100_000)

    answers = at_once([lambda: deployed.pay(wallet, merchant, 100)] * 50)

    assert {answer.json["status"] for answer in answers} == {"succeeded"}
    assert deployed.account(wallet)["balance"] == 95_000


def test_a_challenge_then_its_token_at_once_from_everywhere_is_one_payment(
    deployed: Deployed, rules: Rules
) -> None:
    rules.live("payment")
    merchant, wallet = deployed.merchant(), deployed.wallet(10 * CHALLENGED)
    owner_id = deployed.account(wallet)["owner_id"]
    key, order = str(uuid.uuid4()), {"merchant_order_no": "CD-RISK"}

    asked = deployed.pay(wallet, merchant, CHALLENGED, key=key, **order)
    problem(asked, 403, "challenge_required")
    token = payment_token(deployed, owner_id, CHALLENGED, merchant)
    confirmed = {**order, "payment_token": token}
    same = at_once([lambda: deployed.pay(wallet, merchant, CHALLENGED, key=key, **confirmed)] * 16)
    others = at_once([lambda: deployed.pay(wallet, merchant, CHALLENGED, **confirmed)] * 16)

    assert {answer.status for answer in same} == {201}
    assert len({answer.text for answer in same}) == 1
    assert {answer.json["code"] for answer in others} == {"payment_token_invalid"}
    assert deployed.account(wallet)["balance"] == 9 * CHALLENGED


@pytest.mark.parametrize(
    ("decision", "status", "left"), [("release", "succeeded", 1), ("reject", "declined", 2)]
)
def test_a_payment_in_review_ends_once_as_the_case_decides(
    deployed: Deployed, rules: Rules, decision: str, status: str, left: int
) -> None:
    """The decision comes over the bus, twice, and the other one after it."""
    rules.live("payment")
    merchant, wallet = deployed.merchant(), deployed.wallet(2 * REVIEWED)

    held = created(deployed.pay(wallet, merchant, REVIEWED))
    assert held["status"] == "in_review"
    account = deployed.account(wallet)
    assert (account["balance"], account["available"]) == (2 * REVIEWED, REVIEWED)
    for _ in range(2):
        decide(deployed, held["payment_id"], "payment", decision)
    deployed.eventually(lambda: deployed.payment(held["payment_id"])["status"], status)
    decide(deployed, held["payment_id"], "payment", "reject" if decision == "release" else "release")

    account = deployed.account(wallet)
    assert (account["balance"], account["held"]) == (left * REVIEWED, 0)
    assert deployed.payment(held["payment_id"])["status"] == status


def test_transfers_and_withdrawals_in_review_are_released_over_the_bus(
    deployed: Deployed, rules: Rules
) -> None:
    for product in ("transfer", "withdrawal"):
        rules.live(product)
    wallet, friend = deployed.wallet(3 * REVIEWED), deployed.wallet()
    money = {"amount": REVIEWED, "currency": "USD"}

    sent = created(deployed.post("/transfers", {"from_account_id": wallet, "to_account_id": friend, **money}))
    cash = {**money, "destination": "bank_transfer", "reference": "e2e"}
    taken = created(deployed.post(f"/accounts/{wallet}/withdrawals", cash))
    assert (sent["status"], taken["status"]) == ("in_review", "in_review")
    assert deployed.account(wallet)["held"] == 2 * REVIEWED

    decide(deployed, sent["transfer_id"], "transfer", "release")
    decide(deployed, taken["movement_id"], "withdrawal", "release")

    deployed.eventually(lambda: deployed.account(friend)["balance"], REVIEWED)
    deployed.eventually(lambda: deployed.account(wallet)["held"], 0)
    assert deployed.account(wallet)["balance"] == REVIEWED
