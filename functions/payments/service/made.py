"""Refunds and splits of a payment in pages, oldest first, by what the stream's consumer has written of each.

So a page costs what is on it, however many others there are or were refused. A payment that had some before
those rows were written has no mark that all of its have one: its own rows are read, all of them.
"""

from typing import TypeVar

from bank import store
from payments.tables import IndexRow, PaymentRow, RefundRow, SplitRow

MODELS: dict[str, type[RefundRow] | type[SplitRow]] = {"refund": RefundRow, "split": SplitRow}
MadeT = TypeVar("MadeT", RefundRow, SplitRow)


def index_row(made: RefundRow | SplitRow) -> IndexRow:
    """The row by which one that was made is found in its payment's list."""
    kind, _, made_id = made.record.partition("#")
    return IndexRow(index_key=_key(kind, made.payment_id), sort_key=f"{made.created_at}#{made_id}")


def page(
    model: type[MadeT], kind: str, payment: PaymentRow, *, after: str | None, limit: int
) -> tuple[list[MadeT], str | None]:
    """A payment's refunds (`kind` "refund") or splits after a place `<created_at>#<id>`; the next place."""
    if not getattr(payment, f"{kind}s_listed"):
        return _of_before(model, kind, payment, after=after, limit=limit)
    beyond = IndexRow.sort_key > after if after else None
    key = _key(kind, payment.payment_id)
    found = store.query(IndexRow, key, beyond, limit=limit + 1, consistent=False)
    places, last = store.page([str(row.sort_key) for row in found], limit, str)
    keys = [(model, payment.payment_id, f"{kind}#{place.rpartition('#')[2]}") for place in places]
    return [row for row in store.get_many(keys) if row is not None], last


def _of_before(
    model: type[MadeT], kind: str, payment: PaymentRow, *, after: str | None, limit: int
) -> tuple[list[MadeT], str | None]:
    if not (payment.refunded_amount or payment.split_amount):
        return [], None
    rows = store.query(model, payment.payment_id, model.record.startswith(f"{kind}#"))
    found = {str(index_row(row).sort_key): row for row in rows if not row.refusal}
    places, last = store.page(sorted(place for place in found if place > (after or "")), limit, str)
    return [found[place] for place in places], last


def _key(kind: str, payment_id: str) -> str:
    return f"{kind}s#{payment_id}"
