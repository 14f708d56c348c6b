"""Ties between members of staff: who let somebody in is no check on them, nor are two whom one person let in.

An administrator could enter a puppet, submit something as them and approve it as themselves; or enter two,
and have one check the other. Whoever enters, resets, reinstates or moves somebody, changes their phone or
gives them a role lets them in, and counts as having done so for `KEPT` (FFIEC, dual control: neither of two
persons may be able to act as the other). So does who let that one in lately, and may be them. Operators tie
nobody.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from bank import clock, store
from bank.store import Table, Transaction, table_name

KEPT = timedelta(days=30)


class TieRow(Table):
    """Those who let a member of staff in lately, each with the instant until which that counts."""

    class Meta:
        table_name = table_name("staff-ties")

    staff_id = UnicodeAttribute(hash_key=True)
    let_in_by: JSONAttribute = JSONAttribute()
    version = NumberAttribute()
    purge_at = NumberAttribute()


def tie(transaction: Transaction, keeper: str, staff_id: str) -> None:
    """Tie a member of staff to who lets them in, in the transaction of that act. Adds one operation.

    One round trip. Committing raises `store.Stale` where somebody else has let them in meanwhile.
    """
    rows = _rows([keeper, staff_id])
    row, until = rows.get(staff_id), clock.now() + KEPT
    keepers = {keeper, *_lately(rows.get(keeper))} - {staff_id}
    let_in_by = _lately(row) | dict.fromkeys(sorted(keepers), clock.instant(until))
    version = int(row.version) if row else 0
    transaction.update(
        (TieRow, staff_id),
        [
            TieRow.let_in_by.set(let_in_by),
            TieRow.version.set(version + 1),
            TieRow.purge_at.set(int(until.timestamp())),
        ],
        TieRow.version == version if row else TieRow.version.does_not_exist(),
        store.stale,
    )


def tied(one: str, others: Iterable[str]) -> frozenset[str]:
    """Those of `others` who let `one` in lately, or the reverse, or whom the same person let in as `one`.

    One round trip for a hundred of them.
    """
    asked = set(others) - {one}
    rows = _rows([one, *asked]) if asked else {}
    could_be = {one, *_lately(rows.get(one))}
    return frozenset(other for other in asked if could_be & {other, *_lately(rows.get(other))})


def _rows(staff_ids: Collection[str]) -> dict[str, TieRow]:
    asked = sorted(set(staff_ids))
    found = store.get_many([(TieRow, staff_id) for staff_id in asked])
    return {staff_id: row for staff_id, row in zip(asked, found, strict=True) if row is not None}


def _lately(row: TieRow | None) -> dict[str, Any]:
    """Those who let somebody in so lately that it counts, each with until when."""
    now = clock.instant()
    return {keeper: until for keeper, until in (row.let_in_by if row else {}).items() if until > now}
