"""The likeness of two names, from 0 to 1.

Words are aligned one to one. The letters that differ in all of them are held against what a name of that
length may have; words besides weigh by their length; numbers are equal or they are not. A Monge-Elkan mean
would let long agreeing names hide a family name that differs: counting letters over the whole name does not.
"""

from dataclasses import dataclass, replace
from operator import itemgetter

from anyascii import anyascii
from rapidfuzz.distance import OSA

from aml.domain.names.align import Alignment, align
from aml.domain.names.evidence import MOST_EXTRA, of_organisations, of_persons
from aml.domain.names.normalise import LONGEST_HAN, Name
from aml.domain.names.sounds import Metric, consonants, distance, metric, skeleton
from aml.domain.names.vocabulary import SMALL_NAMES

THRESHOLD = 0.70
NUMBER_DIFFERS, NUMBER_ON_ONE_SIDE = 0.85, 0.65
FORM_DIFFERS, FATHER_TURNED = 0.95, 0.65
SAME_READING = 0.15
OTHER_SCRIPT = {Metric.CHARACTERS: 1.0, Metric.CONSONANTS: 0.95}
# How a whole name is measured whose words are measured so.
WHOLE = {
    Metric.PERSON: Metric.LETTERS,
    Metric.ORGANISATION: Metric.LETTERS,
    Metric.PINYIN: Metric.CHARACTERS,
}
# Fewer consonants than these agree by chance.
LEAST_CONSONANTS = 4


@dataclass(frozen=True)
class Comparison:
    """A score and what it rests on."""

    score: float
    reasons: tuple[str, ...]

    @property
    def matches(self) -> bool:
        """The names may be one and the same, and are to be looked at."""
        return self.score >= THRESHOLD


def compare(left: Name, right: Name) -> Comparison:
    """The likeness of two names; the same both ways."""
    # Aligning breaks ties by order, so the order is always the same one.
    left, right = sorted((left, right), key=lambda name: (name.words, name.text))
    if left.han and right.han:
        return _characters(left, right)
    if not left.words or not right.words:
        return Comparison(1.0 if left.text.lower() == right.text.lower() else 0.0, ())
    by = metric(left, right)
    if by in (Metric.CHARACTERS, Metric.CONSONANTS):
        return _scripts(left, right, by)
    score, reasons = _words(left, right, by)
    return _judged(left, right, score, reasons)


def _scripts(left: Name, right: Name, by: Metric) -> Comparison:
    if right.han:
        left, right = right, left
    score, reasons = max(
        (_words(replace(left, words=words), right, by) for words in left.readings), key=itemgetter(0)
    )
    if by is Metric.CHARACTERS:
        score = max(score, _transliterated(left, right))
    return Comparison(round(score * OTHER_SCRIPT[by], 4), ("script", *reasons))


def _judged(left: Name, right: Name, score: float, reasons: list[str]) -> Comparison:
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


def _words(left: Name, right: Name, by: Metric) -> tuple[float, list[str]]:
    ours, theirs = _telling(left, right), _telling(right, left)
    aligned = align(ours, theirs, by)
    if by is Metric.CONSONANTS and _consonants_agreed(aligned) < LEAST_CONSONANTS:
        return 0.0, ["letters_differ"]
    persons = left.person and right.person
    evidence = of_persons(left, right, aligned) if persons else of_organisations(aligned)
    whole = "".join(ours), "".join(theirs)
    run_together = evidence.run_together(distance(*whole, WHOLE.get(by, by)), max(map(len, whole)))
    reasons = (["letters_differ"] if evidence.letters else []) + (["extra_words"] if evidence.extra else [])
    return max(evidence.score, run_together), reasons


def _consonants_agreed(aligned: Alignment) -> int:
    return sum(len(consonants(aligned.texts(pair)[0])) for pair in aligned.agreed)


def _telling(name: Name, other: Name) -> tuple[str, ...]:
    """The words of a person without small ones that are neither given name nor family name."""
    if not name.person:
        return name.words
    meant = {name.given, name.family, other.given, other.family}
    words = tuple(word for word in name.words if word in meant or word not in SMALL_NAMES)
    return words if len(words) > 1 else name.words


def _characters(left: Name, right: Name) -> Comparison:
    """Chinese names character by character: another character is another name, a word apart is one more.

    One that sounds the same costs little: without a table of them it may be the traditional form.
    """
    ours, theirs = "".join(left.han), "".join(right.han)
    differing = sum(map(_character, ours, theirs)) if len(ours) == len(theirs) else OSA.distance(ours, theirs)
    score = max(0.0, 1 - 1.5 * differing / max(len(ours), len(theirs)))
    if score < 1 and any(len(run) > 1 for run in set(left.han) & set(right.han)):
        return Comparison(round(1 / (1 + MOST_EXTRA), 4), ("han", "extra_words"))
    return Comparison(score, ("han",))


def _character(a: str, b: str) -> float:
    if a == b:
        return 0.0
    return SAME_READING if anyascii(a) == anyascii(b) else 1.0


def _transliterated(left: Name, right: Name) -> float:
    """A foreign name in Chinese characters: consonants by class of sound, where there are enough of them."""
    if len("".join(left.han)) <= LONGEST_HAN:
        return 0.0
    ours, theirs = (skeleton("".join(name.words)) for name in (left, right))
    length = max(len(ours), len(theirs))
    if length < LEAST_CONSONANTS:
        return 0.0
    turned = "".join(sorted(map(skeleton, left.words))), "".join(sorted(map(skeleton, right.words)))
    differing = min(OSA.distance(ours, theirs), OSA.distance(*turned))
    return max(0.0, 0.95 - 1.8 * differing / length)
