"""What is read of a request's body and its Idempotency-Key, and what is refused."""

from typing import Any

import pytest

from bank.http import MAX_BODY_BYTES, PROBLEM
from bank.money import MAX_AMOUNT
from tests.support.http import Reply, call, context, event
from tests.unit.bank.control.workshop import app

SCOPES = "orders:read orders:write"
LONGEST_KEY = "k" * 255
UNSEEN = [
    "\u3000",
    "\u00a0",
    "\u2028",
    "\u0085",
    "\u200b",
    "\u3164",
    "\u3000" * 25 + "a",
    "a\u202eb",
    "a\ufeff",
]


def ask(method: str, path: str, body: Any = None, **options: Any) -> Reply:
    return call(app, method, path, body, **{"scope": SCOPES, **options})


def order(body: Any, **options: Any) -> Reply:
    return ask("POST", "/orders", body, **{"key": "k1", **options})


def ask_with(method: str, path: str, **members: Any) -> Reply:
    """A request whose event has these members, as `tests.support.http.event` would not make them."""
    answer = app({**event(app, method, path, scope=SCOPES, key="k1"), **members}, context())
    return Reply(answer["statusCode"], answer["headers"], answer["body"])


def assert_invalid(reply: Reply, *fields: str) -> None:
    assert (reply.status, reply.json["code"]) == (422, "invalid_request")
    assert reply.headers["Content-Type"] == PROBLEM
    assert [one["field"] for one in reply.json["errors"]] == list(fields)
    assert all(one["message"] for one in reply.json["errors"])


# Bodies


def test_a_view_gets_what_it_declared() -> None:
    reply = order({"amount": MAX_AMOUNT, "currency": "KWD", "due": "2026-01-15T09:30:00+08:00"})

    assert (reply.status, reply.json["got"]) == (201, str(MAX_AMOUNT))
    assert reply.json["client_id"] == "cli_test"
    assert reply.json["operation"] == "POST /orders"


@pytest.mark.parametrize(
    "amount", ["1.0", "1.5", "1e2", '"100"', "true", "null", "0", "-1", str(MAX_AMOUNT + 1), "[1]", "NaN"]
)
def test_an_amount_is_a_whole_positive_number_in_bounds(amount: str) -> None:
    assert_invalid(order(f'{{"amount": {amount}}}'), "amount")


@pytest.mark.parametrize(
    "body",
    ["{", "amount=5", "[]", "null", '"text"', "{'amount': 5}", '"\\ud800"', "[" * 100_000, "9" * 5_000],
)
def test_what_is_not_a_json_object_is_invalid(body: str) -> None:
    assert_invalid(order(body), "")


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ('{"amount": 5, "amount": 7}', "amount"),
        ('{"amount": 5, "amount": 5}', "amount"),
        ('{"\\u0061mount": 5, "note": "a", "amount": 5}', "amount"),
        ('{"amount": 5, "parts": [{"a": 1}, {"b": {"c": 1, "d": 2, "c": 3}}]}', "c"),
        ('{"amount": 5, "parts": [{"": 1, "": 1}]}', ""),
    ],
)
def test_a_member_that_stands_twice_is_invalid(body: str, member: str) -> None:
    reply = order(body)

    assert_invalid(reply, member)
    assert "twice" in reply.json["errors"][0]["message"]


def test_the_same_name_in_different_objects_stands_once_in_each() -> None:
    assert order('{"amount": 5, "note": "amount", "parts": [{"amount": 1}, {"amount": 1}]}').status == 201


def test_a_missing_body_misses_its_fields() -> None:
    assert_invalid(order(None), "amount")


def test_unknown_fields_and_currencies_are_refused_all_at_once() -> None:
    assert_invalid(order({"amount": 5, "currency": "XXX", "amuont": 5}), "currency", "amuont")


@pytest.mark.parametrize("note", ["", " ", " a", "a ", "a\n", "a\x00b", "\x7f", "n" * 129, 7, *UNSEEN])
def test_text_is_short_and_can_be_read(note: Any) -> None:
    assert_invalid(order({"amount": 5, "note": note}), "note")


def test_a_body_may_be_as_long_as_the_limit_and_no_longer() -> None:
    body = '{"amount": 5}'
    longest = body + " " * (MAX_BODY_BYTES - len(body))

    assert order(longest).status == 201
    assert_invalid(order(longest + " "))
    in_three_bytes_each = f'{{"amount": 5, "note": "{"新" * (MAX_BODY_BYTES // 3)}"}}'
    assert_invalid(order(in_three_bytes_each))


@pytest.mark.parametrize(("body", "is_base64"), [('{"note": "\ud800"}', False), ("eyJhbW91bnQiOiA1f", True)])
def test_a_body_that_is_no_text_is_a_bad_request(body: str, is_base64: bool) -> None:
    reply = ask_with("POST", "/orders", body=body, isBase64Encoded=is_base64)

    assert (reply.status, reply.json["code"]) == (400, "bad_request")


def test_a_body_in_base64_is_read() -> None:
    assert ask_with("POST", "/orders", body="eyJhbW91bnQiOiA1fQ==", isBase64Encoded=True).json["got"] == "5"
    assert_invalid(ask_with("POST", "/orders", body="//79", isBase64Encoded=True), "")


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""]
)
def test_a_body_of_another_type_is_415(media_type: str) -> None:
    reply = order({"amount": 5}, headers={"content-type": media_type})

    assert (reply.status, reply.json["code"]) == (415, "unsupported_media_type")
    assert reply.headers["Content-Type"] == PROBLEM


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_by_another_spelling_of_its_type_is_taken(media_type: str) -> None:
    assert order({"amount": 5}, headers={"content-type": media_type}).status == 201


def test_where_no_body_is_taken_one_is_refused() -> None:
    assert_invalid(ask("POST", "/orders/o1/close", {"a": 1}, key="k1"), "")
    assert_invalid(ask("GET", "/orders/o1", "x"), "")
    assert ask("POST", "/orders/o1/close", " \n", key="k1").status == 202


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("name=Ann+B&colour=%C3%A9", 200, "Ann B é"),
        ("name=", 200, " red"),
        ("name=a&name=b", 400, "twice"),
        ("name", 400, "not a form"),
        ("&".join(f"f{number}=1" for number in range(51)), 400, "not a form"),
        ("name=a&size=1", 422, "size"),
        ("", 422, "name"),
    ],
)
def test_a_form_is_read_as_strictly(body: str, status: int, said: str) -> None:
    reply = ask("POST", "/tickets", body, headers={"content-type": "application/x-www-form-urlencoded"})

    assert reply.status == status
    assert said in reply.body


# Idempotency-Key


@pytest.mark.parametrize("key", ["!", "a~b", LONGEST_KEY])
def test_visible_ascii_is_a_key(key: str) -> None:
    assert order({"amount": 5}, key=key).status == 201


@pytest.mark.parametrize(
    "key", [None, "", " ", "a b", "a\tb", "a\n", "schl\u00fcssel", "\u65b0", LONGEST_KEY + "k"]
)
def test_a_missing_or_odd_key_is_400_where_one_is_asked_for(key: str | None) -> None:
    reply = order({"amount": 5}, key=None, headers={} if key is None else {"idempotency-key": key})

    assert (reply.status, reply.json["code"]) == (400, "idempotency_key_required")


def test_a_key_is_optional_elsewhere_and_an_odd_one_refused_there_too() -> None:
    body = {"amount": 5}

    fresh = [ask("PATCH", "/orders/o1", body).json["record_id"] for _ in range(2)]
    derived = [ask("PATCH", "/orders/o1", body, key="k1").json["record_id"] for _ in range(2)]

    assert len({*fresh, *derived}) == 3
    assert ask("PATCH", "/orders/o1", body, headers={"idempotency-key": "a b"}).status == 400


def test_the_record_of_a_request_is_its_clients_operations_and_keys() -> None:
    body = {"amount": 5}

    def made(path: str = "/orders/o1", key: str = "k1", client_id: str = "cli_1") -> str:
        return str(ask("PATCH", path, body, key=key, client_id=client_id).json["record_id"])

    assert made() == made()
    assert len({made(), made(path="/orders/o2"), made(key="k2"), made(client_id="cli_2")}) == 4


def test_the_digest_is_of_what_a_body_means() -> None:
    as_it_is = order('{"amount": 5, "note": "a", "due": "2026-01-15T09:30:00Z"}').json["digest"]
    respelled = order('{ "due":"2026-01-15t09:30:00.000z","currency":"CNY","note":"\\u0061","amount":5}')
    another = order('{"amount": 6, "note": "a", "due": "2026-01-15T09:30:00Z"}')

    assert respelled.json["digest"] == as_it_is
    assert another.json["digest"] != as_it_is
