"""Sounds of words, and the distance of two of them.

Letters are counted by optimal string alignment (Damerau-Levenshtein), as keyboards and clerks err. Between
two scripts it is what both write down that counts: pinyin syllables, or the consonants that Arabic writes.
"""

import itertools
import math
import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

from rapidfuzz.distance import OSA

from aml.domain.names.normalise import Name
from aml.domain.names.readings import is_syllable, without_umlaut
from aml.domain.names.vocabulary import SPELLINGS

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
# Two Latin letters that are one consonant, and what several letters of Arabic are written with.
CONSONANTS = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        (r"zh", "j"),
        (r"kh", "x"),
        (r"gh", "G"),
        (r"sh", "s"),
        (r"ch", "C"),
        (r"th", "T"),
        (r"dh|z", "d"),
        (r"q|c", "k"),
        (r"p", "b"),
        (r"(?<=.)h$|[aeiouywvf]|ph", ""),
        (r"(.)\1+", r"\1"),
        (r"^bdl(?!h)", "bd"),
    )
)
SOUNDS_ALIKE, INITIAL, ABBREVIATED, VOWEL = 0.25, 0.5, 0.25, 1.0
# Another initial, another syllable of pinyin's few, another consonant of a word's few: each is another word.
TELLING = 3.0
# Letters in which words up to that length may differ and still be one word.
ONE_WORD = ((3, 0.5), (5, 1.3), (math.inf, 2.3))
ABBREVIATION = re.compile(r"[b-df-hj-np-tv-z]{3,}")


class Metric(StrEnum):
    """Measure of two words: `characters` for Chinese against Latin letters, `consonants` for Arabic."""

    LETTERS = "letters"
    PERSON = "person"
    ORGANISATION = "organisation"
    PINYIN = "pinyin"
    CHARACTERS = "characters"
    CONSONANTS = "consonants"
    VOWELLESS = "vowelless"


def metric(left: Name, right: Name) -> Metric:
    """Choose the measure for two names."""
    if bool(left.han) != bool(right.han):
        return Metric.CHARACTERS
    if left.abjad != right.abjad:
        return Metric.CONSONANTS
    if left.abjad:
        return Metric.VOWELLESS
    if not (left.person and right.person):
        return Metric.ORGANISATION
    return Metric.PINYIN if left.pinyin or right.pinyin else Metric.PERSON


def one_word(a: str, b: str, by: Metric) -> bool:
    """Tell if two words may be the same word."""
    length = max(len(a), len(b))
    return distance(a, b, by) <= next(most for below, most in ONE_WORD if length <= below)


@lru_cache(maxsize=65536)
def distance(a: str, b: str, by: Metric) -> float:
    """Letters that differ; a letter for a whole given name, and spellings of one sound, count for less."""
    return 0.0 if a == b else MEASURES[by](a, b)


def _letters(a: str, b: str) -> float:
    # Words that differ more in length are not spellings of one sound, whatever is folded.
    if 3 * abs(len(a) - len(b)) <= max(len(a), len(b)) and fold(a) == fold(b):
        return SOUNDS_ALIKE
    nearest = min(OSA.distance(*pair) for pair in itertools.product(_spellings(a), _spellings(b)))
    return float(nearest if nearest <= 1 else OSA.distance(a, b))


def _spellings(word: str) -> tuple[str, ...]:
    """The ways to write a word that is one spelling for several, for a letter wrong in any of them."""
    return SPELLINGS.get(word, (word,))


def _person(a: str, b: str) -> float:
    if min(len(a), len(b)) == 1:
        return INITIAL if a[0] == b[0] else TELLING
    return _letters(a, b)


def _organisation(a: str, b: str) -> float:
    return ABBREVIATED if _abbreviates(*sorted((a, b), key=len)) else _letters(a, b)


def _pinyin(a: str, b: str) -> float:
    return _characters(a, b) if is_syllable(a) or is_syllable(b) else _person(a, b)


def _characters(a: str, b: str) -> float:
    return TELLING * OSA.distance(without_umlaut(a), without_umlaut(b))


def _consonants(a: str, b: str) -> float:
    return TELLING * OSA.distance(consonants(a), consonants(b)) + _unwritten(a, b)


def _vowelless(a: str, b: str) -> float:
    return 2 * _person(a, b)


def _abbreviates(short: str, long: str) -> bool:
    """COMM for communications, GRP for group."""
    if len(short) >= 4 and long.startswith(short):
        return len(long) >= len(short) + 4
    letters = iter(long)
    return bool(ABBREVIATION.fullmatch(short)) and short[0] == long[0] and all(x in letters for x in short)


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """One spelling for what transliterations of the same sound write in several ways."""
    for pattern, letters in FOLDS:
        word = pattern.sub(letters, word)
    return word


def skeleton(word: str) -> str:
    """The consonants of a word by class of sound."""
    sounds = re.sub(r"[aeiouyhwjv]", "", fold(word)).translate(CLASSES)
    return re.sub(r"(.)\1+", r"\1", sounds)


@lru_cache(maxsize=65536)
def consonants(word: str) -> str:
    """The consonants of a word as scripts without vowels write them."""
    for pattern, letters in CONSONANTS:
        word = pattern.sub(letters, word)
    return word


def _unwritten(a: str, b: str) -> float:
    """A long i or u is written in every script: Hussein has one, Hasan has not."""
    long = (("y", "yiej"), ("w", "wuov"))
    return sum(
        VOWEL
        for one, other in ((a, b), (b, a))
        for vowel, spellings in long
        if vowel in one and not any(letter in other for letter in spellings)
    )


MEASURES: dict[Metric, Callable[[str, str], float]] = {
    Metric.LETTERS: _letters,
    Metric.PERSON: _person,
    Metric.ORGANISATION: _organisation,
    Metric.PINYIN: _pinyin,
    Metric.CHARACTERS: _characters,
    Metric.CONSONANTS: _consonants,
    Metric.VOWELLESS: _vowelless,
}
