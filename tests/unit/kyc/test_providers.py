"""Providers: the one by HTTP, against a server in this process."""

import dataclasses
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from bank import outbound
from bank.config import config
from kyc.adapters import providers
from kyc.adapters.providers import Http, Matched, Mismatched, Question, Simulator, Unavailable
from kyc.domain.facts import Facts
from tests.support import http
from tests.unit.kyc import given
from tests.unit.kyc.given import ID_NUMBER, PHONE, ZHANG

QUESTION = Question("ver_1", datetime(2026, 11, 22, tzinfo=UTC), Facts(ZHANG, ID_NUMBER, PHONE))


class Gateway:
    """What the bank's gateway to a provider answers."""

    def __init__(self) -> None:
        self.status, self.answer = 200, b"{}"
        self.asked: list[dict[str, Any]] = []
        self.numbers: list[str | None] = []
        self.location = ""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            gateway.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            gateway.numbers.append(self.headers["idempotency-key"])
            self.send_response(gateway.status)
            if gateway.location:
                self.send_header("Location", gateway.location)
            self.end_headers()
            self.wfile.write(gateway.answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    gateway.url = f"http://127.0.0.1:{server.server_port}/"  # type: ignore[attr-defined]
    yield gateway
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (200, {"outcome": "matched", "channels": ["police", "carrier"]}, Matched(("police", "carrier"))),
        (200, {"outcome": "mismatched", "fields": ["phone"]}, Mismatched(("phone",))),
        (200, {"outcome": "matched", "channels": []}, Unavailable()),
        (200, {"outcome": "maybe", "fields": ["phone"]}, Unavailable()),
        (200, {"outcome": "matched"}, Unavailable()),
        (200, ["matched"], Unavailable()),
        (200, None, Unavailable()),
        (500, {"outcome": "matched", "channels": ["police"]}, Unavailable()),
        (404, {}, Unavailable()),
    ],
)
def test_only_a_clear_answer_counts(gateway: Any, status: int, answer: Any, expected: Any) -> None:
    gateway.status, gateway.answer = status, json.dumps(answer).encode()
    assert Http(gateway.url).verify(QUESTION) == expected


def test_the_question_goes_with_its_number(gateway: Any) -> None:
    Http(gateway.url).verify(QUESTION)
    assert gateway.asked == [
        {"request_number": "ver_1", "name": ZHANG, "id_number": ID_NUMBER, "phone": PHONE, "card": None}
    ]
    assert gateway.numbers == ["ver_1"]


def test_a_provider_that_is_not_there_is_unavailable_and_the_log_holds_no_facts(
    gateway: Any, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.answer = ZHANG.encode()
    assert Http(gateway.url).verify(QUESTION) == Unavailable()
    assert Http("http://127.0.0.1:9/").verify(QUESTION) == Unavailable()
    assert ZHANG not in caplog.text


def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    providers.chosen.cache_clear()
    assert isinstance(providers.chosen(), Simulator)
    providers.chosen.cache_clear()
    monkeypatch.setattr(providers, "settings", providers.settings.__class__("https://gateway.example/"))
    assert isinstance(providers.chosen(), Http)
    providers.chosen.cache_clear()


def test_a_redirect_is_no_answer(gateway: Any) -> None:
    """It could lead anywhere, and off TLS."""
    gateway.status, gateway.location = 302, gateway.url + "elsewhere"
    gateway.answer = json.dumps({"outcome": "matched", "channels": ["police"]}).encode()

    assert Http(gateway.url).verify(QUESTION) == Unavailable()
    assert len(gateway.asked) == 1


def test_where_nobody_can_be_asked_nobody_is_verified_and_no_try_is_used(
    aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    given.customer()
    with monkeypatch.context() as deployed:
        deployed.setattr(outbound, "config", dataclasses.replace(config, table_prefix="perkbank-prod-"))
        providers.chosen.cache_clear()
        answers = [given.verify(body=given.all_four()) for _ in range(6)]

    assert {(answer.status, answer.json["code"]) for answer in answers} == {(503, "not_configured")}
    assert given.get("/me/verifications", principal=http.customer(given.ANN)).json["items"] == []
    assert given.verify(body=given.all_four()).json["status"] == "matched"
    providers.chosen.cache_clear()
