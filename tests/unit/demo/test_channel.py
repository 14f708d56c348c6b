"""A channel sends the same request with the same key again until it hears an answer."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from infra import channel
from infra.channel import Channel


class Bank:
    """A server that gives tokens, and answers with the statuses it is given."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.requests: list[tuple[str, str, str | None, str | None]] = []
        self.tokens = 0
        self.lifetime = 900


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Bank, Channel]]:
    """A bank, and a channel of it that does not wait."""
    monkeypatch.setattr(channel, "PAUSE_SECONDS", 0)
    state = Bank()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            if self.path == "/oauth/token":
                state.tokens += 1
                self._reply(200, {"access_token": f"token-{state.tokens}", "expires_in": state.lifetime})
                return
            key, token = self.headers["Idempotency-Key"], self.headers["Authorization"]
            state.requests.append(("POST", self.path, key, token))
            self._reply(state.statuses.pop(0) if state.statuses else 201, {})

        def _reply(self, status: int, document: Any) -> None:
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    yield state, Channel(api_url=url, client_id="cli_test", client_secret="secret")
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_unavailable_bank_is_asked_again_with_the_same_key(bank: tuple[Bank, Channel]) -> None:
    """503 twice, then the answer."""
    state, sender = bank
    state.statuses = [503, 503, 201]
    answer = sender.post("/payments", {}, key="key-1")
    assert (answer.status, answer.attempts) == (201, 3)
    assert [request[2] for request in state.requests] == ["key-1"] * 3


def test_a_key_of_its_own_stays_the_same_too(bank: tuple[Bank, Channel]) -> None:
    """Whatever is posted can be sent again."""
    state, sender = bank
    state.statuses = [502, 201]
    sender.post("/payments", {})
    sender.post("/payments", {})
    first, again, other = (request[2] for request in state.requests)
    assert first == again != other


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500])
def test_an_answer_is_an_answer(bank: tuple[Bank, Channel], status: int) -> None:
    """What will not change is not asked for again."""
    state, sender = bank
    state.statuses = [status]
    assert sender.post("/payments", {}).status == status
    assert len(state.requests) == 1


def test_it_gives_up_after_a_while_and_answers_what_it_got_last(bank: tuple[Bank, Channel]) -> None:
    """A bank that stays unavailable."""
    state, sender = bank
    state.statuses = [503] * channel.ATTEMPTS
    assert sender.post("/payments", {}).status == 503
    assert len(state.requests) == channel.ATTEMPTS


def test_a_token_is_renewed_before_it_ends(bank: tuple[Bank, Channel]) -> None:
    """One token for all requests, and another once it is about to end."""
    state, sender = bank
    sender.post("/payments", {})
    sender.post("/payments", {})
    state.lifetime = channel.RENEWED_BEFORE_SECONDS
    sender._renew_at = 0.0
    sender.post("/payments", {})
    sender.post("/payments", {})
    assert [request[3] for request in state.requests] == [f"Bearer token-{n}" for n in (1, 1, 2, 3)]


def test_no_answer_at_all_is_reported_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens there."""
    monkeypatch.setattr(channel, "PAUSE_SECONDS", 0)
    with pytest.raises(channel.NoAnswer):
        _deaf().get("/health")


def _deaf() -> Channel:
    sender = Channel(api_url="http://127.0.0.1:9", client_id="cli_test", client_secret="secret")
    sender._token, sender._renew_at = "token", float("inf")
    return sender
