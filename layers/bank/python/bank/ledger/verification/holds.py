"""Holds against themselves, and against what the accounts say is held."""

from collections import defaultdict
from collections.abc import Sequence

from bank import store
from bank.ledger.domain import HoldStatus
from bank.ledger.tables import AccountRow, HoldRow
from bank.ledger.verification.run import Run, has_leg


def read_holds(run: Run) -> dict[str, int]:
    """Verify every hold by itself; what the open ones hold, by account."""
    held: dict[str, int] = defaultdict(int)
    for row in HoldRow.scan(consistent_read=True):
        if row.facts_digest() != row.digest or row.open_shard not in row.expected_shards():
            run.differs("hold", row.hold_id, "altered: it is not as it was placed")
        if not _sound(row) or not _captured_by_its_journal(run, row):
            run.differs("hold", row.hold_id, "what it captured and returned is not what it held")
        _add(held, row)
    return held


def _sound(row: HoldRow) -> bool:
    ended = row.status != HoldStatus.HELD.value
    captured, returned = int(row.captured), int(row.returned)
    total = int(row.amount) if ended else 0
    possible = min(captured, returned) >= 0 and (captured > 0) == (row.status == HoldStatus.CAPTURED.value)
    return captured + returned == total and possible


def _captured_by_its_journal(run: Run, row: HoldRow) -> bool:
    if row.journal_id is None:
        return int(row.captured) == 0
    return has_leg(run.journal(row.journal_id), row.account_id, -int(row.captured))


def _add(held: dict[str, int], row: HoldRow) -> None:
    if row.status == HoldStatus.HELD.value:
        held[row.account_id] += int(row.amount)


def verify_held(run: Run, suspects: Sequence[str]) -> None:
    """Look at doubtful accounts again: a hold may have been placed or ended between the two reads.

    Their holds are read between two readings of their rows, and judged where those agree.
    """
    if not suspects:
        return
    keys: list[store.Key] = [(AccountRow, account_id) for account_id in suspects]
    before = store.get_many(keys)
    held: dict[str, int] = defaultdict(int)
    for row in HoldRow.scan(consistent_read=True):
        _add(held, row)
    for account_id, then, now in zip(suspects, before, store.get_many(keys), strict=True):
        steady = then is None or int(then.held) == int(now.held)
        stored = int(now.held) if now else 0
        if steady and stored != held[account_id]:
            run.differs("account", account_id, f"holds {stored}, its open holds add up to {held[account_id]}")
