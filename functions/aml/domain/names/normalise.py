"""From a name as it is written to words that can be compared.

Unicode is folded (NFKC), every script is brought to Latin letters (anyascii), Chinese characters to their
pinyin syllables with the characters kept, titles and legal forms are taken out, numbers are made digits.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

from aml.domain.names import vocabulary as words_of

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
# Scripts that write consonants and leave most vowels out.
ABJAD = re.compile(r"[\u0590-\u07ff\ufb1d-\ufdff\ufe70-\ufefc]")
INITIALISM = re.compile(r"\b(?:\w\.){2,}(?:\w\b)?")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Capitals without a vowel are no word: JC is two initials, BIN a name.
INITIALS = re.compile(r"[B-DF-HJ-NP-TV-Z]{2,3}")
WORD = re.compile(r"[a-z0-9]+")
MAX_LENGTH = 300


@dataclass(frozen=True)
class Name:
    """A name in comparable form.

    `words` are what it is made of; `particles` are small words between (al, bin, de); `numbers` its digits;
    `forms` its legal forms; `han` its Chinese characters; `abjad` says that vowels are missing.
    """

    text: str
    person: bool
    words: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    forms: frozenset[str] = frozenset()
    han: str = ""
    abjad: bool = False
    fathers: tuple[tuple[str, str], ...] = ()

    @property
    def joined(self) -> str:
        """The words without their spaces."""
        return "".join(self.words)


@lru_cache(maxsize=4096)
def normalise(text: str, schema: str = "Person") -> Name:
    """The comparable form of a name; `schema` is Person, Company, Organization, LegalEntity or Vessel."""
    person = schema == "Person"
    text = unicodedata.normalize("NFKC", text[:MAX_LENGTH]).strip()
    han = "".join(HAN.findall(text))
    raw = _latin_words(text, person)
    raw, forms = ([*raw], frozenset[str]()) if person else _without_forms(raw)
    raw, numbers = _numbers(raw, person)
    kept = [word for word in raw if word not in (words_of.TITLES if person else words_of.STOP_WORDS)]
    fathers = _fathers(kept) if person else ()
    own = [word for word in kept if not (person and word in words_of.PARTICLES)]
    return Name(
        text=text,
        person=person,
        words=_once(own or kept or raw),
        numbers=tuple(numbers),
        forms=forms,
        han=han,
        abjad=bool(ABJAD.search(text)),
        fathers=fathers,
    )


def _latin_words(text: str, person: bool) -> list[str]:
    text = INITIALISM.sub(lambda found: found[0].replace(".", ""), text)
    text = re.sub(r"['\u2018\u2019`\u02bc]", "", text)
    pieces = [piece for piece in re.split(r"[\s\-\u00b7,./()\"“”&+]+", text) if piece]
    found: list[str] = []
    for piece in pieces:
        if HAN.search(piece):
            found += _pinyin(piece)
            continue
        latin = re.sub(r"['`]", "", anyascii(piece))
        for part in CAMEL.sub(" ", latin).split():
            if person and INITIALS.fullmatch(part) and not _all_capitals(text):
                found += part.lower()
            else:
                found += WORD.findall(part.lower())
    return [words_of.SYNONYMS.get(word, word) for word in found]


def _all_capitals(text: str) -> bool:
    return text.upper() == text


def _pinyin(piece: str) -> list[str]:
    """Surname and given name of a Chinese name as two words, other runs of characters as one."""
    readings = [
        words_of.SURNAME_READINGS.get(char) if place == 0 else None for place, char in enumerate(piece)
    ]
    syllables = [known or anyascii(char).lower().strip() for known, char in zip(readings, piece, strict=True)]
    surname = 2 if piece[:2] in words_of.DOUBLE_SURNAMES else 1
    if 2 <= len(piece) <= 4:
        return ["".join(syllables[:surname]), "".join(syllables[surname:])] if piece[surname:] else syllables
    return ["".join(syllables)]


def _without_forms(raw: list[str]) -> tuple[list[str], frozenset[str]]:
    kept: list[str] = []
    forms: set[str] = set()
    place = 0
    while place < len(raw):
        size = next((n for n in (5, 4, 3, 2) if tuple(raw[place : place + n]) in words_of.LEGAL_PHRASES), 1)
        form = (
            words_of.LEGAL_PHRASES[tuple(raw[place : place + size])]
            if size > 1
            else words_of.LEGAL_FORMS.get(raw[place])
        )
        if form:
            forms.add(form)
        else:
            kept.append(raw[place])
        place += size
    return (kept, frozenset(forms)) if kept else (raw, frozenset())


def _numbers(raw: list[str], person: bool) -> tuple[list[str], list[str]]:
    kept: list[str] = []
    numbers: list[str] = []
    tens = 0
    for place, word in enumerate(raw):
        if not person and word in words_of.TENS and place + 1 <= len(raw):
            tens = words_of.TENS[word]
            if place + 1 == len(raw) or _number(raw[place + 1], person, True) is None:
                numbers.append(str(tens))
                tens = 0
            continue
        value = _number(word, person, place > 0)
        if value is None:
            kept.append(_unleet(word) if person else word)
        else:
            numbers.append(str(tens + int(value)) if tens and value.isdigit() else value)
            tens = 0
    return kept, numbers


def _number(word: str, person: bool, later: bool) -> str | None:
    if word.isdigit():
        return str(int(word))
    if person:
        return None
    if later and word in words_of.ROMAN:
        return str(words_of.ROMAN[word])
    if word in words_of.NUMBERS:
        return str(words_of.NUMBERS[word])
    return word if any(char.isdigit() for char in word) and len(word) <= 6 else None


def _unleet(word: str) -> str:
    digits = sum(char.isdigit() for char in word)
    return word.translate(words_of.LEET) if 0 < digits <= len(word) - digits else word


def _fathers(kept: list[str]) -> tuple[tuple[str, str], ...]:
    """(child, father) of each patronymic."""
    return tuple(
        (kept[place - 1], kept[place + 1])
        for place, word in enumerate(kept)
        if word in words_of.PATRONYMIC and 0 < place < len(kept) - 1
    )


def _once(words: list[str]) -> tuple[str, ...]:
    """Each word once, in order: a name that repeats a word is the same name."""
    return tuple(dict.fromkeys(words))
