"""Runs: every settlement account is looked at, side by side in parts, and what is due is paid out.

A part is a page of accounts. It pays until its page is done or its time is up, and what is left goes on in
the next part. What fails is tried again alone, so that it stops nothing else, and ends among the dead letters
by its name. A page that died is taken apart: whoever killed it dies alone.
"""

from collections import Counter
from collections.abc import Callable

from bank import calendar, clock, ledger, store
from bank.ledger import AccountRow
from bank.observability import logger
from settlement.adapters import queue
from settlement.adapters.queue import Part
from settlement.service import payouts

PAGE = store.BATCH_GET_LIMIT
# A part stops before its time is up, so that what is left goes on and what was done is told.
RESERVE_MS = 15_000

Left = Callable[[], int]


def start(*, run: str) -> int:
    """Put the first part of each shard on the queue; how many: none where today is no working day."""
    if not calendar.is_working_day(clock.business_date()):
        return 0
    shards = ledger.payees.SHARDS
    queue.send(Part(run, shard) for shard in range(shards))
    return shards


def take(part: Part, *, left_ms: Left, again: bool = False) -> tuple[Counter[str], list[Part]]:
    """Do a part: how often each outcome came, and the further parts that it has put on the queue.

    `left_ms` tells how much time there is; `again`, that the part was begun before, and may have died of what
    is in it. Raises what a failing account raises where it is alone.
    """
    if part.account_id:
        row = ledger.accounts.find(part.account_id)
        return Counter([payouts.pay_out(account_id=row.account_id, payee_id=row.owner_id)]), []
    assert part.shard is not None, "a part is of a shard or of an account"
    found = ledger.payees.page(part.shard, after=part.after, limit=PAGE)
    last = found[-1] if len(found) == PAGE else None
    rows, counts = _with_money(found), Counter[str]()
    further = [Part(part.run, account_id=row.account_id) for row in rows]
    if not again:
        further, reached = _pay(part.run, rows, counts, left_ms)
        last = reached or last
    if last:
        further.append(Part(part.run, part.shard, last))
    queue.send(further)
    return counts, further


def _with_money(account_ids: list[str]) -> list[AccountRow]:
    """Accounts on which something is available, in order: one round trip for them all, and one for parts."""
    rows = store.get_many([(AccountRow, account_id) for account_id in account_ids])
    found = ledger.rows.wholes([row for row in rows if row is not None])
    return [row for row in found if row.to_domain().available > 0]


def _pay(
    run: str, rows: list[AccountRow], counts: Counter[str], left_ms: Left
) -> tuple[list[Part], str | None]:
    """Pay out these accounts; those that failed, as parts, and the last one reached where time was up.

    One at least is tried, so that a run gets on however little time there is.
    """
    failed = []
    for row in rows:
        try:
            counts[payouts.pay_out(account_id=row.account_id, payee_id=row.owner_id)] += 1
        except Exception:
            logger.exception("an account was not paid out", account_id=row.account_id)
            counts[payouts.FAILED] += 1
            failed.append(Part(run, account_id=row.account_id))
        if left_ms() < RESERVE_MS:
            return failed, row.account_id
    return failed, None
