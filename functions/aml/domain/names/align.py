"""The words of two names side by side: which of them are one word, and what is left over on either side."""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import OSA

from aml.domain.names import vocabulary as words_of
from aml.domain.names.sounds import Metric, consonants, distance, fold, one_word

# Words that were run together: a shorter one may be anything.
LEAST_JOINED, LEAST_NEAR, LEAST_SPLIT, MOST_UNLIKE = 4, 6, 7, 1
# What a token is made of: one word, or neighbours that the other side writes as one.
Token = tuple[str, ...]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Alignment:
    """Tokens of two names, paired one to one, the nearest first, until one side is used up."""

    left: list[Token]
    right: list[Token]
    pairs: list[Pair]
    by: Metric

    def texts(self, pair: Pair) -> tuple[str, str]:
        """The two sides of a pair."""
        return "".join(self.left[pair[0]]), "".join(self.right[pair[1]])

    @cached_property
    def agreed(self) -> list[Pair]:
        """The pairs that may be one word."""
        return [pair for pair in self.pairs if one_word(*self.texts(pair), self.by)]

    @cached_property
    def substituted(self) -> list[Pair]:
        """Words that stand in the same place, between the same words that agree: one for the other."""
        places: dict[tuple[Pair | None, Pair | None], tuple[list[int], list[int]]]
        places = defaultdict(lambda: ([], []))
        for side in (0, 1):
            for at in self._unpaired(self.agreed, side):
                places[self._place(at, side)][side].append(at)
        return [pair for left, right in places.values() for pair in zip(left, right, strict=False)]

    @cached_property
    def words_agreed(self) -> int:
        """Number of words that those pairs are made of."""
        return max(
            sum(len(self.left[pair[0]]) for pair in self.agreed),
            sum(len(self.right[pair[1]]) for pair in self.agreed),
        )

    def left_over(self, pairs: Sequence[Pair]) -> tuple[list[Token], list[Token]]:
        """Tokens of either side that are in none of the pairs."""
        left, right = (self._unpaired(pairs, side) for side in (0, 1))
        return [self.left[at] for at in left], [self.right[at] for at in right]

    def _unpaired(self, pairs: Sequence[Pair], side: int) -> list[int]:
        paired = {pair[side] for pair in pairs}
        return [at for at in range(len((self.left, self.right)[side])) if at not in paired]

    def _place(self, at: int, side: int) -> tuple[Pair | None, Pair | None]:
        before = [pair for pair in self.agreed if pair[side] < at]
        after = [pair for pair in self.agreed if pair[side] > at]
        return (
            max(before, key=lambda pair: pair[side], default=None),
            min(after, key=lambda pair: pair[side], default=None),
        )


def align(left: Sequence[str], right: Sequence[str], by: Metric) -> Alignment:
    """The words of two names, side by side, those split or run together first made the same."""
    ours, theirs = _split(left, right), _split(right, left)
    joined = _join([(word,) for word in ours], theirs, by)
    others = _join([(word,) for word in theirs], ["".join(token) for token in joined], by)
    return Alignment(joined, others, _paired(joined, others, by), by)


def _split(words: Sequence[str], others: Sequence[str]) -> list[str]:
    """Words that were run together from words of the other side and legal forms, apart again."""
    longest_first = sorted(others, key=len, reverse=True)
    found: list[str] = []
    for word in words:
        long = len(word) >= LEAST_SPLIT and word not in others
        found += (_parts(word, longest_first) if long else None) or [word]
    return found


def _parts(word: str, others: Sequence[str]) -> list[str] | None:
    """The word as other words, legal forms left out; None where it is not made of them."""
    parts: list[str] = []
    while word and word not in words_of.LEGAL_FORMS:
        form = next((word[:size] for size in (4, 3) if word[:size] in words_of.LEGAL_FORMS), None)
        part = next((other for other in others if word.startswith(other)), form)
        if part is None:
            return None
        if part in others:
            parts.append(part)
        word = word[len(part) :]
    return parts


def _join(tokens: list[Token], others: Sequence[str], by: Metric) -> list[Token]:
    """Neighbours joined where their join is a word of the other side."""
    for size, place in itertools.product((4, 3, 2), range(len(tokens))):
        part = tokens[place : place + size]
        if len(part) == size and _one_of(part, others, by):
            return [*tokens[:place], sum(part, ()), *_join(tokens[place + size :], others, by)]
    return tokens


def _one_of(part: Sequence[Token], others: Sequence[str], by: Metric) -> bool:
    joined = "".join(word for token in part for word in token)
    if len(joined) < LEAST_JOINED or any("".join(token) in others for token in part):
        return False
    return any(_near(joined, other, by) for other in others)


def _near(joined: str, other: str, by: Metric) -> bool:
    if by is Metric.CONSONANTS:
        return consonants(joined) == consonants(other)
    if len(joined) < LEAST_NEAR or abs(len(joined) - len(other)) > MOST_UNLIKE:
        return joined == other
    return fold(joined) == fold(other) or OSA.distance(joined, other) <= 1


def _paired(left: list[Token], right: list[Token], by: Metric) -> list[Pair]:
    ours, theirs = (["".join(token) for token in side] for side in (left, right))
    ranked = sorted(
        itertools.product(range(len(ours)), range(len(theirs))),
        key=lambda at: (
            -_likeness(ours[at[0]], theirs[at[1]], by),
            -len(ours[at[0]]),
            abs(at[0] - at[1]),
            at,
        ),
    )
    pairs: list[Pair] = []
    free = set(range(len(ours))), set(range(len(theirs)))
    for a, b in ranked:
        if a in free[0] and b in free[1]:
            free[0].remove(a)
            free[1].remove(b)
            pairs.append((a, b))
    return pairs


def _likeness(a: str, b: str, by: Metric) -> float:
    length = max(len(a), len(b))
    if min(len(a), len(b)) == 1:
        return 0.9 if a[0] == b[0] else 0.0
    return 1 - min(distance(a, b, by), length) / length
