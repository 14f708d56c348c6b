"""Members of staff who keep clients, and a client's contact whom codes are sent to."""

import re
from typing import Any

from identity.app import app
from tests.support.http import Reply, call, staff
from tests.unit.identity.requests import Registered
from tests.unit.staff.people import inbox

CONTACT, OTHER_CONTACT = "+8613800138001", "+8613800138002"
WHY = {"reason": "a channel of ours"}


def wanted(**changed: Any) -> dict[str, Any]:
    """A client to register, of no weight unless it is changed."""
    scopes = ["payments:read", "payments:write"]
    body = {"name": "Shop", "scopes": scopes, "unit_id": "unit_head", "contact": CONTACT, **WHY}
    return {**body, "signed": False, **changed}


def ask(method: str, path: str, body: Any = None, *, who: str = "stf_test", **options: Any) -> Reply:
    """A request of a member of staff of the head office, approved by as many colleagues as it takes."""
    return call(app, method, path, body, principal=staff(staff_id=who), **options)


def registered(**changed: Any) -> dict[str, Any]:
    """A client that two, or three, have registered."""
    answer = ask("POST", "/clients", wanted(**changed))
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.json
    return made


def code(phone: str = CONTACT) -> str:
    """The code in the last message to a contact."""
    found = re.search(r"登记码 ([A-Za-z0-9_\-]{22})", inbox(phone)[-1])
    assert found is not None
    return found[1]


def enrol(client_id: str, enrolment_code: str) -> Reply:
    """POST /oauth/client-enrolments, as the channel does."""
    body = {"client_id": client_id, "enrolment_code": enrolment_code}
    return call(app, "POST", "/oauth/client-enrolments", body, client_id=None)


def enrolled(client_id: str, phone: str = CONTACT) -> Registered:
    """The client with the secret that it was told for the last code."""
    answer = enrol(client_id, code(phone))
    assert answer.status == 201, answer.body
    return Registered(client_id, answer.json["client_secret"])
