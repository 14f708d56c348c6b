"""Customers of the deployed stack: they register with the code in the inbox, and act with their tokens."""

import random
import re
from dataclasses import dataclass
from typing import Any

from infra import local
from infra.channel import Answer
from tests.e2e.deployed import Deployed, created, ok

PASSWORD = "lamp-Otter-meadow-42"
PIN = "274916"


def fresh_phone() -> str:
    """A mobile number that nobody here has yet, as far as chance goes."""
    return f"+86138{random.randrange(10**8):08d}"


@dataclass
class Customer:
    """A customer who is in."""

    deployed: Deployed
    phone: str
    entered: dict[str, Any]

    @property
    def customer_id(self) -> str:
        """Their id."""
        return str(self.entered["customer_id"])

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """One call with their access token."""
        headers = {"Authorization": f"Bearer {self.entered['access_token']}"}
        return self.deployed.channel.once(method, path, body, headers)

    def code(self, purpose: str) -> str:
        """A code for something that they are about to do."""
        sent = self.call("POST", "/me/verification-codes", {"purpose": purpose})
        assert sent.status == 202, sent.text
        return last_code(self.deployed, self.phone)

    def set_payment_password(self, pin: str = PIN) -> None:
        """Set it, with a code from the phone."""
        body = {"payment_password": pin, "code": self.code("payment_password")}
        ok(self.call("POST", "/me/payment-password", body))

    def payment_token(self, amount: int, payee: str, currency: str = "CNY", **proof: str) -> Answer:
        """Ask for a payment token, with the payment password unless another proof is given."""
        shown = proof or {"payment_password": PIN}
        body = {"amount": amount, "currency": currency, "payee": payee, **shown}
        return self.call("POST", "/me/payment-tokens", body)

    def wallet(self, currency: str = "CNY") -> dict[str, Any]:
        """Their wallet of a currency."""
        items = ok(self.call("GET", "/me/wallets"))["items"]
        found: dict[str, Any] = next(item for item in items if item["currency"] == currency)
        return found


def register(deployed: Deployed, phone: str | None = None) -> Customer:
    """A new customer, with a password, through the channel of the tests."""
    phone = phone or fresh_phone()
    body = {"phone": phone, "code": ask(deployed, phone, "register"), "password": PASSWORD}
    return Customer(deployed, phone, created(deployed.post("/registrations", body)))


def ask(deployed: Deployed, phone: str, purpose: str) -> str:
    """Ask for a code as a channel, and read it."""
    sent = deployed.post("/verification-codes", {"phone": phone, "purpose": purpose})
    assert sent.status == 202, sent.text
    return last_code(deployed, phone)


def last_code(deployed: Deployed, phone: str) -> str:
    """The code in the last message to a phone, in the emulator's inbox."""
    assert deployed.env.endpoint_url, "an inbox is the emulator's"
    _, text = local.sent_messages(deployed.env.endpoint_url, phone)[-1]
    found = re.search(r"[0-9]{6}", text)
    assert found, text
    return found[0]
