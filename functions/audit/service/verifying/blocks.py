"""A day's blocks against themselves, each other, their signatures and the day's anchors."""

from collections.abc import Sequence

from audit import domain
from audit.adapters import signer
from audit.domain import Block, Entry
from audit.service import anchoring, anchors
from audit.service.anchors import Anchor
from audit.service.verifying.rows import verify_entries
from audit.service.verifying.run import Run
from audit.settings import settings
from audit.tables import BLOCK, BlockRow
from bank import ids


def verify_day(run: Run, day: str, link: str | None, *, last: bool, whole: bool) -> str | None:
    """Verify a day's blocks; the hash that the next day begins with. `whole` reads every anchor of it."""
    expected = _anchors(run, day, whole)
    unanchored = max(expected, default=0) + 1
    seq, count, ended = 0, 0, False
    for row in anchoring.blocks(day):
        run.blocks += 1
        place = int(row.record.removeprefix(BLOCK))
        if place > seq + 1:
            run.differs("block", f"{day}/{seq + 1}", f"removed: {place} follows {seq}")
        if ended:
            run.differs("block", f"{day}/{place}", "inserted: the day had ended before it")
        block = _read(run, row, place)
        found = _verify_content(run, block) if block else []
        if block and place == seq + 1 and link not in (None, block.previous):
            run.differs("block", _name(block), "does not follow from the block before it")
        count += len(found)
        _verify_anchor(run, f"{day}/{place}", row.hash, count, expected.pop(place, None))
        if place == unanchored and row.created_at < run.unanchored:
            run.differs("anchor", f"{day}/{place}", "missing: the block has been there for three anchorings")
        verify_entries(run, f"{day}/{place}", found)
        seq, link, ended = place, row.hash, row.kind == domain.END
    for missing in sorted(expected):
        run.differs("tail", f"{day}/{missing}", f"the day is cut after block {seq}; {missing} was anchored")
    if not ended and not last:
        run.differs("tail", f"{day}/{seq + 1}", "the day's last block is gone")
    return link


def _anchors(run: Run, day: str, whole: bool) -> dict[int, Anchor]:
    """The day's anchors by seq; what is not as it must be of them is named."""
    found, complaints = anchors.of_day(day, whole=whole)
    for key, complaint in complaints:
        run.differs("anchor", key, complaint)
    run.anchors += len(found)
    return found


def _name(block: Block) -> str:
    return f"{block.day}/{block.seq}"


def _read(run: Run, row: BlockRow, place: int) -> Block | None:
    """The block of a row; None where the row is none any more."""
    try:
        block = row.to_domain()
    except (TypeError, ValueError):
        run.differs("block", f"{row.day}/{place}", "altered: a field of it is gone")
        return None
    if (block.seq, block.day) != (place, row.day):
        run.differs("block", f"{row.day}/{place}", f"reordered: it says to be block {block.day}/{block.seq}")
    return block


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


def _verify_anchor(run: Run, name: str, hash: str, count: int, anchor: Anchor | None) -> None:
    if anchor and (anchor.hash, anchor.count) != (hash, count):
        run.differs("anchor", name, "its hash or the day's count is not what was anchored")
