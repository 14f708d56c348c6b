"""The chains: blocks of entries, each with the hash of the one before it. Pure, and the same in any year.

An entry is a JSON object with an `id` and an instant `at`. A block's hash is SHA-256 over canonical JSON of
its head, which holds the digest of its entries and the digest of the bytes that they are stored as. `leaves`
are the entries' own digests, so that an altered one can be named; `ids` tell which entries the block holds.
A block's signature is of its place and its hash, so that nobody without the key writes one anew, wherever.

There are `LANES` chains side by side. A business day of a lane is one run of blocks; its last one (`end`)
names the day that follows, whose first block carries its hash. Lane 0 is the chain that there was alone at
first, so its days are named as they were (`2026-11-29`), those of other lanes with the lane
(`2026-11-29~07`): a block says in its hash and its signature of which lane it is.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bank import ids

GENESIS = "0" * 64
LANES = 16
ENTRIES, END = "entries", "end"
# A DynamoDB item holds 400 KB; this is what a block's entries, leaves and ids may come to.
MAX_BLOCK_BYTES = 350 * 1024
# Before packing: entries that do not compress at all still fit.
MAX_RAW_BYTES = 300 * 1024
MAX_ENTRIES = 1_000
ID_BYTES, LEAF_BYTES = 16, 32

Entry = dict[str, Any]


def lane_day(day: str, lane: int) -> str:
    """A business day of a lane, as its blocks name it."""
    return f"{day}~{lane:02d}" if lane else day


def lane_of(named: str) -> tuple[str, int]:
    """The inverse: business day and lane."""
    day, _, lane = named.partition("~")
    return day, int(lane or 0)


class Unreadable(ValueError):
    """The stored bytes are no entries any more."""


@dataclass(frozen=True)
class Block:
    """One block as it is stored.

    `day` is a lane's (`lane_day`), `seq` counts from 1 within it; `next_day` is an end block's alone.
    """

    day: str
    seq: int
    kind: str
    previous: str
    created_at: str
    next_day: str
    count: int
    packed: bytes
    ids: bytes
    leaves: bytes
    hash: str
    signature: bytes = b""

    @property
    def entries(self) -> list[Entry]:
        """Its entries. Raises Unreadable."""
        return unpack(self.packed)

    def head(self) -> dict[str, Any]:
        """Return the fields that a block's hash is of. Raises Unreadable."""
        return {
            "day": self.day,
            "seq": self.seq,
            "kind": self.kind,
            "previous": self.previous,
            "created_at": self.created_at,
            "next_day": self.next_day,
            "count": self.count,
            "entries": ids.digest(self.entries),
            "packed": hashlib.sha256(self.packed).hexdigest(),
        }

    def claim(self) -> bytes:
        """Return the bytes that its signature is of."""
        return claim("block", {"day": self.day, "seq": self.seq, "hash": self.hash})


def block(
    *,
    day: str,
    seq: int,
    previous: str,
    created_at: str,
    entries: Sequence[Entry] = (),
    next_day: str = "",
) -> Block:
    """The block that comes after the one whose hash is `previous`; with `next_day` the day's last."""
    packed = pack(entries)
    draft = Block(
        day=day,
        seq=seq,
        kind=END if next_day else ENTRIES,
        previous=previous,
        created_at=created_at,
        next_day=next_day,
        count=len(entries),
        packed=packed,
        ids=ids_of(entries),
        leaves=leaves_of(entries),
        hash="",
    )
    return Block(**{**vars(draft), "hash": ids.digest(draft.head())})


def pack(entries: Sequence[Entry]) -> bytes:
    """Entries as they are stored: canonical JSON, compressed, since a money decision must cost little."""
    return zlib.compress(canonical(list(entries)), 9)


def unpack(packed: bytes) -> list[Entry]:
    """The inverse. Raises Unreadable."""
    try:
        found = json.loads(zlib.decompress(packed))
    except (zlib.error, ValueError) as error:
        raise Unreadable("the block's entries cannot be read") from error
    if not isinstance(found, list) or not all(isinstance(each, dict) and "id" in each for each in found):
        raise Unreadable("the block holds something else than entries")
    return found


def canonical(content: Any) -> bytes:
    """The one way to write `content` as JSON (as RFC 8785 does for what stands in an entry)."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def claim(what: str, facts: dict[str, Any]) -> bytes:
    """Return what is signed of a block or an anchor; named, so that neither's passes for the other's."""
    return canonical({"signed": what, **facts})


def id_digest(entry_id: str) -> bytes:
    """Return the digest by which a block knows its entry: 128 bits of SHA-256."""
    return hashlib.sha256(entry_id.encode()).digest()[:ID_BYTES]


def ids_of(entries: Sequence[Entry]) -> bytes:
    """The digests of the entries' ids, one after the other."""
    return b"".join(id_digest(entry["id"]) for entry in entries)


def leaf(entry: Entry) -> bytes:
    """Return the digest of an entry with all that it says: 256 bits of SHA-256."""
    return hashlib.sha256(canonical(entry)).digest()


def leaves_of(entries: Sequence[Entry]) -> bytes:
    """The digests of the entries, one after the other."""
    return b"".join(map(leaf, entries))


def pieces(joined: bytes, size: int) -> list[bytes]:
    """The digests that were put one after the other."""
    return [joined[start : start + size] for start in range(0, len(joined), size)]


def fits(entry: Entry) -> bool:
    """Return whether one entry alone fits into a block, however badly it packs. Raises TypeError."""
    return len(canonical(entry)) + ID_BYTES + LEAF_BYTES <= MAX_RAW_BYTES


def batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The entries in as few blocks as hold them, in order. One entry alone is never too large for a block."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        length = len(canonical(entry)) + ID_BYTES + LEAF_BYTES
        if batch and (size + length > MAX_RAW_BYTES or len(batch) == MAX_ENTRIES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += length
    if batch:
        yield batch
