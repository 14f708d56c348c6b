"""Providers of verification, which say whether facts belong together, behind one interface.

Each question has its own number and is sent again with it: a provider answers a number it knows as before.
"""

import functools
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.request import Request

from bank import clock, outbound
from bank.observability import logger
from kyc.domain import levels
from kyc.domain.facts import Facts
from kyc.settings import settings

ANSWER_SECONDS = 3
MAX_BYTES = 64 * 1024
# What the simulator makes of marked values; everything else matches.
UNKNOWN_NUMBER, ANOTHERS_NAME = "404", "405"
ANOTHERS_PHONE, ANOTHERS_CARD, SLOW_PHONE = "0404", "0404", "0503"
SLOW = timedelta(seconds=30)


@dataclass(frozen=True)
class Question:
    """Do these facts belong to one person?"""

    request_number: str
    asked_at: datetime
    facts: Facts
    bank: str | None = None


@dataclass(frozen=True)
class Matched:
    """They do, as these channels confirm."""

    channels: tuple[str, ...]


@dataclass(frozen=True)
class Mismatched:
    """They do not: these are another's, or nobody's."""

    fields: tuple[str, ...]


@dataclass(frozen=True)
class Unavailable:
    """Nothing is known; ask again."""


Answer = Matched | Mismatched | Unavailable


class Provider(Protocol):
    """Interface of a provider. Never raises for one that is down: that is `Unavailable`."""

    def verify(self, question: Question) -> Answer:
        """The answer to a question, the same for the same number."""


class Simulator(outbound.Simulator):
    """Decides by marks in the values alone, so that it needs no state and a test knows what comes.

    id number, digits 15 to 17: 404 is nobody's, 405 is another's than the name; phone ending 0404: another's,
    ending 0503: no answer for the first 30 seconds; card with 0404 before its check digit: another's.
    """

    def verify(self, question: Question) -> Answer:
        """The answer by the marks."""
        facts = question.facts
        if (facts.phone or "").endswith(SLOW_PHONE) and clock.now() < question.asked_at + SLOW:
            return Unavailable()
        marks = {
            "id_number": facts.id_number[14:17] == UNKNOWN_NUMBER,
            "name": facts.id_number[14:17] == ANOTHERS_NAME,
            "phone": (facts.phone or "").endswith(ANOTHERS_PHONE),
            "card": (facts.card or "")[-5:-1] == ANOTHERS_CARD,
        }
        wrong = tuple(name for name, marked in marks.items() if marked)
        return Mismatched(wrong) if wrong else Matched(tuple(levels.asked_of(facts.factors, question.bank)))


class Http:
    """A provider behind an HTTPS gateway of the bank's, which knows its protocol and its credentials.

    POST {request_number, name, id_number, phone, card} answers {"outcome": "matched", "channels": [...]} or
    {"outcome": "mismatched", "fields": [...]}; anything else, or nothing in time, is no answer.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def verify(self, question: Question) -> Answer:
        """Ask the provider's gateway; it has three seconds."""
        content = {"request_number": question.request_number, **vars(question.facts)}
        headers = {"Content-Type": "application/json", "Idempotency-Key": question.request_number}
        request = Request(self._url, json.dumps(content).encode(), headers, method="POST")
        try:
            answer = outbound.fetch(request, seconds=ANSWER_SECONDS, most_bytes=MAX_BYTES)
            return _read(json.loads(answer))
        except (OSError, ValueError, KeyError, TypeError) as error:
            # The error's kind alone: its text might hold what was sent.
            logger.warning("the provider did not answer", error=type(error).__name__)
            return Unavailable()


def _read(answer: dict[str, object]) -> Answer:
    listed = answer["channels" if answer["outcome"] == "matched" else "fields"]
    if not isinstance(listed, list) or not listed:
        raise ValueError("an answer names its channels or fields")
    if answer["outcome"] == "matched":
        return Matched(tuple(map(str, listed)))
    if answer["outcome"] == "mismatched":
        return Mismatched(tuple(map(str, listed)))
    raise ValueError("an outcome is matched or mismatched")


@functools.cache
def chosen() -> Provider:
    """The provider that the environment names; the simulator where it names none and may be simulated.

    Raises NotConfigured where there is neither: then nobody is verified.
    """
    return Http(settings.provider_url) if settings.provider_url else Simulator()
