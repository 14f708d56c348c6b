"""Customers of the deployed stack who say who they are; facts without a mark that the simulator knows."""

import random
import time
import uuid
from typing import Any

import urllib3
from stdnum import luhn
from stdnum.cn import ric

from infra.channel import AGAIN, ATTEMPTS, Answer
from infra.customers import Customer
from tests.e2e import customers
from tests.e2e.deployed import Deployed

ICBC, CCB, CMB = "622202", "621700", "622588"
_random = random.Random()


class Person(Customer):
    """A customer who asks with a key, and with the same key again where no answer came."""

    def verify(self, body: dict[str, Any], *, key: str | None = None) -> Answer:
        """POST /me/verifications."""
        headers = {
            "Authorization": f"Bearer {self.entered['access_token']}",
            "Idempotency-Key": key or str(uuid.uuid4()),
        }
        for attempt in range(ATTEMPTS):
            try:
                answer = self.channel.once("POST", "/me/verifications", body, headers)
            except urllib3.exceptions.HTTPError:
                continue
            if answer.status not in AGAIN:
                return answer
            time.sleep(0.5 * (attempt + 1))
        raise AssertionError("no answer")


def register(deployed: Deployed, *, password: str | None = customers.PASSWORD) -> Person:
    """A new customer."""
    return Person(**vars(customers.register(deployed, password=password)))


def mobile() -> str:
    """Some mobile number, without a mark that the simulator knows."""
    return f"139{_random.randrange(10**4):04d}{_random.randrange(1000, 9999) // 10 * 10 + 7}"


def id_number() -> str:
    """Some id number, without a mark that the simulator knows."""
    first = (
        f"330102{_random.randrange(1960, 2005)}{_random.randrange(1, 13):02d}{_random.randrange(1, 29):02d}"
    )
    first += f"{_random.randrange(500, 999)}"
    return str(first + ric.calc_check_digit(first + "0"))


def card(bank: str) -> str:
    """Some card of a bank, without a mark that the simulator knows."""
    length = 15 if bank == CMB else 18
    first = bank + "".join(_random.choices("123456789", k=length - len(bank)))
    return str(first + luhn.calc_check_digit(first))


def facts(**more: Any) -> dict[str, Any]:
    """The body of a verification: name and id number, and what else is given."""
    return {"name": "欧阳修远", "id_number": id_number(), "document_expires_on": None, **more}
