"""A lane's day: its blocks against themselves, each other, their signatures and what was anchored of them."""

from collections.abc import Iterator, Sequence

from audit import domain
from audit.adapters import signer
from audit.domain import Block, Entry
from audit.service import anchoring
from audit.service.verifying.entries import verify_entries
from audit.service.verifying.run import At, Run
from audit.settings import settings
from audit.tables import BLOCK, FIRST, BlockRow, DayRow, days_of
from bank import ids, store


def verify_lane(run: Run, day: str, anchored: dict[int, str], at: At) -> At | None:
    """Verify the blocks of a lane's day behind `at`, as far as time is; where it stopped, None at its end.

    `anchored` are the hashes of its anchored blocks, by seq.
    """
    lane = str(domain.lane_of(day)[1])
    seq, ended = at.get("seq", 0), at.get("ended", False)
    expected = {place: hash for place, hash in anchored.items() if place > seq}
    unanchored = max(anchored, default=0) + 1
    for place, row in _placed(run, day, seq):
        if run.enough():
            return {"seq": seq, "ended": ended}
        _verify_place(run, day, place, seq, ended=ended)
        _verify_block(run, row, place, run.links.get(lane) if place == seq + 1 else None)
        if expected.pop(place, row.hash) != row.hash:
            run.differs("anchor", f"{day}/{place}", "its hash is not what was anchored")
        if place == unanchored and str(row.created_at or "") < run.unanchored:
            run.differs("anchor", f"{day}/{place}", "missing: the block has been there for three anchorings")
        run.links[lane] = row.hash
        seq, ended = place, row.kind == domain.END
    for missing in sorted(expected):
        run.differs("tail", f"{day}/{missing}", f"the day is cut after block {seq}; {missing} was anchored")
    if not ended and _has_ended(day, begun=seq > 0):
        run.differs("tail", f"{day}/{seq + 1}", "the day's last block is gone")
    return None


def _placed(run: Run, day: str, seq: int) -> Iterator[tuple[int, BlockRow]]:
    """The rows of a lane's day behind `seq`, each with the place that its key says."""
    for row in anchoring.blocks(day, after=seq):
        place = row.record.removeprefix(BLOCK)
        if place.isdecimal():
            yield int(place), row
        else:
            run.differs("block", f"{day}/{place}", "inserted: no block is named so")


def _verify_place(run: Run, day: str, place: int, seq: int, *, ended: bool) -> None:
    """Verify that a block follows the one at `seq`, which was not the day's last."""
    if place > seq + 1:
        run.differs("block", f"{day}/{seq + 1}", f"removed: {place} follows {seq}")
    if ended:
        run.differs("block", f"{day}/{place}", "inserted: the day had ended before it")


def _has_ended(day: str, *, begun: bool) -> bool:
    """Return whether a lane's day, which was begun or opened, is not the lane's newest."""
    lane = days_of(domain.lane_of(day)[1])
    if not begun:
        row = store.get(DayRow, lane, day) or store.get(DayRow, lane, FIRST)
        if row is None or row.opened != day:
            return False
    later = next(store.query(DayRow, lane, DayRow.record > day, limit=1), None)
    return later is not None and later.record != FIRST


def _verify_block(run: Run, row: BlockRow, place: int, link: str | None) -> None:
    """Verify a block and its entries; `link` is the hash of the block before it, where that is known."""
    run.blocks += 1
    name = f"{row.day}/{place}"
    try:
        block = row.to_domain()
    except (TypeError, ValueError):
        run.differs("block", name, "altered: a field of it is gone")
        return
    if (block.seq, block.day) != (place, row.day):
        run.differs("block", name, f"reordered: it says to be block {_name(block)}")
    found = _verify_content(run, block)
    if link not in (None, block.previous):
        run.differs("block", name, "does not follow from the block before it")
    verify_entries(run, found)


def _name(block: Block) -> str:
    return f"{block.day}/{block.seq}"


def _verify_content(run: Run, block: Block) -> list[Entry]:
    """Verify that the block is what its hash says and was signed; its entries, as far as they can be read."""
    try:
        found = block.entries
        sound = ids.digest(block.head()) == block.hash
    except domain.Unreadable as error:
        run.differs("block", _name(block), f"altered: {error}")
        return []
    altered = _altered(block, found)
    for position, detail in altered:
        name = found[position]["id"] if position < len(found) else f"{_name(block)}[{position}]"
        run.differs("entry", name, f"{detail} in block {_name(block)}, at {position}")
    if not sound and not altered:
        run.differs("block", _name(block), "altered: its content does not give its hash")
    elif not altered and (block.ids != domain.ids_of(found) or block.count != len(found)):
        run.differs("block", _name(block), "altered: its ids or its count are not its entries'")
    if sound and block.day >= settings.signed_since and not signer.is_signed(block.claim(), block.signature):
        run.differs("block", _name(block), "rewritten: the bank did not sign it")
    return found


def _altered(block: Block, found: Sequence[Entry]) -> list[tuple[int, str]]:
    """Positions at which entries and leaves part, the first one where entries were put in or taken out."""
    stored = domain.pieces(block.leaves, domain.LEAF_BYTES)
    given = domain.pieces(domain.leaves_of(found), domain.LEAF_BYTES)
    parted = [n for n, pair in enumerate(zip(stored, given, strict=False)) if pair[0] != pair[1]]
    if len(stored) == len(given):
        detail = "reordered" if sorted(stored) == sorted(given) else "altered"
        return [(position, detail) for position in parted]
    detail = "removed" if len(given) < len(stored) else "inserted"
    return [(parted[0] if parted else min(len(stored), len(given)), detail)]
