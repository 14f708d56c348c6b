"""Scenes that are measured: a few customers, merchants and payments, made by the real handlers."""

import functools
import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from accounts.app import app as accounts
from bank import ids, ledger, store
from bank.config import config
from bank.http import Api
from bank.ledger import growing, parts
from bank.ledger.payees import settlement_id
from bank.risk.tables import ContentRow, LiveRow, content_key, live_key
from merchants.app import app as merchants
from payments.app import app as payments
from tests.support import funding, http, risk
from transfers.app import app as transfers

CURRENCY = config.home_currency
MONEY = {"currency": CURRENCY}
PLENTY = 1_000_000_00
PRICE = 25_00
LOOKED_AT = 77_77
STARTER = Path(__file__).parents[1] / "functions/risk/starter"
# The starter rules' table of outcomes.
REVIEWING = "verdict"
FIRST_REFUSED = 400
# The emulator is what takes the time: one sends while another prepares.
FILLERS, FILL = 2, store.BATCH_WRITE_LIMIT


class Unexpected(Exception):
    """A handler did not do what was to be measured."""


def fresh() -> str:
    """An Idempotency-Key that nobody has used."""
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Request:
    """A request to a room, which may be sent again: it keeps its Idempotency-Key."""

    api: Api
    method: str
    path: str
    body: dict[str, Any] | None = None
    query: dict[str, str] | None = None
    key: str = field(default_factory=fresh)
    # Whether what is measured is that it is refused.
    refused: bool = False
    client_id: str = "cli_test"
    # Makes the event anew: signs it, say.
    wrap: Callable[["Request"], dict[str, Any]] | None = None

    @property
    def event(self) -> dict[str, Any]:
        """As API Gateway gives it to the function."""
        key = self.key if self.method == "POST" else None
        return http.event(
            self.api, self.method, self.path, self.body, key=key, query=self.query, client_id=self.client_id
        )

    def send(self) -> dict[str, Any]:
        """The answer. Raises Unexpected where it is a problem."""
        answer = self.api(self.wrap(self) if self.wrap else self.event, http.context())
        reply = http.Reply(answer["statusCode"], answer["headers"], answer["body"])
        if (reply.status >= FIRST_REFUSED) is not self.refused:
            raise Unexpected(f"{self.method} {self.path}: {reply.status} {reply.body}")
        parsed: dict[str, Any] = reply.json
        return parsed


class Wallet(NamedTuple):
    """A customer's account."""

    account_id: str
    owner_id: str


def new_merchant() -> str:
    """A merchant's id."""
    body = {"name": "Music", "category_code": "5733", "fee": {"basis_points": 60}, "settlement": "T+1"}
    return str(Request(merchants, "POST", "/merchants", body).send()["merchant_id"])


def busy_merchant() -> str:
    """A merchant (by id) whose account has as many parts as it gets, as one that takes in very much has."""
    merchant_id = new_merchant()
    row, transaction = ledger.accounts.find(settlement_id(merchant_id, CURRENCY)), store.Transaction()
    many, anyway = [ledger.AccountRow.parts.set(parts.MOST)], ledger.AccountRow.account_id.exists()
    transaction.update((ledger.AccountRow, row.account_id), many, anyway, store.stale)
    for number in range(1, parts.MOST):
        transaction.create(growing.further(row, number))
    transaction.commit()
    return merchant_id


@functools.cache
def merchant() -> str:
    """The one merchant of all measurements that need no other."""
    return new_merchant()


def new_wallet(owner_id: str = "own_bench") -> str:
    """The id of a customer's account with plenty of money on it."""
    body = {"owner_id": owner_id, "kind": "wallet", **MONEY}
    account_id = str(Request(accounts, "POST", "/accounts", body).send()["account_id"])
    deposit(account_id, PLENTY).send()
    return account_id


def fill(numbers: range) -> list[Wallet]:
    """Put these wallets into the bank. Nobody paid their money in: what is measured needs no verifying."""
    with ThreadPoolExecutor(FILLERS) as pool:
        parts = [numbers[start : start + FILL] for start in range(0, len(numbers), FILL)]
        list(pool.map(_put, parts))
    return [filled(number) for number in numbers]


def _put(numbers: range) -> None:
    """One batch write, its items made from one model: making a hundred thousand of them would take longer."""
    model = _filling()
    items = [
        {**model, "account_id": {"S": wallet.account_id}, "owner_id": {"S": wallet.owner_id}}
        for wallet in map(filled, numbers)
    ]
    requests = [{"PutRequest": {"Item": item}} for item in items]
    answer = store.client().batch_write_item(RequestItems={ledger.AccountRow.Meta.table_name: requests})
    if answer["UnprocessedItems"]:
        raise Unexpected("some wallets were not put")


@functools.cache
def _filling() -> dict[str, Any]:
    row = ledger.accounts.new_row(
        account_id=filled(0).account_id,
        owner_id=filled(0).owner_id,
        kind=ledger.Kind.WALLET,
        currency=CURRENCY,
    )
    row.balance = row.available = PLENTY
    return row.serialize()


def filled(number: int) -> Wallet:
    """A wallet that `fill` puts."""
    return Wallet(ids.derived("wal", "bench", str(number)), f"own_{number}")


def deposit(account_id: str, amount: int = PRICE, client_id: str = "cli_test") -> Request:
    """Money from outside, on a client's word."""
    _may_deposit(client_id)
    body = {"account_id": account_id, "amount": amount, "source": "bank", "reference": "salary", **MONEY}
    return Request(accounts, "POST", "/deposits", body, client_id=client_id)


@functools.cache
def _may_deposit(client_id: str) -> None:
    """Let a client of the measurements deposit and pay out."""
    funding.allow(client_id, currencies=(CURRENCY,), most=ledger.NO_LIMIT)


def withdrawal(account_id: str) -> Request:
    """Money to outside."""
    body = {"amount": PRICE, "destination": "bank", "reference": "cash", **MONEY}
    return Request(accounts, "POST", f"/accounts/{account_id}/withdrawals", body)


def payment(account_id: str | None, merchant_id: str | None = None, **fields: Any) -> Request:
    """A payment from a wallet, or by `payment_code`; `fields` overrides any of the body."""
    body = {
        **({"payer_account_id": account_id} if account_id else {}),
        "merchant_id": merchant_id or merchant(),
        "amount": PRICE,
        "merchant_order_no": fresh(),
        **MONEY,
        **fields,
    }
    return Request(payments, "POST", "/payments", body)


def of_payment(payment_id: str, what: str, body: dict[str, Any] | None = None) -> Request:
    """A capture, cancellation, refund or split."""
    return Request(payments, "POST", f"/payments/{payment_id}/{what}", body)


def rules_are_live() -> None:
    """The starter rules judge every product, as large as they are, and a review besides."""
    for product in ("payment", "transfer", "withdrawal", "benefit"):
        # There are none for benefits: those of withdrawals ask as much.
        content = json.loads((STARTER / f"{product.replace('benefit', 'withdrawal')}.json").read_text())
        for node in content["nodes"]:
            if node["id"] == REVIEWING:
                columns = node["content"]
                when, outcome, reason = (
                    column["id"] for column in [*columns["inputs"][:1], *columns["outputs"][:2]]
                )
                columns["rules"].append(
                    {"_id": "bench", when: f"amount == {LOOKED_AT}", outcome: '"review"', reason: '"bench"'}
                )
        version = f"rls_bench_{product}"
        caps = {"1h": {"count": 10**6}, "30d": {"sum": 10**12}}
        rules = ContentRow(rules_key=content_key(version), content=content, caps=caps)
        live = LiveRow(rules_key=live_key(product), version=version, posture="decline")
        store.put_many([rules, live])


def customer() -> Wallet:
    """A customer with a wallet, of which nothing is free: each payment has to be confirmed."""
    customer_id = ids.new("cus")
    return Wallet(risk.customer_wallet(customer_id, PLENTY, free_limit=0, currency=CURRENCY), customer_id)


def challenged(payer: Wallet) -> Request:
    """A payment that is not confirmed."""
    return replace(payment(payer.account_id), refused=True)


def confirmed(payer: Wallet) -> Request:
    """A payment with its token."""
    token = risk.token(payer.owner_id, PRICE, merchant(), CURRENCY)
    return payment(payer.account_id, payment_token=token)


def reviewed(account_id: str) -> Request:
    """A payment that a person has to look at."""
    return payment(account_id, amount=LOOKED_AT)


def transfer(source: str, target: str) -> Request:
    """Money from one wallet to another."""
    body = {"from_account_id": source, "to_account_id": target, "amount": PRICE, **MONEY}
    return Request(transfers, "POST", "/transfers", body)


def read(api: Api, path: str, **query: str) -> Request:
    """A GET."""
    return Request(api, "GET", path, query=query or None)


def settlement_account(merchant_id: str) -> str:
    """Return a merchant's settlement account."""
    return ids.derived("stl", merchant_id, CURRENCY)
