"""Kinds of values in a decision model, each with the values that it can have."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# No value passes this: what zen-engine counts with ends at 7.9 * 10**28, in 28 digits (rust_decimal).
LIMIT = 1e27
# Whatever is divided by is at least so far from 0.
STEP = 1e-6
# More than zen's rounding and that of these bounds can come to.
_ROUNDING = 1e-9


class Fault(Exception):
    """A fault of an expression, as a sentence."""


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`; `whole` where it is known to have no fraction."""

    low: float
    high: float
    whole: bool = False

    def holds(self, value: object) -> bool:
        """Return whether it is one of these."""
        return type(value) is int and self.low <= value <= self.high

    def __str__(self) -> str:
        return "a number"


@dataclass(frozen=True)
class Word:
    """One of some words."""

    words: frozenset[str]

    def holds(self, value: object) -> bool:
        """Return whether it is one of these."""
        return value in self.words

    def __str__(self) -> str:
        return "a word"


@dataclass(frozen=True)
class Truth:
    """True or false."""

    def holds(self, value: object) -> bool:
        """Return whether it is one of these."""
        return type(value) is bool

    def __str__(self) -> str:
        return "true or false"


Kind = Number | Word | Truth
TRUTH = Truth()


@dataclass(frozen=True)
class Schema:
    """The facts that a model is asked with, by dotted path, and the words of its hits, by column."""

    facts: Mapping[str, Kind]
    hits: Mapping[str, re.Pattern[str]]


def computed(low: float, high: float, *, whole: bool = False) -> Number:
    """Return the number that a computation gives, with what it may be off by. Raises Fault beyond LIMIT."""
    size = max(abs(low), abs(high))
    if not size <= LIMIT:
        raise Fault(f"this can pass {LIMIT:.0e}, where nothing is counted any more")
    off = size * _ROUNDING + _ROUNDING
    return Number(low - off, high + off, whole)


def either(one: Kind, other: Kind) -> Kind:
    """Return the kind of what is one or the other. Raises Fault where they are of two kinds."""
    if isinstance(one, Number) and isinstance(other, Number):
        return Number(min(one.low, other.low), max(one.high, other.high), one.whole and other.whole)
    if isinstance(one, Word) and isinstance(other, Word):
        return Word(one.words | other.words)
    if one != other:
        raise Fault(f"this is {one} here and {other} there")
    return one
