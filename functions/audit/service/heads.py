"""A head of heads as a document: what it says, its hash, and what is signed of it."""

from dataclasses import dataclass
from typing import Any, Self

from audit import domain
from bank import ids

# Of an anchor of one chain, in the order in which it was written before lanes.
ANCHOR = ("day", "seq", "hash", "count", "ended", "anchored_at", "retain_until")


@dataclass(frozen=True)
class Heads:
    """Heads of a business day's lanes, as they were anchored together: of each its day, seq and hash.

    `number` counts from 1 within the day; `previous` is the hash of the document before, of whatever day.
    """

    day: str
    number: int
    previous: str
    lanes: list[tuple[str, int, str]]
    ended: bool
    anchored_at: str
    retain_until: str
    # What an anchor of before lanes says, whose one head this is.
    anchor: dict[str, Any] | None = None

    @property
    def hash(self) -> str:
        """The hash that the document after it carries."""
        return ids.digest(self.facts())

    def facts(self) -> dict[str, Any]:
        """Return what the document says, as JSON."""
        return {
            "day": self.day,
            "number": self.number,
            "previous": self.previous,
            "lanes": [list(each) for each in self.lanes],
            "ended": self.ended,
            "anchored_at": self.anchored_at,
            "retain_until": self.retain_until,
        }

    def claim(self) -> bytes:
        """Return the bytes that its signature is of."""
        return domain.claim("anchor", self.anchor) if self.anchor else domain.claim("heads", self.facts())

    @classmethod
    def of(cls, content: dict[str, Any]) -> Self:
        """Read a document. Raises KeyError, TypeError or ValueError where it is none."""
        return cls(
            day=str(content["day"]),
            number=int(content["number"]),
            previous=str(content["previous"]),
            lanes=[(str(day), int(seq), str(hash)) for day, seq, hash in content["lanes"]],
            ended=bool(content["ended"]),
            anchored_at=str(content["anchored_at"]),
            retain_until=str(content["retain_until"]),
        )

    @classmethod
    def of_anchor(cls, content: dict[str, Any]) -> Self:
        """Read an anchor of before lanes: of one chain's head, without a hash of the anchor before."""
        return cls(
            day=str(content["day"]),
            number=int(content["seq"]),
            previous="",
            lanes=[(str(content["day"]), int(content["seq"]), str(content["hash"]))],
            ended=bool(content["ended"]),
            anchored_at=str(content["anchored_at"]),
            retain_until=str(content.get("retain_until", "")),
            anchor={name: content.get(name) for name in ANCHOR},
        )
