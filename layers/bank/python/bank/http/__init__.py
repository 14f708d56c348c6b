"""Between Chalice and a use case: the one place where HTTP is read and written.

A room makes an `Api` and hangs its views on it. A view gets a `Call` and what it declared (`body`,
`query`, path parameters), and returns a pydantic model. What is declared is also the HTTP contract: the
OpenAPI document is generated from `Api.operations`.
"""

from bank.http.api import Api
from bank.http.fields import Amount, Body, Currency, Identifier, Instant, Schema, Text
from bank.http.operations import FORM, JSON, Answer, Call, Operation
from bank.http.paging import Page
from bank.http.problems import PROBLEM, Problem
from bank.http.requests import IDEMPOTENCY_KEY, MAX_BODY_BYTES

__all__ = [
    "FORM",
    "IDEMPOTENCY_KEY",
    "JSON",
    "MAX_BODY_BYTES",
    "PROBLEM",
    "Amount",
    "Answer",
    "Api",
    "Body",
    "Call",
    "Currency",
    "Identifier",
    "Instant",
    "Operation",
    "Page",
    "Problem",
    "Schema",
    "Text",
]
