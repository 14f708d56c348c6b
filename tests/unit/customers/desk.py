"""A channel in tests: customers register, log in and act, their messages can be read, time can pass."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pyotp
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from bank import clock, store, vault
from bank.config import config
from bank.control.audit import AuditEntryRow
from bank.store import table_name
from customers.app import app, on_kyc_events
from tests.support import bus, http
from tests.support.http import Reply, call

EAST, WEST, EAST_2 = "unit_east", "unit_west", "unit_east_2"
PHONE, OTHER_PHONE = "+8613800138000", "+8613911112222"
PASSWORD = "lamp-Otter-meadow-42"
PIN = "274916"
# Made up, with a right check digit.
ID_NUMBER, ANOTHER_ID_NUMBER = "11010519491231002X", "110105194912310046"
SHOP, RIVAL = "cli_shop", "cli_rival"


@dataclass
class Watch:
    """The time of a test."""

    now: datetime = field(default_factory=clock.now)

    def __call__(self) -> datetime:
        """The time, which goes on a little each time it is asked for."""
        self.now += timedelta(microseconds=1)
        return self.now

    def pass_(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)


def inbox(phone: str = PHONE) -> list[str]:
    """The text messages that were sent to a phone, oldest first."""
    sent = sns_backends[DEFAULT_ACCOUNT_ID][config.region].sms_messages.values()
    return [text for number, text in sent if number == phone]


def code(phone: str = PHONE) -> str:
    """The code in the last of them."""
    found = re.search(r"[0-9]{6}", inbox(phone)[-1])
    assert found
    return found[0]


def ask(purpose: str, phone: str = PHONE, client_id: str = SHOP, **options: Any) -> Reply:
    """Ask for a code as a channel."""
    body = {"phone": phone, "purpose": purpose}
    return post_by_channel("/verification-codes", body, client_id=client_id, **options)


def post_by_channel(path: str, body: dict[str, Any], client_id: str = SHOP, **options: Any) -> Reply:
    """A channel's call."""
    return call(app, "POST", path, body, client_id=client_id, principal=http.CHANNEL, **options)


@dataclass
class In:
    """Somebody who is in, and what they may do."""

    answer: dict[str, Any]
    watch: Watch
    client_id: str = SHOP

    @property
    def customer_id(self) -> str:
        """Their id."""
        return str(self.answer["customer_id"])

    def call(self, method: str, path: str, body: Any = None) -> Reply:
        """A call with their access token."""
        principal = http.customer(self.customer_id, self.answer["device_id"])
        principal |= {"session": self.answer["session_id"]}
        return call(app, method, path, body, client_id=self.client_id, principal=principal)

    def get(self, path: str) -> Any:
        """What a GET shows."""
        reply = self.call("GET", path)
        assert reply.status == 200, reply.body
        return reply.json

    def code(self, purpose: str, phone: str | None = None, at: str = PHONE) -> str:
        """Ask for a code, when one may be asked for, and read it."""
        self.watch.pass_(seconds=61)
        body = {"purpose": purpose} | ({"phone": phone} if phone else {})
        reply = self.call("POST", "/me/verification-codes", body)
        assert reply.status == 202, reply.body
        return code(phone or at)

    def set_pin(self, pin: str = PIN, **more: Any) -> Reply:
        """Set the payment password."""
        body = {"payment_password": pin, "code": self.code("payment_password"), **more}
        return self.call("POST", "/me/payment-password", body)

    def token(self, amount: int = 150_000, payee: str = "mer_1", **proof: str) -> Reply:
        """Ask for a payment token."""
        body = {"amount": amount, "currency": "CNY", "payee": payee, **proof}
        return self.call("POST", "/me/payment-tokens", body)

    def identify(self, number: str = ID_NUMBER, level: int = 2) -> None:
        """kyc verifies the customer with this id number, and tells of the level."""
        tell_level(self.customer_id, level, identity=vault.fingerprint("id_number", number))

    def settle(self) -> None:
        """Let so much time pass that what is new is new no more."""
        self.watch.pass_(hours=73)

    def enrol(self, **proof: str) -> tuple[pyotp.TOTP, list[str]]:
        """Enrol an authenticator; it, and the recovery codes."""
        offer = self.call("POST", "/me/totp")
        assert offer.status == 201, offer.body
        authenticator = pyotp.TOTP(offer.json["secret"])
        sent = self.code("totp")
        body = {"totp": authenticator.at(self.watch.now), "code": sent, **proof}
        reply = self.call("POST", "/me/totp/confirm", body)
        assert reply.status == 200, reply.body
        self.watch.pass_(seconds=30)
        return authenticator, reply.json["recovery_codes"]


def tell_level(customer_id: str, level: int, time: str = "", identity: str | None = None) -> None:
    """kyc tells of a customer's level, and what it rests on."""
    data = {"customer_id": customer_id, "level": level, "unit_id": "unit_head", "identity": identity}
    envelope = {"type": "perkbank.kyc.LevelChanged.v1", "time": time or clock.instant(), "data": data}
    record = {"messageId": "m1", "body": bus.body(envelope), "eventSource": "aws:sqs", "receiptHandle": "r"}
    attributes: dict[str, Any] = {"attributes": {}, "messageAttributes": {}, "eventSourceARN": "a:b:c:d:e:f"}
    answer = on_kyc_events({"Records": [record | attributes]}, http.context())
    assert answer["batchItemFailures"] == []


def new_device(watch: Watch, phone: str = PHONE, **proof: Any) -> Reply:
    """Log in with a code from the phone and what else is given, on a device that is not known."""
    watch.pass_(seconds=61)
    assert ask("login", phone).status == 202
    return log_in(phone, code=code(phone), **proof)


def register(
    watch: Watch, phone: str = PHONE, *, client_id: str = SHOP, password: str | None = PASSWORD
) -> In:
    """A new customer."""
    watch.pass_(seconds=61)
    assert ask("register", phone, client_id).status == 202
    body = {"phone": phone, "code": code(phone), "device_name": "Mate 70"}
    reply = post_by_channel("/registrations", body | ({"password": password} if password else {}), client_id)
    assert reply.status == 201, reply.body
    return In(reply.json, watch, client_id)


def log_in(phone: str = PHONE, client_id: str = SHOP, **proof: Any) -> Reply:
    """Try to log in."""
    return post_by_channel("/logins", {"phone": phone, **proof}, client_id)


def problem(reply: Reply) -> tuple[int, str]:
    """Its status and code."""
    return reply.status, reply.json["code"]


def customer_of(watch: Watch, unit: str, phone: str, client_id: str = SHOP) -> In:
    """A customer who registered through a channel of a unit."""
    watch.pass_(seconds=61)
    principal = http.CHANNEL | {"unit": unit}
    asked = {"phone": phone, "purpose": "register"}
    call(app, "POST", "/verification-codes", asked, client_id=client_id, principal=principal)
    body = {"phone": phone, "code": code(phone)}
    reply = call(app, "POST", "/registrations", body, client_id=client_id, principal=principal)
    assert reply.status == 201, reply.body
    return In(reply.json, watch, client_id)


def staff(unit: str, method: str, path: str, body: Any = None, **query: str) -> Reply:
    """A call of a member of staff of a unit."""
    return call(app, method, path, body, principal=http.staff(unit), query=query or None)


def entries(*deeds: str) -> list[AuditEntryRow]:
    """The audit trail's entries of what this room records itself."""
    items = store.client().scan(TableName=table_name("audit-entries"))["Items"]
    found = [AuditEntryRow.from_item(item) for item in items]
    return [entry for entry in found if entry.action.removeprefix("customers.") in deeds]
