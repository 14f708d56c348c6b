"""Customers of the stage over HTTP: they register with the code in the inbox, and act with their tokens.

    customer = customers.register(channel, stage.endpoint_url)
    customer.set_payment_password()
    customer.call("GET", "/me")

The inbox is MiniStack's, so these are for a stage on this machine alone.
"""

import random
import re
from dataclasses import dataclass
from typing import Any

from infra import local
from infra.channel import Answer, Channel

PASSWORD = "lamp-Otter-meadow-42"
PIN = "274916"


class Refused(Exception):
    """The API did not do what was asked; the answer says why."""


@dataclass
class Customer:
    """A customer who is in, through a channel."""

    channel: Channel
    endpoint_url: str
    phone: str
    entered: dict[str, Any]

    @property
    def customer_id(self) -> str:
        """Their id."""
        return str(self.entered["customer_id"])

    def call(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        """One call with their access token."""
        headers = {"Authorization": f"Bearer {self.entered['access_token']}"}
        return self.channel.once(method, path, body, headers | ({"Idempotency-Key": key} if key else {}))

    def code(self, purpose: str) -> str:
        """A code for something that they are about to do."""
        done(self.call("POST", "/me/verification-codes", {"purpose": purpose}))
        return last_code(self.endpoint_url, self.phone)

    def set_payment_password(self, pin: str = PIN) -> None:
        """Set it, with a code from the phone."""
        body = {"payment_password": pin, "code": self.code("payment_password")}
        done(self.call("POST", "/me/payment-password", body))

    def payment_token(self, amount: int, payee: str, currency: str = "CNY", **proof: str) -> Answer:
        """Ask for a payment token, with the payment password unless another proof is given."""
        shown = proof or {"payment_password": PIN}
        body = {"amount": amount, "currency": currency, "payee": payee, **shown}
        return self.call("POST", "/me/payment-tokens", body)

    def wallet(self, currency: str = "CNY") -> dict[str, Any]:
        """Their wallet of a currency."""
        items = done(self.call("GET", "/me/wallets"))["items"]
        found: dict[str, Any] = next(item for item in items if item["currency"] == currency)
        return found


def fresh_phone() -> str:
    """A mobile number that nobody here has yet, as far as chance goes.

    Its end is no mark of the simulated providers of identity (functions/kyc/README.md): those begin with 0.
    """
    return f"+86138{random.randrange(10**4):04d}{random.randrange(1000, 10**4)}"


def register(
    channel: Channel, endpoint_url: str, phone: str | None = None, *, password: str | None = PASSWORD
) -> Customer:
    """A new customer, through a channel; `password`: None for one who sets none."""
    phone = phone or fresh_phone()
    body = {"phone": phone, "code": ask(channel, endpoint_url, phone, "register")}
    body |= {"password": password} if password else {}
    return Customer(channel, endpoint_url, phone, done(channel.post("/registrations", body)))


def ask(channel: Channel, endpoint_url: str, phone: str, purpose: str) -> str:
    """Ask for a code as a channel, and read it."""
    done(channel.post("/verification-codes", {"phone": phone, "purpose": purpose}))
    return last_code(endpoint_url, phone)


def last_code(endpoint_url: str, phone: str) -> str:
    """The last code that was sent to a phone, in the emulator's inbox. Raises Refused without one."""
    codes = re.findall(r"[0-9]{6}", " ".join(text for _, text in local.sent_messages(endpoint_url, phone)))
    if not codes:
        raise Refused(f"no code was sent to a phone ending {phone[-4:]}")
    return str(codes[-1])


def done(answer: Answer) -> Any:
    """The body of a 2xx. Raises Refused for any other."""
    if not 200 <= answer.status < 300:
        raise Refused(f"{answer.status}: {answer.text}")
    return answer.json
