"""A customer of whom each room holds something marked, and somebody else whose data is not theirs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from accounts.app import app as accounts_app
from aml.tables import SubjectRow as ScreenedRow
from aml.tables import shard_of
from bank import clock, ids, store, vault
from bank.config import config
from bank.privacy import closures
from bank.risk.tables import ProfileRow
from cases.tables import NoteRow
from customers.service.devices import list_devices
from customers.tables import DeviceRow
from infra.contract import holdings
from payments.app import app as payments_app
from points.tables import MemberRow
from risk.tables import HitRow
from tests.support import cloudformation, exported, funding, mocked, streams, tables
from tests.support.http import Reply, call
from tests.unit.benefits import given as given_benefits
from tests.unit.customers import desk
from tests.unit.customers.desk import In, Watch
from tests.unit.kyc import given
from tests.unit.payments.test_app import MERCHANT, register
from transfers.app import app as transfers_app

NAME, PAYER_CARD = "欧阳标记", given.card(given.ICBC)
LATE = {"N": str(10**10)}
# What an export gives, as it is.
GIVEN = {
    "phone": desk.PHONE,
    "nickname": "mark-nickname",
    "device": "Mate 70",
    "name": NAME,
    "id number": given.ID_NUMBER,
    "card": vault.mask_card(PAYER_CARD),
    "deposit": "mark-deposit",
    "withdrawal": "mark-withdrawal",
    "payment": "mark-payment",
    "declined payment": "mark-declined",
    "refund": "mark-refund",
    "transfer": "mark-transfer",
    "transfer received": "mark-received",
    "payment with a coupon": "mark-coupon",
    "article": "mark-article",
    "entitlement": given_benefits.COUPON["name"],
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
        asked = ok(self.customer.call("POST", "/me/exports", {"current_password": desk.PASSWORD}))
        event = exported.event(self.customer.customer_id, asked.json["export_id"])
        for room in holdings.sections():
            assert exported.deliver(f"{room}.app.on_customer_events", event) == []
        return {room: exported.part(asked.json["export_id"], room) for room in holdings.sections()}

    def close(self) -> None:
        """The customer takes their money and leaves, and every room that hears of it has heard, twice."""
        mine = self.wallet(self.customer)
        left = self.customer.get("/me/wallets")["items"][0]["balance"]
        body = {"destination": "cash", "reference": "all of it"}
        _post(accounts_app, f"/accounts/{mine}/withdrawals", body, left, client_id=desk.SHOP)
        ok(self.customer.call("POST", "/me/closure", {"code": self.customer.code("closure")}))
        self.cloud.settle()
        event = exported.event(
            self.customer.customer_id, type_=closures.CLOSED, client_id=desk.SHOP, unit_id="unit_head"
        )
        for name in who_hear(closures.CLOSED) * 2:
            assert exported.deliver(name, event) == [], name


def who_hear(type_name: str) -> list[str]:
    """The handlers of queues that rules of the templates put this event into."""
    rules = cloudformation.resources("AWS::Events::Rule")
    queues = {
        f"{name.removesuffix('Rule')}.Arn"
        for name, rule in rules.items()
        if type_name in rule["EventPattern"].get("detail-type", ())
    }
    return [
        function.dotted
        for function in cloudformation.functions()
        if any(cloudformation.text(event.get("Queue", "")) in queues for event in function.events)
    ]


def written() -> Iterator[tuple[str, str]]:
    """Each row of each table and each copy of data, as it is stored, with where it stands.

    Rows that are past their time are not: DynamoDB deletes them within days.
    """
    for definition in tables.definitions():
        pages = store.client().get_paginator("scan").paginate(TableName=definition["TableName"])
        items = [item for page in pages for item in page["Items"]]
        now = clock.now().timestamp()
        for item in (item for item in items if int(item.get("purge_at", LATE)["N"]) > now):
            name = definition["TableName"].removeprefix(config.table_prefix)
            yield (
                name,
                json.dumps(item, default=lambda value: bytes(value).decode("latin-1"), ensure_ascii=False),
            )
    yield from (("exports", key) for key in exported.parts())


@contextmanager
def planted() -> Iterator[Planted]:
    """A bank in memory in which something of the customer is marked in every room."""
    with mocked.cloud() as cloud:
        exported.create_bucket()
        watch = Watch()
        with clock.source(watch):
            bank = Planted(desk.register(watch), desk.register(watch, desk.OTHER_PHONE), cloud, watch)
            for row in list_devices(bank.other.customer_id):
                row.update([DeviceRow.name.set("theirs")])
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
    product_id = given_benefits.shelved("ben_01JDB3W6Q2V0M8C4T5R7N9XKHE", "unit_head")
    mine_too = given_benefits.issued(product_id, mine, bank.customer.customer_id, "unit_head")
    given_benefits.redeemed(mine_too, mine, "unit_head")
    bought = {"items": [{"sku": GIVEN["article"], "amount": 300}], "entitlement_ids": [mine_too]}
    _pay(mine, 300, "payment with a coupon", **bought)
    _transfer(mine, theirs, "transfer")
    _transfer(theirs, mine, "transfer received")
    body = {"destination": "cash", "reference": GIVEN["withdrawal"]}
    _post(accounts_app, f"/accounts/{mine}/withdrawals", body, 100, client_id=desk.SHOP)


def _pay(wallet: str, amount: int, mark: str, **fields: Any) -> Reply:
    body = {"payer_account_id": wallet, "merchant_id": MERCHANT, "merchant_order_no": mark.replace(" ", "-")}
    return _post(payments_app, "/payments", body | {"description": GIVEN[mark], **fields}, amount)


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
            MemberRow(
                customer_id=bank.customer.customer_id, day=now[:10], on_day=20, in_month=20, revision=1
            ),
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
                shard=shard_of(bank.customer.customer_id),
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
