"""What is read of a request's query and path, and what is refused."""

import pytest

from tests.support.streams import Cloud
from tests.unit.bank.http.test_requests import ask, ask_with, assert_invalid, order


def test_a_query_is_read_with_its_defaults(cloud: Cloud) -> None:
    first = ask("GET", "/orders").json
    second = ask("GET", "/orders", query={"limit": "5", "cursor": first["next_cursor"]}).json

    assert [first["items"][0]["got"], second["items"][0]["got"]] == ["20 None None", "5 . None"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "5.5"),
        ("limit", ""),
        ("limmit", "5"),
        ("cursor", "c" * 513),
    ],
)
def test_a_query_out_of_bounds_is_invalid(name: str, value: str) -> None:
    assert_invalid(ask("GET", "/orders", query={name: value}), name)


def test_a_parameter_stands_once() -> None:
    both = {"multiValueQueryStringParameters": {"limit": ["1", "2"], "since": ["x"]}}

    reply = ask_with("GET", "/orders", queryStringParameters={"limit": "2", "since": "x"}, **both)

    assert_invalid(reply, "limit")
    assert "twice" in reply.json["detail"]


def test_where_no_parameters_are_taken_they_are_refused() -> None:
    assert_invalid(ask("GET", "/orders/o1", query={"a": "1", "b": "2"}), "a", "b")


@pytest.mark.parametrize(
    "value", ["a b", "a\n", "%2e%2e", "é", "a#b", "x" * 65, "{order_id}", "a\x1fb", "1;drop", ""]
)
def test_an_odd_path_value_names_nothing(value: str) -> None:
    reply = ask_with("GET", "/orders/o1", pathParameters={"order_id": value})

    assert (reply.status, reply.json["code"]) == (404, "not_found")


INSTANTS = [
    "2026-01-15T09:30:00Z",
    "2026-01-15t09:30:00z",
    "2026-01-15T17:30:00.000+08:00",
    "2026-01-14T19:30:00-14:00",
    "2026-01-15T09:30:00.203138Z",
    "2026-01-15T09:30:00.203138000Z",
]
NO_INSTANTS = [
    "2026-01-15",
    "1768469400",
    "2026-01-15T09:30:00",
    "2026-01-15 09:30:00Z",
    "2026-01-15T09:30Z",
    "20260115T093000Z",
    "2026-01-15T09:30:00+0800",
    "2026-01-15T09:30:00Z\n",
    "2026-13-15T09:30:00Z",
    "2026-02-30T09:30:00Z",
    "2026-01-15T24:01:00Z",
    "2026-01-15T09:30:00.2031389Z",
    "2026-01-15T09:30:00.000000001+08:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "now",
    "",
]


@pytest.mark.parametrize("text", INSTANTS)
def test_an_instant_is_read_with_any_offset(cloud: Cloud, text: str) -> None:
    reply = ask("GET", "/orders", query={"since": text})

    assert reply.status == 200
    assert order({"amount": 5, "due": text}).status == 201


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_an_instant_spelled_otherwise_than_rfc_3339_is_refused(text: str) -> None:
    assert_invalid(ask("GET", "/orders", query={"since": text}), "since")
    assert_invalid(order({"amount": 5, "due": text}), "due")


@pytest.mark.parametrize("number", [1768469400, 1768469400.5, True])
def test_an_instant_is_no_number(number: float) -> None:
    assert_invalid(order({"amount": 5, "due": number}), "due")
