"""Pages of lists that are read whole: a payment has few refunds and splits."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from bank import clock, store
from bank.http import Page

AnswerT = TypeVar("AnswerT")


def place(moment: datetime, record_id: str) -> str:
    """Place of an answer in its list, which is by time."""
    return f"{clock.instant(moment)}#{record_id}"


def cut(
    answers: list[AnswerT], query: Page, place_of: Callable[[AnswerT], str]
) -> tuple[list[AnswerT], str | None]:
    """The answers on the page that was asked for, and the cursor of the next one where there is one."""
    rest = [answer for answer in answers if place_of(answer) > (query.after or "")]
    items, last = store.page(rest, query.limit, place_of)
    return items, last
