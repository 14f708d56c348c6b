"""What customers tell the bank stands in no log line, problem or event, also where a service fails."""

import io
import logging
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from bank import messages
from bank.observability import logger
from customers.events import of_record
from tests.support.streams import Cloud
from tests.unit.customers import desk
from tests.unit.customers.desk import OTHER_PHONE, PASSWORD, PHONE, PIN, In, Watch, log_in, problem


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, as it is written in Lambda."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logger.registered_handler.formatter)
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)


class Failing:
    """SNS as it refuses a number: with the number in what it says."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def publish(self, **_: object) -> None:
        """Refuse."""
        raise self._error


REFUSALS = [
    ClientError(
        {"Error": {"Code": "InvalidParameter", "Message": f"PhoneNumber Reason: {PHONE} is not valid"}},
        "Publish",
    ),
    EndpointConnectionError(endpoint_url=f"https://sns.example.com/?PhoneNumber={PHONE}"),
]


@pytest.mark.parametrize("error", REFUSALS, ids=["refused", "unreachable"])
def test_a_message_that_cannot_be_sent_is_a_503_and_the_number_is_nowhere(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, log: io.StringIO, error: Exception
) -> None:
    monkeypatch.setattr(messages, "_sns", lambda: Failing(error))

    reply = desk.ask("register")

    assert problem(reply) == (503, "unavailable")
    assert "no message was sent" in log.getvalue()
    assert not [text for text in (log.getvalue(), reply.body) if PHONE[3:] in text]


def test_a_customer_s_whole_way_leaves_nothing_personal_in_logs_problems_and_events(
    watch: Watch, cloud: Cloud, log: io.StringIO
) -> None:
    cloud.records("customers")
    customer = desk.register(watch)
    markers = [PHONE[3:], OTHER_PHONE[3:], PASSWORD, PIN, "tulip-Harbour-77", "Xiao Ming", "1990-05-17"]
    customer.set_pin()
    customer.call("PATCH", "/me", {"nickname": "Xiao Ming", "birthday": "1990-05-17"})
    replies = [
        log_in(password="tulip-Harbour-77"),
        customer.token(payment_password="918273"),
        customer.call("POST", "/me/phone", {"phone": OTHER_PHONE, "new_code": "000000", "code": "000000"}),
        desk.post_by_channel("/registrations", {"phone": PHONE, "code": "000000", "password": PHONE[3:]}),
        desk.post_by_channel("/logins", {"phone": "+8613800138000x", "password": PASSWORD}),
    ]
    customer.call("POST", "/me/phone", moved(customer))
    markers += [desk.code(), desk.code(OTHER_PHONE), *customer.answer["refresh_token"].split(".")[2:]]

    events = [event.model_dump_json() for each in cloud.records("customers") for event in of_record(each)]

    assert all(400 <= reply.status < 500 for reply in replies)
    assert len(events) >= 3
    logs = log.getvalue()
    assert logs.count("answered") > len(replies)
    # A code of six digits may stand in a time or an id by chance: only whole values count.
    for marker in markers:
        quoted = f'"{marker}"' if len(marker) == 6 else marker
        assert not [text for text in (logs, *(reply.body for reply in replies), *events) if quoted in text]


def moved(customer: In) -> dict[str, str]:
    new = customer.code("new_phone", OTHER_PHONE)
    return {"phone": OTHER_PHONE, "new_code": new, "current_password": PASSWORD}
