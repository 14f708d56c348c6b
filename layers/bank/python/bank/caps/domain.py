"""Rules of caps: what each shard may give, and which of them a taker takes from. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

from bank import ids, money

# So many claims are worth a row of their own: those of fewer seldom meet.
PER_SHARD = 25
# A claim holds its row for some 15 ms, so that each carries some twenty a second without much waiting.
MOST_SHARDS = 256
# Rows that a taker looks at before all others.
LOOKED_AT = 2


class Counts(NamedTuple):
    """Units and money (minor units) that were taken, in all and on one business day (Shanghai)."""

    units: int = 0
    budget: int = 0
    day_units: int = 0
    day_budget: int = 0

    def in_all(self) -> "Counts":
        """Return it without what counts by day."""
        return Counts(self.units, self.budget)

    def at_most(self, bounds: "Bounds") -> "Counts":
        """Return as much of it as there is."""
        pairs = zip(self, bounds, strict=True)
        return Counts(*(each if bound is None else min(each, bound) for each, bound in pairs))


class Bounds(NamedTuple):
    """The most of each count, or what is left of it; None where there is no bound."""

    units: int | None = None
    budget: int | None = None
    day_units: int | None = None
    day_budget: int | None = None

    def less(self, counts: Counts) -> "Bounds":
        """Return what is left once so much is taken."""
        pairs = zip(self, counts, strict=True)
        return Bounds(*(None if bound is None else bound - each for bound, each in pairs))

    def lacking(self, wanted: Counts) -> str | None:
        """Return the name of the first count of which less is left than is wanted."""
        each = zip(self._fields, self, wanted, strict=True)
        return next((name for name, left, want in each if left is not None and left < want), None)


@dataclass(frozen=True)
class Cap:
    """A cap: its id, the most that may be taken, and over how many rows that is split. Raises ValueError.

    The id is the caller's, made from what is capped: `<product>`, `<product>#unit#<unit>`. It names no
    customer: where a cap is one customer's, `ids.derived` makes it. Under one id the shards stay, and bounds
    in all are raised only, since beside shards that gave more than a lower share others would give theirs:
    `lower` lowers them. A day's are changed either way, and lowered ones hold from the next day on.
    """

    cap_id: str
    bounds: Bounds
    shards: int = 1

    def __post_init__(self) -> None:
        given = [bound for bound in self.bounds if bound is not None]
        if not given or min(given) < 0 or self.shards < 1:
            raise ValueError("a cap has a bound, none is below zero, and one shard at least")

    def share(self, shard: int) -> Bounds:
        """Return the bounds of one shard: those of all, as evenly as whole numbers allow."""
        return Bounds(*(each if each is None else self._share(each, shard) for each in self.bounds))

    def _share(self, bound: int, shard: int) -> int:
        whole, rest = divmod(bound, self.shards)
        return whole + (shard < rest)

    def order(self, by: str) -> list[int]:
        """Return the shards in the order in which one taker (by an id) tries them."""
        first = ids.shard(by, self.shards)
        return [*range(first, self.shards), *range(first)]

    def counted(self, units: int, amount: int) -> Counts:
        """Return what taking `units` and `amount` (minor units) counts: nothing where nothing is bounded."""
        asked = zip(self.bounds, (units, amount, units, amount), strict=True)
        return Counts(*(0 if bound is None else each for bound, each in asked))


@dataclass(frozen=True)
class Part:
    """A part of what was taken: of which shard, and on which business day it counted."""

    shard: int
    day: str
    counts: Counts


@dataclass(frozen=True)
class Taken:
    """Record of what was taken of a cap, for whoever took it to keep, and to give so much back, once."""

    cap_id: str
    parts: tuple[Part, ...]

    @property
    def counts(self) -> Counts:
        """All of it."""
        return Counts(*map(sum, zip(Counts(), *(each.counts for each in self.parts), strict=True)))

    def pack(self) -> list[Any]:
        """Return it as JSON: `[cap_id, [shard, day, units, budget, day_units, day_budget], ...]`."""
        return [self.cap_id, *([each.shard, each.day, *each.counts] for each in self.parts)]

    @classmethod
    def of(cls, packed: Sequence[Any]) -> Self:
        """Return what was packed."""
        cap_id, *parts = packed
        return cls(cap_id, tuple(Part(shard, day, Counts(*counts)) for shard, day, *counts in parts))

    def split(self, *, units: int = 0, amount: int = 0) -> tuple[Self, Self]:
        """Return so many units and so much money (minor units) of it, to be given back, and what stays taken.

        What the cap does not count is in neither. Raises ValueError where less was taken.
        """
        held, back, kept = self.counts, [], []
        left = [each if of else 0 for each, of in zip((units, amount, units, amount), held, strict=True)]
        if min(units, amount) < 0 or any(map(int.__gt__, left, held)):
            raise ValueError("no more is given back than was taken")
        for part in self.parts:
            share = Counts(*map(min, left, part.counts))
            left = [*map(int.__sub__, left, share)]
            back.append(replace(part, counts=share))
            kept.append(replace(part, counts=Counts(*map(int.__sub__, part.counts, share))))
        return self._of(back), self._of(kept)

    def _of(self, parts: list[Part]) -> Self:
        return replace(self, parts=tuple(each for each in parts if any(each.counts)))


def unpack(packed: Sequence[Any]) -> list[Taken]:
    """Return what was packed of several caps, as a list of each; or of one alone."""
    return [Taken.of(each) for each in ([packed] if isinstance(packed[0], str) else packed)]


def shards_for(claims: int) -> int:
    """Return the number of rows to split a cap over that lasts for so many claims, or so many a day."""
    return min(MOST_SHARDS, max(1, claims // PER_SHARD))


def total(lefts: Mapping[int, Bounds]) -> Bounds:
    """Add up what shards of one cap have left."""
    columns = zip(*lefts.values(), strict=True)
    return Bounds(*(None if None in column else sum(column) for column in columns))


def has_alone(wanted: Counts, lefts: Mapping[int, Bounds]) -> int | None:
    """Return the first shard that has all that is wanted; None where none has."""
    return next((shard for shard, left in lefts.items() if not left.lacking(wanted)), None)


def fullest(lefts: Mapping[int, Bounds], most: int) -> dict[int, Bounds]:
    """Return so many shards at most, those that have most left in all."""
    by_left = sorted(lefts.items(), key=lambda each: (each[1].units or 0, each[1].budget or 0), reverse=True)
    return dict(by_left[:most])


def divide(wanted: Counts, lefts: Mapping[int, Bounds]) -> dict[int, Counts]:
    """Divide over shards what is wanted, which all together have: to the first alone that has all of it.

    Where none has, each count is divided by itself, so that it is had wherever it is left.
    """
    alone = has_alone(wanted, lefts)
    if alone is not None:
        return {alone: wanted} if any(wanted) else {}
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for number, (count, want) in enumerate(zip(Counts._fields, wanted, strict=True)):
        there = {shard: left[number] or 0 for shard, left in lefts.items()}
        for shard, share in (money.draw(there, want, 0) or {}).items() if want else ():
            found[shard][count] = share
    return {shard: Counts(**shares) for shard, shares in found.items()}
