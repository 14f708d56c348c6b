"""Holds, and reservations of points, against themselves and what the accounts say is held."""

from collections import defaultdict
from collections.abc import Sequence

from bank import store
from bank.ledger.domain import HoldStatus
from bank.ledger.lots import Lots
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


def reserved(row: AccountRow) -> int:
    """Points of an account that are reserved: its own row names each reservation, and what it is for."""
    try:
        return Lots.unpack(row.lots or "").held
    except ValueError:
        return 0


def verify_lots(run: Run, row: AccountRow) -> None:
    """The lots of an account of points add up to what is available there."""
    try:
        found = Lots.unpack(row.lots or "")
    except ValueError:
        run.differs("account", row.account_id, "its lots cannot be read")
        return
    parts = [found.free, *found.reserved.values()]
    positive = all(points > 0 for part in parts for points in part.values())
    if not positive or found.available != int(row.available):
        detail = f"has {row.available} points available, its lots are {dict(found.free)}"
        run.differs("account", row.account_id, detail)


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
        expected = held[account_id] + (reserved(now) if now else 0)
        if steady and stored != expected:
            run.differs("account", account_id, f"holds {stored}, its open holds add up to {expected}")
