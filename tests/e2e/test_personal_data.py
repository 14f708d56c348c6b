"""Personal data stands nowhere in the open: planted, and looked for in all that was written."""

import json
import random
import uuid
from typing import Any

import pytest

from tests.e2e import verified
from tests.e2e.deployed import Deployed, created, ok
from tests.e2e.verified import ICBC
from tests.e2e.written import everything

pytestmark = pytest.mark.rooms("customers", "kyc")


class Overheard:
    """A queue that gets a copy of every event on the bus."""

    def __init__(self, deployed: Deployed) -> None:
        self._sqs, events = deployed.env.aws("sqs"), deployed.env.aws("events")
        name = f"perkbank-{deployed.env.stage}-overheard-{uuid.uuid4().hex[:8]}"
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        bus, pattern = f"perkbank-{deployed.env.stage}", {"source": [{"prefix": "perkbank"}]}
        events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
        target = {"Id": "overheard", "Arn": asked["Attributes"]["QueueArn"]}
        events.put_targets(Rule=name, EventBusName=bus, Targets=[target])
        self.bodies: list[str] = []

    def types(self) -> set[str]:
        """The types of all events so far."""
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                self.bodies.append(message["Body"])
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return {json.loads(body)["detail-type"].split(".")[2] for body in self.bodies}


@pytest.fixture
def overheard(deployed: Deployed) -> Overheard:
    """All events from now on."""
    return Overheard(deployed)


LEVEL_TWO = 100_000_00
WANTED = {"CustomerRegistered", "VerificationCompleted", "LevelChanged", "MoneyDeposited", "PaymentSucceeded"}


def test_what_was_planted_is_found_nowhere(deployed: Deployed, overheard: Overheard) -> None:
    """Name, phone, id number and card of a customer who is verified, pays, and gets things wrong."""
    customer = verified.register(deployed)
    name = "欧阳" + "".join(chr(random.randrange(0x4E00, 0x9FA5)) for _ in range(4))
    number, card = verified.id_number(), verified.card(ICBC)
    phone = customer.phone.removeprefix("+86")
    planted = {"name": name, "phone": phone, "id number": number, "card": card}
    facts = verified.facts(name=name, id_number=number, phone=phone, card_number=card)
    problems = _wrong(customer, facts)

    created(customer.verify(facts))
    deployed.eventually(lambda: customer.wallet()["per_year"], LEVEL_TWO)
    merchant, wallet = deployed.merchant(), customer.wallet()["account_id"]
    deployed.deposit(wallet, 10_000, currency="CNY")
    created(deployed.pay(wallet, merchant, 5_000, currency="CNY", merchant_order_no="planted"))
    deployed.eventually(lambda: WANTED - overheard.types(), set())

    written = [*everything(deployed), *(("event", body) for body in overheard.bodies)]
    written += [("problem", text) for text in problems]
    found = {(what, place) for place, text in written for what, value in planted.items() if value in text}
    assert found == set()
    assert any(place.startswith("log") for place, _ in written)
    assert any(customer.customer_id in text for place, text in written if place == "event")


def _wrong(customer: Any, facts: dict[str, Any]) -> list[str]:
    """What is answered to requests that are wrong beside a planted value, and are logged."""
    tried = [
        customer.verify({**facts, "unknown_field": 1}),
        customer.verify({**facts, "document_expires_on": "2001-01-01"}),
        customer.call("PATCH", "/me", {"nickname": 7}),
        customer.call("POST", "/me/phone", {"phone": customer.phone, "code": "000000"}),
        customer.channel.post("/logins", {"phone": customer.phone, "password": "not-the-password"}),
        customer.channel.post("/aml/screenings", {"kind": "customer", "name": facts["name"]}),
    ]
    assert all(answer.status >= 400 for answer in tried)
    ok(customer.call("GET", "/me"))
    return [answer.text for answer in tried]
