"""A customer of whom each room holds something marked, and somebody else whose data is not theirs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from accounts.app import app as accounts_app
from aml.tables import SubjectRow as ScreenedRow
from bank import clock, ids, store
from bank.risk.tables import ProfileRow
from cases.tables import NoteRow
from infra.contract import holdings
from payments.app import app as payments_app
from risk.tables import HitRow
from tests.support import exported, funding, mocked, streams
from tests.support.http import Reply, call
from tests.unit.customers import desk
from tests.unit.customers.desk import In, Watch
from tests.unit.kyc import given
from tests.unit.payments.test_app import MERCHANT, register
from transfers.app import app as transfers_app

NAME, PAYER_CARD = "欧阳标记", given.card(given.ICBC)
# What an export gives, as it is.
GIVEN = {
    "phone": desk.PHONE,
    "nickname": "mark-nickname",
    "device": "Mate 70",
    "name": NAME,
    "id number": given.ID_NUMBER,
    "card": PAYER_CARD[-4:],
    "deposit": "mark-deposit",
    "withdrawal": "mark-withdrawal",
    "payment": "mark-payment",
    "declined payment": "mark-declined",
    "refund": "mark-refund",
    "transfer": "mark-transfer",
    "transfer received": "mark-received",
    "act": "customers.change_me",
    "address": "127.0.0.1",
}
# What none gives.
WITHHELD = {
    "risk profile": "mark-risk-profile",
    "reasons of risk": "mark-risk-reason",
    "case": "mark-case",
    "screening": "mark-screening",
    "card number": PAYER_CARD,
}


@dataclass
class Planted:
    """The customer, the other one, and the cloud that they are in."""

    customer: In
    other: In
    cloud: streams.Cloud
    watch: Watch

    def wallet(self, of: In) -> str:
        """Somebody's wallet."""
        return ids.derived("wal", of.customer_id, "CNY")

    def export(self) -> dict[str, dict[str, Any]]:
        """Each room's part of an export of the customer's data."""
        event = exported.event(self.customer.customer_id)
        for room in holdings.sections():
            name = "on_exports" if room == "customers" else "on_customer_events"
            assert exported.deliver(f"{room}.app.{name}", event) == []
        return {room: exported.part("exp_1", room) for room in holdings.sections()}


@contextmanager
def planted() -> Iterator[Planted]:
    """A bank in memory in which something of the customer is marked in every room."""
    with mocked.cloud() as cloud:
        exported.create_bucket()
        watch = Watch()
        with clock.source(watch):
            bank = Planted(desk.register(watch), desk.register(watch, desk.OTHER_PHONE), cloud, watch)
            _identity(bank)
            _money(bank)
            _control(bank)
            cloud.settle()
            yield bank


def _identity(bank: Planted) -> None:
    ok(bank.customer.call("PATCH", "/me", {"nickname": GIVEN["nickname"], "birthday": "1990-05-17"}))
    facts = given.facts(name=NAME, phone=given.PHONE, card_number=PAYER_CARD)
    ok(given.verify(bank.customer.customer_id, body=facts, client_id=desk.SHOP))


def _money(bank: Planted) -> None:
    register(MERCHANT)
    mine, theirs = bank.wallet(bank.customer), bank.wallet(bank.other)
    for client_id in (desk.SHOP, "cli_test"):
        funding.allow(client_id)
    _post(
        accounts_app, "/deposits", {"account_id": mine, "source": "cash", "reference": GIVEN["deposit"]}, 9000
    )
    ok(funding.deposit(theirs, 5000, key="d2"))
    paid = _pay(mine, 2000, "payment")
    refund = {"amount": 500, "reason": GIVEN["refund"]}
    ok(call(payments_app, "POST", f"/payments/{paid.json['payment_id']}/refunds", refund, key="r1"))
    _pay(mine, 900_00, "declined payment")
    _transfer(mine, theirs, "transfer")
    _transfer(theirs, mine, "transfer received")
    body = {"destination": "cash", "reference": GIVEN["withdrawal"]}
    _post(accounts_app, f"/accounts/{mine}/withdrawals", body, 100, client_id=desk.SHOP)


def _pay(wallet: str, amount: int, mark: str) -> Reply:
    body = {"payer_account_id": wallet, "merchant_id": MERCHANT, "merchant_order_no": mark.replace(" ", "-")}
    return _post(payments_app, "/payments", body | {"description": GIVEN[mark]}, amount)


def _transfer(source: str, target: str, mark: str) -> None:
    body = {"from_account_id": source, "to_account_id": target, "note": GIVEN[mark]}
    _post(transfers_app, "/transfers", body, 50)


def _post(app: Any, path: str, body: dict[str, Any], amount: int, **options: Any) -> Reply:
    body |= {"amount": amount, "currency": "CNY"}
    reply = call(app, "POST", path, body, key=ids.digest(body), **options)
    assert reply.status < 300 or reply.json["code"] == "insufficient_funds", reply.body
    return reply


def _control(bank: Planted) -> None:
    """What the bank's control knows, put there as its rooms keep it."""
    mine, now = bank.wallet(bank.customer), clock.instant()
    late = int(bank.watch.now.timestamp()) + 10**6
    store.put_many(
        [
            ProfileRow(profile_key=f"payer#{mine}", devices={WITHHELD["risk profile"]: now[:10]}),
            HitRow(finding="hit#p1", part="-", reasons=[WITHHELD["reasons of risk"]], purge_at=late),
            NoteRow(
                case_id="cas_1",
                record="note#1",
                what="comment",
                author="stf_1",
                text=WITHHELD["case"],
                noted_at=now,
            ),
            ScreenedRow(
                shard="s00",
                subject_id=bank.customer.customer_id,
                kind="person",
                schema="Person",
                sealed=b"x",
                fingerprint="f",
                masked_name=WITHHELD["screening"],
                customer_id=bank.customer.customer_id,
                outcome="clear",
            ),
        ]
    )


def ok(reply: Reply) -> Reply:
    """The reply, which is no problem."""
    assert reply.status < 300, reply.body
    return reply


def text(part: Any) -> str:
    """As it is written."""
    return json.dumps(part, ensure_ascii=False)
