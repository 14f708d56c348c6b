"""What is answered: results, problems, and who may ask."""

import pytest

from bank.http import JSON, PROBLEM, protection
from tests.support.http import Reply, call, context, event
from tests.unit.bank.control.workshop import SECRET, app


def failed(kind: str) -> Reply:
    return call(app, "GET", f"/failures/{kind}", client_id=None)


def test_an_answer_is_json_with_the_requests_id() -> None:
    request = event(app, "GET", "/orders/o1", scope="orders:read")

    answer = app(request, context())

    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == JSON
    assert answer["headers"]["X-Request-Id"] == request["requestContext"]["requestId"]
    assert "Idempotent-Replayed" not in answer["headers"]


def test_a_view_may_set_its_status_and_headers() -> None:
    reply = call(app, "POST", "/orders/o1/close", key="k1", scope="orders:write")

    assert (reply.status, reply.json["got"]) == (202, "o1")
    assert reply.json["operation"] == "POST /orders/o1/close"
    assert reply.headers["Location"] == "/orders/o1"
    assert reply.headers["Content-Type"] == JSON
    assert reply.headers["Idempotent-Replayed"] == "true"


def test_a_problem_is_shaped_as_rfc_9457_says_with_a_code_and_its_own_members() -> None:
    request = event(app, "GET", "/failures/refused")
    request_id = request["requestContext"]["requestId"]

    answer = app(request, context())

    reply = Reply(answer["statusCode"], answer["headers"], answer["body"])
    assert reply.json == {
        "type": "urn:perkbank:problem:insufficient_funds",
        "title": "Refused",
        "status": 409,
        "code": "insufficient_funds",
        "detail": "not enough is left",
        "request_id": request_id,
        "left": 3,
    }
    assert reply.status == 409
    protective = {**protection.UNLESS_KEPT, **protection.ALWAYS}
    assert reply.headers == {"Content-Type": PROBLEM, "X-Request-Id": request_id, **protective}


def test_an_error_of_the_domain_has_its_own_status() -> None:
    reply = failed("gone")

    assert (reply.status, reply.json["code"]) == (404, "not_found")
    assert reply.json["detail"] == "there is no such order"


@pytest.mark.parametrize("kind", ["unhandled", "value", "unknown-to-the-view"])
def test_an_unhandled_exception_is_a_problem_that_tells_nothing_of_it(kind: str) -> None:
    reply = failed(kind)

    assert (reply.status, reply.json["code"]) == (500, "internal_error")
    assert reply.headers["Content-Type"] == PROBLEM
    assert reply.headers["X-Request-Id"] == reply.json["request_id"]
    assert not any(
        word in reply.body for word in (SECRET, "Broken", "ValueError", "KeyError", "Traceback", kind)
    )


@pytest.mark.parametrize("kind", ["timeout", "unreachable", "denied", "pynamodb", "busy"])
def test_a_service_that_does_not_answer_is_503_and_says_when_to_come_back(kind: str) -> None:
    reply = failed(kind)

    assert (reply.status, reply.json["code"]) == (503, "unavailable")
    assert reply.headers["Content-Type"] == PROBLEM
    assert int(reply.headers["Retry-After"]) >= 1
    assert SECRET not in reply.body


def test_without_a_verified_caller_it_is_401() -> None:
    reply = call(app, "GET", "/orders/o1", client_id=None)

    assert (reply.status, reply.json["code"]) == (401, "unauthorized")
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert reply.headers["Content-Type"] == PROBLEM


@pytest.mark.parametrize(
    "scope", ["", "orders:write", "orders:rea", "orders:read,orders:write", "ORDERS:READ"]
)
def test_without_the_scope_it_is_403(scope: str) -> None:
    reply = call(app, "GET", "/orders/o1", scope=scope)

    assert (reply.status, reply.json["code"]) == (403, "insufficient_scope")
    assert "orders:read" in reply.json["detail"]


def test_who_may_not_ask_learns_nothing_of_what_would_be_wrong() -> None:
    assert call(app, "POST", "/orders", "{", scope="orders:read").status == 403
    assert call(app, "POST", "/orders", "{", client_id=None).status == 401


def test_what_needs_no_scope_is_answered_to_anyone() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}

    reply = call(app, "POST", "/tickets", "name=a", client_id=None, headers=form)

    assert (reply.status, reply.json["client_id"]) == (200, "")
