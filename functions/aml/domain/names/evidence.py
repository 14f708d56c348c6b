"""Weigh aligned words: letters that differ, words that one side has more, and how much of either is too much.

Two words that stand for one another are an error. Words left over elsewhere, and all other words of persons
whose family name and given name agree, are words more: they lower the score and do not end a match.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from aml.domain.names import vocabulary as words_of
from aml.domain.names.align import Alignment, Pair
from aml.domain.names.normalise import Name
from aml.domain.names.sounds import Metric, distance, one_word

# What names may differ in and still score the threshold: letters by length of the aligned words.
Allowed = tuple[tuple[int, float], ...]
ALLOWED: Allowed = ((5, 0.5), (8, 1.0), (26, 2.0), (300, 3.0))
# Where family name and given name are known; where there are words more besides, little but another spelling.
ALLOWED_NAMED: Allowed = ((8, 0.5), (10, 1.0), (26, 2.0), (300, 3.0))
ALLOWED_MORE: Allowed = ((8, 0.5), (26, 1.0), (300, 3.0))
AT_ALLOWED = 0.28
EXTRA_PERSON, EXTRA_OTHER, EXTRA_DESCRIPTION = 0.25, 0.7, 0.3
# The most that words more may take from two names that are otherwise one.
MOST_EXTRA = 0.2
# What agrees is not family name and given name, or one word nearly.
UNNAMED = 0.75


@dataclass(frozen=True)
class Evidence:
    """Letters that differ and the length of the words that they stand in; letters of words more, weighed."""

    letters: float
    length: int
    extra: float
    allowed: Allowed = ALLOWED
    factor: float = 1.0

    @property
    def score(self) -> float:
        """Likeness of the names by their words, from 0 to 1."""
        return (
            self.factor * by_letters(self.letters, self.length, self.allowed) / (1 + self.extra / self.length)
        )

    def run_together(self, letters: float, length: int) -> float:
        """Likeness of the names without their spaces, judged as strictly."""
        return self.factor * by_letters(letters, length, self.allowed)


def by_letters(letters: float, length: int, allowed: Allowed) -> float:
    """A score by the letters that differ in a name of that length."""
    most = next(most for below, most in allowed if length < below or below == allowed[-1][0])
    return max(0.0, 1 - AT_ALLOWED * letters / most)


def of_persons(left: Name, right: Name, aligned: Alignment) -> Evidence:
    """Words of two persons: where a comma told them apart, family name and given name have to agree."""
    if named := _named(left, right, aligned):
        # Another word that nearly agrees must not end what goes without it.
        both = (_bounded(_persons(aligned, pairs)) for pairs in (aligned.agreed, named))
        return max((_strictly(evidence, left, right) for evidence in both), key=lambda found: found.score)
    if aligned.words_agreed < 2:
        evidence = _persons(aligned, aligned.pairs)
        doubtful = left.given or right.given or (evidence.letters and evidence.extra)
        return replace(evidence, factor=UNNAMED) if doubtful else evidence
    wrong = aligned.substituted
    pairs = [*aligned.agreed, *wrong]
    evidence = _persons(aligned, pairs) if wrong else _bounded(_persons(aligned, pairs))
    whole = len(aligned.agreed) > 2 and not all(aligned.left_over(pairs))
    return evidence if whole or not (left.given or right.given) else replace(evidence, factor=UNNAMED)


def of_organisations(aligned: Alignment) -> Evidence:
    """Words of two organisations: what one does, where the other does something else, is no error."""
    pairs = [pair for pair in aligned.pairs if _one_for_another(aligned, pair)] or aligned.pairs
    return _evidence(aligned, pairs, _extra_of_organisation)


def _one_for_another(aligned: Alignment, pair: Pair) -> bool:
    words = aligned.texts(pair)
    return one_word(*words, aligned.by) or words_of.DESCRIPTIONS.isdisjoint(words)


def _extra_of_organisation(word: str) -> float:
    return len(word) * (EXTRA_DESCRIPTION if word in words_of.DESCRIPTIONS else EXTRA_OTHER)


def _named(left: Name, right: Name, aligned: Alignment) -> list[Pair]:
    """The pairs with family name and given name of one side, where both agree, each for itself."""
    for side, name, other in ((0, left, right), (1, right, left)):
        tokens = (aligned.left, aligned.right)[side]
        pairs = [pair for pair in aligned.agreed if {name.given, name.family} & set(tokens[pair[side]])]
        words = {word for pair in pairs for word in tokens[pair[side]]}
        once = name.given != name.family or len(other.words) == 1 or name.given in other.twice
        if name.given and once and words.issuperset((name.given, name.family)):
            return pairs
    return []


def _strictly(evidence: Evidence, left: Name, right: Name) -> Evidence:
    more = evidence.extra or left.twice != right.twice
    return replace(evidence, allowed=ALLOWED_MORE if more else ALLOWED_NAMED)


def _persons(aligned: Alignment, pairs: list[Pair]) -> Evidence:
    evidence = _evidence(aligned, pairs, lambda word: EXTRA_PERSON * len(word))
    if aligned.by is not Metric.CHARACTERS:
        return evidence
    # All of a Chinese name is in its characters: what is more in Latin letters is another name.
    more = sum(len("".join(token)) for token in aligned.left_over(pairs)[1])
    return replace(evidence, letters=evidence.letters + more)


def _bounded(evidence: Evidence) -> Evidence:
    return replace(evidence, extra=min(evidence.extra, MOST_EXTRA * evidence.length))


def _evidence(aligned: Alignment, pairs: list[Pair], extra: Callable[[str], float]) -> Evidence:
    words = [aligned.texts(pair) for pair in pairs]
    return Evidence(
        letters=sum(distance(*both, aligned.by) for both in words),
        length=sum(max(map(len, both)) for both in words),
        extra=sum(extra("".join(token)) for tokens in aligned.left_over(pairs) for token in tokens),
    )
