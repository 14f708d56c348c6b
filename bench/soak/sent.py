"""Requests of a soak, each with its answer and what that moved."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from infra.channel import Answer

OK = range(200, 300)
# What a request's answer moved: minor units by account, and by merchant's id for settlement accounts.
Moves = Mapping[str, int]


@dataclass
class Sent:
    """A request with its key, its answer (None while there is none) and what that moved."""

    kind: str
    path: str
    body: dict[str, Any] | None
    moves: Callable[[dict[str, Any]], Moves]
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    answer: Answer | None = None
    # From the first attempt to the answer, or until the channel gave up.
    seconds: float = 0.0

    @property
    def done(self) -> dict[str, Any] | None:
        """The answer's body where it did what was asked."""
        return self.answer.json if self.answer and self.answer.status in OK else None

    def unsent(self) -> "Sent":
        """The same request with the same key, to be sent again."""
        return replace(self, answer=None)


@dataclass(frozen=True)
class Batch:
    """A batch whose lines all pay one account: its announcement and its file."""

    announced: Sent
    text: str
    payee: str


def paid(answer: dict[str, Any]) -> Moves:
    """Amounts that a payment moved, as it was answered: none where it is held or was declined."""
    if answer["status"] != "succeeded":
        return {}
    return {answer["payer_account_id"]: -answer["captured_amount"], answer["merchant_id"]: answer["net"]}


def transferred(answer: dict[str, Any]) -> Moves:
    """Amounts that a transfer moved."""
    if answer["status"] != "succeeded":
        return {}
    return {answer["from_account_id"]: -answer["amount"], answer["to_account_id"]: answer["amount"]}


def moved(answer: dict[str, Any]) -> Moves:
    """The amount that a deposit or a withdrawal moved."""
    sign = 1 if answer["type"] == "deposit" else -1
    return {answer["account_id"]: sign * answer["amount"]} if answer["status"] == "booked" else {}


def nothing(_: dict[str, Any]) -> Moves:
    """No amounts: an announcement and a cancellation move none."""
    return {}
