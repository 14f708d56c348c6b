"""Channels as they are: they time out, send again at once or much later, and now and then something else."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bank.http import Api
from tests.simulation.stored import check
from tests.support import http
from tests.support.http import Reply

if TYPE_CHECKING:
    from tests.simulation.world import World

# What a request with a key is answered once and for all: it was done, or its refusal was recorded.
RECORDED = {200, 201, 202, 409}
EXPECTED = RECORDED | {400, 403, 404, 410, 422}
UNDECIDED = 503
# The two ends of a hold, each with its body.
ENDS: dict[str, dict[str, Any]] = {name: {"capture": {}, "cancel": None} for name in ("capture", "cancel")}


@dataclass
class Sent:
    """A request that a client has sent, and its answer once one arrived."""

    api: Api
    method: str
    path: str
    body: Any
    key: str | None
    on_success: Callable[[Any], None] | None
    # Members, between blanks, that another delivery may answer otherwise, since they say what is so now.
    changing: str
    # Whether its refusal is recorded; else another delivery may be granted what this one was refused.
    refusals_last: bool = True
    answer: Reply | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path} {json.dumps(self.body)} {self.key or ''}"


class Clients:
    """Every request that was sent."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._number = 0
        self._in_hand: list[Sent] = []
        self.sent: list[Sent] = []
        # Requests that were answered last that the payer must show more, all deliveries having been answered.
        self.asked: list[Sent] = []

    def post(
        self,
        api: Api,
        path: str,
        body: Any = None,
        *,
        on_success: Callable[[Any], None] | None = None,
        changing: str = "",
        refusals_last: bool = True,
    ) -> Reply | None:
        """Send a new request with a key of its own; `on_success` is called with its first good answer."""
        self._number += 1
        request = Sent(api, "POST", path, body, f"key-{self._number}", on_success, changing, refusals_last)
        self.sent.append(request)
        return self.send(request)

    def read(self, api: Api, path: str, query: dict[str, str] | None = None) -> Any:
        """Read something; its JSON, or None where no answer or none such came."""
        self._world.say(f"  GET {path} {query or ''}")
        reply = self._call(api, "GET", path, query=query)
        return _content(reply) if reply is not None and reply.status == 200 else None

    def send(self, request: Sent) -> Reply | None:
        """Send it, for the first time or again."""
        self._world.say(f"  {request}")
        again = request.answer is not None
        self.asked = [each for each in self.asked if each is not request]
        self._in_hand.append(request)
        try:
            reply = self._call(request.api, request.method, request.path, request.body, key=request.key)
        finally:
            self._in_hand.pop()
        if reply is not None and reply.status == 403 and not self.handles(request):
            self.asked.append(request)
        if reply is not None and reply.status != UNDECIDED:
            self._settled(request, reply)
            replayed = reply.headers.get("Idempotent-Replayed") == "true"
            check(replayed or not again, f"{request}: a replay does not say so")
        return reply

    def change(self, api: Api, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send something that is not worth a key; its JSON, or None where it was not done or answered."""
        self._world.say(f"  {method} {path} {json.dumps(body)}")
        reply = self._call(api, method, path, body, **options)
        return reply.json if reply is not None and reply.status < 400 else None

    def _call(self, api: Api, method: str, path: str, body: Any = None, **options: Any) -> Reply | None:
        faults = self._world.faults.count
        reply: Reply | None = self._world.survive(
            lambda: http.call(api, method, path, body, approve=False, **options)
        )
        if reply is None:
            self._world.say("  crashed")
            return None
        self._world.say(f"  {reply.status} {_content(reply)}")
        if reply.status == UNDECIDED:
            check(self._world.faults.count > faults, "503 although nothing has failed")
        else:
            check(reply.status in EXPECTED, f"{method} {path} was answered {reply.status}: {reply.body}")
        return reply

    def _settled(self, request: Sent, reply: Reply) -> None:
        if request.answer is None:
            if reply.status not in RECORDED or (reply.status == 409 and not request.refusals_last):
                return
            request.answer = reply
            if request.on_success and reply.status < 400:
                request.on_success(reply.json)
            return
        now, then = (
            {**_content(each), **dict.fromkeys(request.changing.split())} for each in (reply, request.answer)
        )
        check(
            (reply.status, now) == (request.answer.status, then),
            f"{request} was answered {request.answer}, then {reply}",
        )

    def repeat(self) -> None:
        """Send something again: mostly what has no answer yet or is recent, now and then anything."""
        waiting = [request for request in self.sent if request.answer is None]
        choice = self._world.random.choice([waiting, self.sent[-5:], self.sent])
        if choice:
            self.send(self._world.random.choice(choice))

    @property
    def in_hand(self) -> str:
        """The request that is being handled, as text; empty where none is."""
        return str(self._in_hand[-1]) if self._in_hand else ""

    def handles(self, request: Sent) -> bool:
        """Whether a delivery of the request is being handled: what comes of it is not known."""
        return any(each is request for each in self._in_hand)

    def twin(self) -> None:
        """While a request is being handled: the same again, or another that wants the same thing."""
        request = self._in_hand[-1]
        if self._world.random.random() < 0.3:
            self.send(request)
            return
        path, _, last = request.path.rpartition("/")
        body, end = request.body, ENDS.get(last, {last: request.body})
        last = self._world.random.choice(list(end))
        self.post(
            request.api,
            f"{path}/{last}",
            end.get(last, body),
            changing=request.changing,
            refusals_last=request.refusals_last,
        )

    def meddle(self) -> None:
        """Send another body with the key of something that was answered: that has no effect."""
        answered = [request for request in self.sent if request.answer and _amount(request.body)]
        if not answered:
            return
        request = self._world.random.choice(answered)
        body = copy.deepcopy(request.body)
        more = self._world.random.randint(1, 50)
        for each in (body, *body.get("items", [])[:1]):
            each["amount"] += more
        self._world.say(f"  {request} with {body['amount']}")
        reply = self._call(request.api, request.method, request.path, body, key=request.key)
        if reply is not None and reply.status != UNDECIDED:
            code = (reply.status, reply.json.get("code"))
            check(code == (422, "idempotency_key_reused"), f"{request} with another body: {code}")

    def finish(self) -> None:
        """Every client gets its answer, and asking again gives it again."""
        for request in self.sent:
            reply = self.send(request)
            check(reply is not None and reply.status != UNDECIDED, f"{request} finds no answer")

    def done(self, method: str, path_end: str) -> list[Any]:
        """The answers of requests that were done, by method and the end of their path."""
        return [
            request.answer.json
            for request in self.sent
            if request.answer and request.answer.status < 400
            if (request.method, request.path.rsplit("/", 1)[-1]) == (method, path_end)
        ]


def _amount(body: Any) -> bool:
    return isinstance(body, dict) and "amount" in body


def _content(reply: Reply) -> dict[str, Any]:
    """What the answer says, without the id of the request that it answers."""
    try:
        document = reply.json
    except ValueError:
        return {"body": reply.body}
    return {name: value for name, value in document.items() if name != "request_id"}
