"""A room as small as can be, whose views have one of each thing that the kernel does before them."""

from typing import Any

import botocore.exceptions
from pynamodb.exceptions import GetError

from bank import errors
from bank.access import acts
from bank.http import FORM, Amount, Answer, Api, Body, Call, Currency, Instant, Page, Schema, Text

SECRET = "the password is 4711"


class Order(Body):
    """A JSON body."""

    amount: Amount
    currency: Currency = "CNY"
    due: Instant | None = None
    note: Text = "-"
    parts: list[dict[str, Any]] = []


class Ticket(Body):
    """A form."""

    name: str
    colour: str = "red"


class Window(Page):
    """What a list is asked with."""

    since: Instant | None = None


class OrderAnswer(Schema):
    """Arguments of a view, sent back."""

    record_id: str = ""
    digest: str = ""
    client_id: str = ""
    operation: str = ""
    got: str = ""


class OrderPage(Schema):
    """A page, whose place is what the list was asked with."""

    items: list[OrderAnswer]
    next_cursor: str | None


class Broken(Exception):
    """What no caller is to read."""


FAILURES: dict[str, Exception] = {
    "refused": errors.Refusal("not enough is left", code="insufficient_funds", left=3),
    "gone": errors.NotFound("there is no such order"),
    "unhandled": Broken(SECRET),
    "value": ValueError(SECRET),
    "busy": errors.Unavailable("the store is busy"),
    "timeout": botocore.exceptions.ReadTimeoutError(endpoint_url=f"https://example.com/{SECRET}"),
    "unreachable": botocore.exceptions.EndpointConnectionError(endpoint_url=f"https://example.com/{SECRET}"),
    "denied": botocore.exceptions.ClientError(
        {"Error": {"Code": "AccessDeniedException", "Message": SECRET}}, "PutItem"
    ),
    "pynamodb": GetError(SECRET),
}

app = Api("workshop")


def answer_of(call: Call, got: Any = "") -> OrderAnswer:
    return OrderAnswer(
        record_id=call.record_id("job"),
        digest=call.digest,
        client_id=call.principal.client_id,
        operation=call.operation,
        got=str(got),
    )


@app.post(
    "/orders",
    act=acts.MONEY,
    scope="orders:write",
    body=Order,
    answer=OrderAnswer,
    status=201,
    idempotent=True,
)
def make_order(call: Call, body: Order) -> OrderAnswer:
    """Take a JSON body, and an Idempotency-Key."""
    return answer_of(call, body.amount)


@app.get("/orders", scope="orders:read", query=Window, answer=OrderPage)
def list_orders(call: Call, query: Window) -> OrderPage:
    """Take a query; every page but an empty one has a next."""
    items = [answer_of(call, f"{query.limit} {query.after} {query.since}")]
    return OrderPage(items=items, next_cursor=f"{query.after or ''}.")


@app.get("/orders/{order_id}", scope="orders:read", answer=OrderAnswer)
def get_order(call: Call, order_id: str) -> OrderAnswer:
    """Take a path parameter, and nothing else."""
    return answer_of(call, order_id)


@app.get("/ledgers/{order_id}", scope="orders:read", answer=OrderAnswer, session_checked=True)
def get_ledger(call: Call, order_id: str) -> OrderAnswer:
    """Check the caller's session by itself, which this one forgets."""
    return answer_of(call, order_id)


@app.get("/origin", scope="orders:read", answer=OrderAnswer)
def get_origin(call: Call) -> OrderAnswer:
    """Tell where the call came from."""
    return answer_of(call, call.source_ip)


@app.post(
    "/orders/{order_id}/close", act=acts.MONEY, scope="orders:write", answer=OrderAnswer, idempotent=True
)
def close_order(call: Call, order_id: str) -> Answer:
    """Take no body; answer with a status and a header of its own, as a replay."""
    return Answer(
        answer_of(call, order_id), status=202, headers={"Location": f"/orders/{order_id}"}, replayed=True
    )


@app.patch(
    "/orders/{order_id}",
    act=acts.RECORD._replace(trace=acts.Trace.RECORD),
    scope="orders:write",
    body=Order,
    answer=OrderAnswer,
)
def change_order(call: Call, order_id: str, body: Order) -> OrderAnswer:
    """Take a body without asking for an Idempotency-Key."""
    return answer_of(call, body.note)


@app.post(
    "/tickets",
    act=acts.DOOR._replace(trace=acts.Trace.RECORD),
    scope=None,
    body=Ticket,
    answer=OrderAnswer,
    form=True,
    media_types=(FORM,),
)
def make_ticket(call: Call, body: Ticket) -> OrderAnswer:
    """Take a form, from anyone."""
    return answer_of(call, f"{body.name} {body.colour}")


@app.get("/failures/{kind}", scope=None, answer=OrderAnswer)
def fail(call: Call, kind: str) -> OrderAnswer:
    """Fail in the way asked for."""
    raise FAILURES[kind]
