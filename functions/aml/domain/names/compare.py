"""How alike two names are, from 0 to 1.

Words are aligned one to one by how few letters separate them (optimal string alignment, as keyboards and
clerks err), with words that were split or run together joined first. The letters that differ in all aligned
words are held against what a name of that length may have; words that one side alone has weigh by their
length; numbers are equal or they are not. A Monge-Elkan mean would let long agreeing names hide a family name
that differs: counting letters over the whole name does not.
"""

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz.distance import OSA

from aml.domain.names.normalise import Name

THRESHOLD = 0.70
# What a name may differ in and still score the threshold: letters by length of the aligned words.
ALLOWED = ((5, 0.5), (8, 1.0), (26, 2.0), (300, 3.0))
AT_ALLOWED = 0.28
EXTRA_PERSON, EXTRA_OTHER = 0.25, 1.0
NUMBER_DIFFERS, NUMBER_ON_ONE_SIDE = 0.85, 0.65
FORM_DIFFERS, FATHER_TURNED = 0.95, 0.65
SOUNDS_ALIKE, INITIAL, SAME_READING = 0.25, 0.5, 0.15

FOLDS = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        (r"ph", "f"),
        (r"kh|gh", "h"),
        (r"ck|q|c(?=[aoukl])", "k"),
        (r"ou|oo|o", "u"),
        (r"ee|ie|y|j(?=[aeiou])|e", "i"),
        (r"w", "v"),
        (r"z", "s"),
        (r"dh", "d"),
        (r"th", "t"),
        (r"x", "ks"),
        (r"(?<=.)h", ""),
        (r"(.)\1+", r"\1"),
    )
)
CLASSES = str.maketrans(
    {"p": "b", "v": "b", "f": "b", "r": "l", "q": "k", "c": "k", "g": "k", "d": "t", "z": "s"}
)


@dataclass(frozen=True)
class Comparison:
    """A score and what it rests on."""

    score: float
    reasons: tuple[str, ...]

    @property
    def matches(self) -> bool:
        """Whether the names may be one and the same: to be looked at."""
        return self.score >= THRESHOLD


def compare(left: Name, right: Name) -> Comparison:
    """How alike two names are; the same both ways."""
    # Aligning breaks ties by order, so the order is always the same one.
    left, right = sorted((left, right), key=lambda name: (name.words, name.text))
    if left.han and right.han:
        return Comparison(_characters(left.han, right.han), ("han",))
    if not left.words or not right.words:
        return Comparison(1.0 if left.text.lower() == right.text.lower() else 0.0, ())
    if left.abjad != right.abjad or bool(left.han) != bool(right.han):
        return Comparison(round(max(_words(left, right)[0], _consonants(left, right)), 4), ("script",))
    return _judged(left, right)


def _judged(left: Name, right: Name) -> Comparison:
    score, reasons = _words(left, right)
    found = list(reasons)
    factor = 1.0
    if left.numbers != right.numbers:
        both = len(left.numbers) == len(right.numbers)
        factor *= NUMBER_DIFFERS if both else NUMBER_ON_ONE_SIDE
        found.append("number_differs" if both else "number_on_one_side")
    if left.forms and right.forms and not left.forms & right.forms:
        factor *= FORM_DIFFERS
        found.append("legal_form_differs")
    if any((father, child) in right.fathers for child, father in left.fathers):
        factor *= FATHER_TURNED
        found.append("patronymic_turned_round")
    return Comparison(round(score * factor, 4), tuple(found))


def _words(left: Name, right: Name) -> tuple[float, list[str]]:
    ours, theirs = _joined_alike(list(left.words), list(right.words))
    pairs, extra = _aligned(ours, theirs)
    person = left.person and right.person
    letters = sum(_distance(a, b, person) for a, b in pairs)
    length = sum(max(len(a), len(b)) for a, b in pairs)
    whole = _distance(left.joined, right.joined, False)
    telling = _telling(left, right)
    letters, whole = letters * telling, whole * telling
    more = sum(map(len, extra))
    score = _by_letters(letters, length) / (1 + (EXTRA_PERSON if person else EXTRA_OTHER) * more / length)
    run_together = _by_letters(whole, max(len(left.joined), len(right.joined)))
    reasons = (["letters_differ"] if letters else []) + (["extra_words"] if extra else [])
    return max(score, run_together), reasons


def _telling(left: Name, right: Name) -> int:
    """How much a letter says: twice where vowels are not written, thrice in pinyin's few syllables."""
    if left.han or right.han:
        return 3
    return 2 if left.abjad and right.abjad else 1


def _by_letters(letters: float, length: int) -> float:
    allowed = next(most for below, most in ALLOWED if length < below or below == ALLOWED[-1][0])
    return max(0.0, 1 - AT_ALLOWED * letters / allowed)


def _joined_alike(ours: list[str], theirs: list[str]) -> tuple[list[str], list[str]]:
    """Neighbours joined where their join is a word of the other side."""
    ours = _join(ours, theirs)
    return ours, _join(theirs, ours)


def _join(words: list[str], others: list[str]) -> list[str]:
    for size, place in itertools.product((4, 3, 2), range(len(words))):
        joined = "".join(words[place : place + size])
        if place + size <= len(words) and len(joined) >= 4 and any(_near(joined, other) for other in others):
            if any(word in others for word in words[place : place + size]):
                continue
            return [*words[:place], joined, *_join(words[place + size :], others)]
    return words


def _near(joined: str, other: str) -> bool:
    return fold(joined) == fold(other) or (len(joined) >= 6 and OSA.distance(joined, other) <= 1)


def _aligned(ours: list[str], theirs: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Pairs, the nearest first, until one side is used up; and what the other has besides."""
    ranked = sorted(
        itertools.product(range(len(ours)), range(len(theirs))),
        key=lambda at: (
            -_likeness(ours[at[0]], theirs[at[1]]),
            -len(ours[at[0]]),
            abs(at[0] - at[1]),
            at,
        ),
    )
    left, right = set(range(len(ours))), set(range(len(theirs)))
    pairs = []
    for a, b in ranked:
        if a in left and b in right:
            left.remove(a)
            right.remove(b)
            pairs.append((ours[a], theirs[b]))
    return pairs, [ours[a] for a in sorted(left)] + [theirs[b] for b in sorted(right)]


def _likeness(a: str, b: str) -> float:
    if min(len(a), len(b)) == 1:
        return 0.9 if a[0] == b[0] else 0.0
    return 1 - min(_distance(a, b, False), max(len(a), len(b))) / max(len(a), len(b))


@lru_cache(maxsize=65536)
def _distance(a: str, b: str, person: bool) -> float:
    """Letters that differ; a letter for a whole given name, and spellings of one sound, count for less."""
    if a == b:
        return 0.0
    if person and min(len(a), len(b)) == 1:
        return INITIAL if a[0] == b[0] else 3.0
    letters = float(OSA.distance(a, b))
    return min(letters, OSA.distance(fold(a), fold(b)) + SOUNDS_ALIKE)


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """One spelling for what transliterations of the same sound write in several ways."""
    for pattern, letters in FOLDS:
        word = pattern.sub(letters, word)
    return word


def _characters(left: str, right: str) -> float:
    """Chinese names character by character: another character is another name.

    One that sounds the same costs little: without a table of them it may be the traditional form.
    """

    def cost(a: str, b: str) -> float:
        if a == b:
            return 0.0
        return SAME_READING if anyascii(a) == anyascii(b) else 1.0

    differing = sum(map(cost, left, right)) if len(left) == len(right) else OSA.distance(left, right)
    return max(0.0, 1 - 1.5 * differing / max(len(left), len(right)))


def _consonants(left: Name, right: Name) -> float:
    """Two scripts: consonants by class of sound, for names long enough that chance is no explanation.

    A Chinese name of four characters or fewer is pinyin, or nothing.
    """
    if 0 < len(left.han or right.han) <= 4:
        return 0.0
    ours, theirs = (skeleton("".join(name.words)) for name in (left, right))
    length = max(len(ours), len(theirs))
    if length < 4:
        return 0.0
    turned = "".join(sorted(map(skeleton, left.words))), "".join(sorted(map(skeleton, right.words)))
    differing = min(OSA.distance(ours, theirs), OSA.distance(*turned))
    return max(0.0, 0.95 - 1.8 * differing / length)


def skeleton(word: str) -> str:
    """The consonants of a word by class of sound."""
    sounds = re.sub(r"[aeiouyhwjv]", "", fold(word)).translate(CLASSES)
    return re.sub(r"(.)\1+", r"\1", sounds)
