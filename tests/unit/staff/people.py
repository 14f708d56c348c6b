"""Members of staff as they use the room: entered, enrolled, logged in, calling with the token they got."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from bank.access.tokens import LIFETIME
from bank.config import config
from bank.credentials import totp
from staff.app import app
from staff.service import operators
from tests.support.funding import OPERATOR
from tests.support.http import Reply, call

PASSWORD = "Lantern-42-under-the-bridge"
PHONE = "+8613800138000"
assert timedelta(minutes=30) > LIFETIME


@dataclass
class Time:
    """What the clock shows."""

    now: datetime

    def read(self) -> datetime:
        """For `bank.clock.source`."""
        return self.now

    def passes(self, **amount: float) -> None:
        """Let time go by; `seconds=30` is the next step of every authenticator."""
        self.now += timedelta(**amount)


@dataclass(frozen=True)
class Person:
    """Somebody with an account, and what they know of it."""

    staff_id: str
    login: str
    password: str
    secret: str
    time: Time
    tokens: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """What their authenticator shows."""
        return totp.code(self.secret)

    def try_to_log_in(self, **changes: Any) -> Reply:
        """POST /staff-sessions; the next request's code is another one."""
        self.time.passes(seconds=30)
        body = {"login": self.login, "password": self.password, "code": self.code, **changes}
        return call(app, "POST", "/staff-sessions", body, client_id=None)

    def logged_in(self, **changes: Any) -> "Person":
        """The same person with a session."""
        answer = self.try_to_log_in(**changes)
        assert answer.status == 201, answer.body
        return replace(self, tokens=answer.json)

    @property
    def principal(self) -> dict[str, str]:
        """What the authorizer makes of their token."""
        return {
            "kind": "staff",
            "client_id": "staff-console",
            "subject": self.staff_id,
            "unit": self.tokens["unit_id"],
            "session": self.tokens["session_id"],
            "scope": self.tokens["scope"],
            "bank_wide": "false",
        }

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> Reply:
        """A request with their access token."""
        return call(app, method, path, body, principal=self.principal, **options)

    def must(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The same, which has to succeed; the answer's body."""
        answer = self.ask(method, path, body, **options)
        assert answer.status in (200, 201), answer.body
        return answer.json

    def enters(self, login: str, unit_id: str, *roles: str) -> "Person":
        """A new member of a unit with these roles for it, enrolled."""
        made = self.must("POST", "/staff", entered(login, unit_id))
        for role_id in roles:
            self.gives(made["staff_id"], role_id, unit_id)
        return enrolled(login, initial_password(), self.time)

    def gives(self, staff_id: str, role_id: str, unit_id: str) -> dict[str, Any]:
        """POST /staff/{staff_id}/roles."""
        body = {"role_id": role_id, "unit_id": unit_id, "reason": "new in office"}
        given: dict[str, Any] = self.must("POST", f"/staff/{staff_id}/roles", body)
        return given


def entered(login: str, unit_id: str) -> dict[str, str]:
    """The body with which somebody is entered."""
    return {"login_name": login, "display_name": "N N", "unit_id": unit_id, "phone": PHONE}


def inbox(phone: str = PHONE) -> list[str]:
    """The text messages that were sent to a phone, oldest first."""
    sent = sns_backends[DEFAULT_ACCOUNT_ID][config.region].sms_messages.values()
    return [text for number, text in sent if number == phone]


def initial_password(phone: str = PHONE) -> str:
    """The enrolment secret in the last message to a phone."""
    found = re.search(r"[A-Za-z0-9_\-]{22}", inbox(phone)[-1])
    assert found is not None
    return found[0]


def bootstrapped(time: Time, login: str = "administrator") -> Person:
    """One of the first administrators, as the command line makes them."""
    made = operators.bootstrap(actor=OPERATOR, login_name=login, display_name="Li Wei")
    return Person(made["staff_id"], login, made["password"], made["totp_secret"], time)


def enrol(login: str, initial: str, password: str = PASSWORD) -> Reply:
    """POST /staff-enrolments."""
    body = {"login": login, "initial_password": initial, "new_password": password}
    return call(app, "POST", "/staff-enrolments", body, client_id=None)


def enrolled(login: str, initial: str, time: Time) -> Person:
    """Somebody who has just enrolled."""
    answer = enrol(login, initial)
    assert answer.status == 201, answer.body
    return Person(answer.json["staff_id"], login, PASSWORD, answer.json["totp_secret"], time)
