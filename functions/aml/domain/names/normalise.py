"""From a name as it is written to words that can be compared.

Symbols are taken out and Unicode is folded (NFKC), every script is brought to Latin letters (anyascii),
Chinese characters to their pinyin syllables with the characters kept, titles, suffixes and legal forms are
taken out. Numbers are made digits in the name of an organisation, and say nothing in a person's.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

from aml.domain.names import vocabulary as words_of
from aml.domain.names.forms import without_forms
from aml.domain.names.readings import is_pinyin, pinyin

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
# Scripts that write consonants and leave most vowels out.
ABJAD = re.compile(r"[\u0590-\u07ff\ufb1d-\ufdff\ufe70-\ufefc]")
# The article is written on to its word; the one of God is part of it.
ARABIC_ARTICLE = re.compile(r"\b\u0627\u0644(?!\u0644?\u0647\b)(?=\w{3})")
INITIALISM = re.compile(r"\b(?:\w\.){2,}(?:\w\b)?")
SPACED_OUT = re.compile(r"(?<!\w)\w(?:[ ._-]\w){4,}(?!\w)|^\w(?:[ ._-]\w){3,}$")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Capitals without a vowel are no word: JC is two initials, BIN a name.
INITIALS = re.compile(r"[B-DF-HJ-NP-TV-Z]{2,3}")
WORD = re.compile(r"[a-z0-9]+")
HAN_GAP = re.compile(rf"(?<={HAN.pattern[:-1]}) +(?={HAN.pattern[:-1]})")
# More characters than these are a translation into Chinese, not a Chinese name.
LONGEST_HAN = 4
MAX_LENGTH = 300


@dataclass(frozen=True)
class Name:
    """A name in comparable form.

    `words` are what it is made of, each once, and `twice` those that it repeats. Where a comma tells them
    apart, given names stand before the family's: then `family` has the words before the comma and `given` the
    first behind it. `surnames` are other readings of a Chinese surname, the first of the words; `numbers` its
    digits; `forms` its legal forms; `han` its runs of Chinese characters; `pinyin` says that it reads as
    a Chinese name, `abjad` that vowels are missing; `fathers` are (child, father) of each patronymic.
    """

    text: str
    person: bool
    words: tuple[str, ...]
    family: str = ""
    given: str = ""
    twice: frozenset[str] = frozenset()
    surnames: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    forms: frozenset[str] = frozenset()
    han: tuple[str, ...] = ()
    pinyin: bool = False
    abjad: bool = False
    fathers: tuple[tuple[str, str], ...] = ()

    @property
    def joined(self) -> str:
        """The words without their spaces."""
        return "".join(self.words)

    @property
    def readings(self) -> list[tuple[str, ...]]:
        """The words, with each reading of the surname."""
        return [self.words, *((surname, *self.words[1:]) for surname in self.surnames)]


@lru_cache(maxsize=4096)
def normalise(text: str, schema: str = "Person") -> Name:
    """The comparable form of a name; `schema` is Person, Company, Organization, LegalEntity or Vessel."""
    plain = _plain(text[:MAX_LENGTH])
    return _person(text, plain) if schema == "Person" else _organisation(text, plain)


def _plain(text: str) -> str:
    """Take out symbols, fold Unicode's compatible forms, put letters that were spaced out together again."""
    text = unicodedata.normalize("NFKC", "".join(map(_letter, text)))[:MAX_LENGTH].strip()
    text = SPACED_OUT.sub(lambda found: re.sub(r"[ ._-]", "", found[0]), text)
    text = INITIALISM.sub(lambda found: found[0].replace(".", ""), text)
    return ARABIC_ARTICLE.sub("", text)


def _letter(char: str) -> str:
    """A character, or the letter that a symbol is (a circled one); an emoji or a trade mark is a space."""
    if not unicodedata.category(char).startswith("S"):
        return char
    letter = unicodedata.normalize("NFKC", char)
    return letter if letter.isalpha() and len(letter) == 1 else " "


def _person(text: str, plain: str) -> Name:
    plain = words_of.DEGREE.sub(" ", words_of.HONORIFIC.sub("", plain))
    if sum(map(len, HAN.findall(plain))) <= LONGEST_HAN:
        plain = HAN_GAP.sub("", plain)
    runs = tuple(HAN.findall(plain))
    written = [found for segment in plain.split(",") if (found := _own_words(segment, plain))]
    spoken = written if runs else [*written[1:], *written[:1]]
    kept = spoken if runs else list(map(_without_particles, spoken))
    named = len(kept) > 1 and not runs
    words = [word for segment in kept for word in segment] or _latin_words(plain)
    return Name(
        text=text.strip(),
        person=True,
        words=_once(words),
        family=_first(kept[-1]) if named else "",
        given=_first(kept[0]) if named else "",
        twice=frozenset(word for word in words if words.count(word) > 1),
        surnames=pinyin(runs[0])[1] if runs and plain.startswith(runs[0]) else (),
        han=runs,
        pinyin=is_pinyin(words),
        abjad=bool(ABJAD.search(plain)),
        fathers=_fathers([word for segment in spoken for word in segment if word not in words_of.ARTICLES]),
    )


def _organisation(text: str, plain: str) -> Name:
    raw, forms = without_forms([words_of.SYNONYMS.get(word, word) for word in _latin_words(plain)])
    raw, numbers = _numbers(raw)
    return Name(
        text=text.strip(),
        person=False,
        words=_once([word for word in raw if word not in words_of.STOP_WORDS] or raw),
        numbers=tuple(numbers),
        forms=forms,
        han=tuple(HAN.findall(plain)),
        abjad=bool(ABJAD.search(plain)),
    )


def _latin_words(text: str, *, initials: bool = False) -> list[str]:
    found: list[str] = []
    for piece in re.split(r"[\s\-\u00b7,./()\"“”&+]+", HAN.sub(r" \g<0> ", text)):
        if HAN.fullmatch(piece):
            # A character without a reading says nothing in Latin letters.
            found += filter(None, pinyin(piece)[0])
            continue
        for part in re.sub(r"['`]", "", CAMEL.sub(" ", anyascii(piece))).split():
            word = part.lower()
            apart = initials and INITIALS.fullmatch(part) and word not in words_of.NO_INITIALS
            found += word if apart else WORD.findall(word)
    return found


def _own_words(segment: str, plain: str) -> list[str]:
    """The words between two commas without digits, titles and suffixes."""
    raw = _latin_words(segment, initials=plain.upper() != plain)
    if ABJAD.search(plain):
        return raw
    own = [word for word in map(_lettered, raw) if word and word not in words_of.NO_NAMES]
    if len(own) > 2 and own[-1] in words_of.LAST_SUFFIXES:
        own.pop()
    return [words_of.SYNONYMS.get(word, word) for word in own]


def _lettered(word: str) -> str:
    """The word without digits around it, and with the letters that digits in it stand for."""
    return "" if words_of.ORDINAL.fullmatch(word) else word.strip("0123456789").translate(words_of.LEET)


def _without_particles(words: list[str]) -> list[str]:
    """Leave out articles and the like; what stands last is a name."""
    return [word for word in words[:-1] if word not in words_of.PARTICLES] + words[-1:]


def _first(words: list[str]) -> str:
    """The first word that is more than a title or a particle."""
    return next((word for word in words if word not in words_of.SMALL_NAMES), words[0])


def _numbers(raw: list[str]) -> tuple[list[str], list[str]]:
    kept: list[str] = []
    numbers: list[str] = []
    tens = 0
    for place, word in enumerate(raw):
        if word in words_of.TENS:
            tens = words_of.TENS[word]
            if place + 1 == len(raw) or _number(raw[place + 1], True) is None:
                numbers.append(str(tens))
                tens = 0
            continue
        value = _number(word, place > 0)
        if value is None:
            kept.append(word)
        else:
            numbers.append(str(tens + int(value)) if tens and value.isdigit() else value)
            tens = 0
    return kept, numbers


def _number(word: str, later: bool) -> str | None:
    if word.isdigit():
        return str(int(word))
    if later and word in words_of.ROMAN:
        return str(words_of.ROMAN[word])
    if word in words_of.NUMBERS:
        return str(words_of.NUMBERS[word])
    return word if any(char.isdigit() for char in word) and len(word) <= 6 else None


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
