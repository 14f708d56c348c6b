"""Ties between members of staff: who let somebody in is no check on them, nor they on who let them in.

An administrator could enter a puppet, submit something as them and approve it as themselves, one person being
two. Whoever enters, resets, reinstates or moves somebody, or gives them a role, is tied to them for `KEPT`
(FFIEC, dual control: neither of two persons may be able to act as the other).
"""

from collections.abc import Iterable
from datetime import timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from bank import clock, store
from bank.store import Table, Transaction, table_name

KEPT = timedelta(days=30)


class TieRow(Table):
    """A tie between two, whichever did it to the other: until when, and by what act it began last."""

    class Meta:
        table_name = table_name("staff-ties")

    pair = UnicodeAttribute(hash_key=True)
    until = UnicodeAttribute()
    act = UnicodeAttribute()
    purge_at = NumberAttribute()


def tie(transaction: Transaction, one: str, other: str, *, act: str) -> None:
    """Tie two in the transaction of the act. Adds one operation."""
    until = clock.now() + KEPT
    transaction.update(
        (TieRow, _pair(one, other)),
        [
            TieRow.until.set(clock.instant(until)),
            TieRow.act.set(act),
            TieRow.purge_at.set(int(until.timestamp())),
        ],
        TieRow.until.does_not_exist() | (TieRow.until <= clock.instant(until)),
        store.stale,
    )


def tied(one: str, others: Iterable[str]) -> frozenset[str]:
    """Those of `others` whom `one` is tied to now. One round trip for a hundred of them."""
    asked, now = sorted(set(others) - {one}), clock.instant()
    rows = store.get_many([(TieRow, _pair(one, other)) for other in asked]) if asked else []
    return frozenset(
        other for other, row in zip(asked, rows, strict=True) if row is not None and row.until > now
    )


def _pair(one: str, other: str) -> str:
    return "#".join(sorted((one, other)))
