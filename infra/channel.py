"""A channel of the bank over HTTP, as channels do it: a token that is renewed in time, a key on whatever is
posted, and the same request with the same key again when no answer came or the bank asked to come back.
"""

import json
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3

from infra.signer import Signer

# Nothing is known to have happened, or it is not known what has: the same request may be sent again.
AGAIN = frozenset({429, 502, 503, 504})
ATTEMPTS = 8
PAUSE_SECONDS = 0.2
# A function that starts on a busy machine may take long: an emulator does not count that as its time-out.
TIMEOUT = urllib3.Timeout(connect=30, read=300)
RENEWED_BEFORE_SECONDS = 60
CONNECTIONS = 64


class NoAnswer(Exception):
    """Every attempt ended without an answer: what was asked for may have happened."""


@dataclass(frozen=True)
class Answer:
    """Answer of the API: after how many attempts, and how long the last of them took."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    attempts: int
    seconds: float

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode()

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.content)

    @property
    def replayed(self) -> bool:
        """Return whether this answers a request that had been answered before."""
        return self.headers.get("Idempotent-Replayed") == "true"


class Channel:
    """One client of the API. May be used by many threads, each of which gets a connection of its own."""

    def __init__(
        self, *, api_url: str, client_id: str, client_secret: str, signer: Signer | None = None
    ) -> None:
        """`signer`: a signed client's key, with which every POST is signed."""
        self.api_url = api_url
        self.client_id = client_id
        self._signer = signer
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._connections = urllib3.PoolManager(maxsize=CONNECTIONS, retries=False, timeout=TIMEOUT)
        self._renewing = threading.Lock()
        self._token = ""
        self._renew_at = 0.0

    def get(self, path: str, query: Mapping[str, Any] | None = None, **headers: str) -> Answer:
        """GET; `headers` by their names with underscores."""
        return self._authorized("GET", path + _query(query), None, _named(headers))

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        """POST, with a key of its own unless one is given."""
        return self._authorized("POST", path, body, {"Idempotency-Key": key or str(uuid.uuid4())})

    def patch(self, path: str, body: Any) -> Answer:
        """PATCH: states what shall be, so it may be sent again like a GET."""
        return self._authorized("PATCH", path, body, {})

    def signing(self, signer: Signer) -> "Channel":
        """The same client, signing what it posts."""
        return Channel(api_url=self.api_url, **self._credentials, signer=signer)

    def sign(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Mapping[str, str]:
        """The headers of one attempt, signed where this client signs: a signature counts once."""
        if self._signer is None or "Idempotency-Key" not in headers:
            return headers
        return self._signer.headers(method, path, _content(body)[0] or b"", headers)

    def token(self) -> str:
        """The access token, a fresh one when the last is about to end."""
        with self._renewing:
            if time.monotonic() >= self._renew_at:
                granted = self._granted()
                self._token = granted["access_token"]
                self._renew_at = time.monotonic() + granted["expires_in"] - RENEWED_BEFORE_SECONDS
            return self._token

    def once(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One attempt with just these headers, and no token but theirs. Raises urllib3's errors."""
        content, kind = _content(body)
        given = {**kind, **(headers or {})}
        started = time.perf_counter()
        answer = self._connections.request(method, self.api_url + path, body=content, headers=given)
        seconds = time.perf_counter() - started
        return Answer(answer.status, answer.headers, answer.data, 1, seconds)

    def _authorized(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
        authorization = {"Authorization": f"Bearer {self.token()}"}
        return self._persistent(method, path, body, {**authorization, **headers})

    def _persistent(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self.once(method, path, body, self.sign(method, path, body, headers))
            except urllib3.exceptions.HTTPError as error:
                failure: Exception = error
            else:
                if answer.status not in AGAIN or attempt == ATTEMPTS:
                    return Answer(answer.status, answer.headers, answer.content, attempt, answer.seconds)
            time.sleep(PAUSE_SECONDS * attempt)
        raise NoAnswer(f"{method} {path}: {failure}") from failure

    def _granted(self) -> dict[str, Any]:
        form = {"grant_type": "client_credentials", **self._credentials}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._persistent("POST", "/oauth/token", urlencode(form).encode(), headers)
        if answer.status != 200:
            raise PermissionError(f"no token for {self._credentials['client_id']}: {answer.text}")
        granted: dict[str, Any] = answer.json
        return granted


def _content(body: Any) -> tuple[bytes | None, dict[str, str]]:
    if body is None or isinstance(body, bytes):
        return body, {}
    return json.dumps(body).encode(), {"Content-Type": "application/json"}


def _query(query: Mapping[str, Any] | None) -> str:
    return f"?{urlencode(query)}" if query else ""


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
