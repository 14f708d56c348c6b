"""Candidate entries of a list for a name, without comparing it with each: blocking, then comparing.

Each alias stands under the keys of its words: how a word sounds, its consonants, its beginning. The aliases
that share the rarest keys with a name are compared with it. A name none of whose words sounds as listed (two
letters wrong in each) is looked for by its letters as a whole, by rapidfuzz over all aliases.
"""

import heapq
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from aml.domain.names import Name, compare, normalise
from aml.domain.names.compare import THRESHOLD
from aml.domain.names.sounds import fold, skeleton
from aml.domain.sanctions import Entry

CANDIDATES = 50
BY_LETTERS, LETTERS_CUTOFF = 20, 72.0
# Words of a name any two of which may be given name and family name.
MOST_PAIRED = 7
# A key that so many aliases share says nothing.
COMMON = 2500
# A weak alias must agree whole, and an entry of another kind counts for less.
WEAK_SCORE, OTHER_LEAST, OTHER_SCHEMA = 0.97, 0.9, 0.9
YEAR_TOLERANCE, YEAR_DIFFERS = 2, 0.8


@dataclass(frozen=True)
class Hit:
    """An entry that a name may be: the alias that came nearest, its score, what it rests on."""

    entry_id: str
    alias: str
    schema: str
    programme: str
    score: float
    reasons: tuple[str, ...]
    digest: str = ""


@dataclass(frozen=True)
class Wanted:
    """Somebody to be screened. `schema` is Person, Organization or Vessel; `year` is the year of birth."""

    name: str
    schema: str = "Person"
    year: int | None = None


@dataclass(frozen=True)
class _Alias:
    entry: Entry
    name: Name
    weak: bool


class Index:
    """A list in memory, ready to be asked."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.aliases = [alias for entry in entries for alias in _aliases(entry)]
        self._postings: dict[str, list[int]] = defaultdict(list)
        for place, alias in enumerate(self.aliases):
            for key in _keys(alias.name) | _named(alias.name):
                self._postings[key].append(place)
        self._letters = [" ".join(sorted(alias.name.words)) for alias in self.aliases]

    def hits(self, wanted: Wanted, *, threshold: float = THRESHOLD, limit: int = 20) -> list[Hit]:
        """The entries that the name may be, the likeliest first, one alias of each."""
        best: dict[str, Hit] = {}
        name = normalise(wanted.name, wanted.schema)
        for place in self._candidates(name):
            alias = self.aliases[place]
            score, reasons = _compared(wanted, name, alias)
            known = best.get(alias.entry.entry_id)
            if score >= threshold and (known is None or known.score < score):
                best[alias.entry.entry_id] = _hit(alias, score, reasons)
        return sorted(best.values(), key=lambda hit: (-hit.score, hit.entry_id))[:limit]

    def _candidates(self, name: Name) -> set[int]:
        weights: dict[int, float] = defaultdict(float)
        for key in _keys(name) | _pairs(name) | _ends(name):
            places = self._postings.get(key, ())
            if 0 < len(places) <= COMMON:
                rarity = math.log(len(self.aliases) / len(places))
                for place in places:
                    weights[place] += rarity
        found = set(heapq.nlargest(CANDIDATES, weights, key=lambda place: (weights[place], -place)))
        letters = process.extract(
            " ".join(sorted(name.words)),
            self._letters,
            scorer=fuzz.ratio,
            processor=None,
            limit=BY_LETTERS,
            score_cutoff=LETTERS_CUTOFF,
        )
        return found | {place for _, _, place in letters}


def _aliases(entry: Entry) -> Iterator[_Alias]:
    for name in entry.names:
        yield _Alias(entry, normalise(name, entry.schema), False)
    for name in entry.weak:
        yield _Alias(entry, normalise(name, entry.schema), True)


def _keys(name: Name) -> set[str]:
    keys = set()
    for word in name.words:
        keys.add(fold(word))
        consonants = skeleton(word)
        if len(consonants) >= 2:
            keys.add("=" + consonants)
        if len(word) >= 5:
            keys.add("^" + word[:4])
    for one, other in zip(name.words, name.words[1:], strict=False):
        keys.add(fold(one + other))
    joined = skeleton(name.joined)
    return keys | {"*" + joined[:6], "".join(name.han)}


def _named(alias: Name) -> set[str]:
    """The keys of given name and family name together, by sound and by consonants."""
    return _together(alias.given, alias.family) if alias.given else _pairs(alias)


def _pairs(name: Name) -> set[str]:
    """The keys under which a person may stand, any two words of whose name are given name and family name."""
    if not name.person:
        return set()
    pairs = itertools.combinations([*name.words[:MOST_PAIRED], *name.twice], 2)
    return set[str]().union(*(_together(*pair) for pair in pairs))


def _together(*words: str) -> set[str]:
    return {"+" + " ".join(sorted(map(how, words))) for how in (fold, skeleton)}


def _ends(name: Name) -> set[str]:
    """The keys of words that may have been run together: of what a long word begins and ends with."""
    return {
        fold(part)
        for word in name.words
        for size in range(4, len(word) - 3)
        for part in (word[:size], word[-size:])
    }


def _compared(wanted: Wanted, name: Name, alias: _Alias) -> tuple[float, list[str]]:
    compared = compare(name, alias.name)
    score, reasons = compared.score, list(compared.reasons)
    if name.person != alias.name.person:
        score, reasons = (score if score >= OTHER_LEAST else 0.0) * OTHER_SCHEMA, [*reasons, "other_kind"]
    if alias.weak:
        score, reasons = (score if score >= WEAK_SCORE else 0.0) * OTHER_SCHEMA, [*reasons, "weak_alias"]
    if wanted.year and alias.entry.years:
        born_then = _born(wanted.year, alias.entry.years)
        score *= 1 if born_then else YEAR_DIFFERS
        reasons.append("birth_year_agrees" if born_then else "birth_year_differs")
    return round(score, 4), reasons


def _hit(alias: _Alias, score: float, reasons: list[str]) -> Hit:
    return Hit(
        entry_id=alias.entry.entry_id,
        alias=alias.name.text,
        schema=alias.entry.schema,
        programme=alias.entry.programme,
        score=score,
        reasons=tuple(reasons),
        digest=alias.entry.digest,
    )


def _born(year: int, years: tuple[int, ...]) -> bool:
    """Tell if a year of birth is one of the listed, as lists know them: within two years."""
    return any(abs(year - listed) <= YEAR_TOLERANCE for listed in years)
