"""Legal forms in the name of an organisation, in full, abbreviated, or with a letter wrong."""

from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from aml.domain.names import vocabulary as words_of

# A legal form so long is still one with a letter wrong.
LEAST_MISSPELT = 6
LONG_FORMS = [form for form in words_of.LEGAL_FORMS if len(form) > LEAST_MISSPELT]


def without_forms(raw: list[str]) -> tuple[list[str], frozenset[str]]:
    """The other words, and the legal forms; a name of nothing else keeps its words."""
    kept: list[str] = []
    forms: set[str] = set()
    place = 0
    while place < len(raw):
        size, form = _form(raw[place:])
        if form:
            forms.add(form)
        else:
            kept.append(raw[place])
        place += size
    return (kept, frozenset(forms)) if kept else (raw, frozenset())


def _form(words: list[str]) -> tuple[int, str | None]:
    """The number of words at the beginning that are a legal form, and the form; (1, None) where none is."""
    for size in (5, 4, 3, 2):
        if form := words_of.LEGAL_PHRASES.get(tuple(words[:size])):
            return size, form
    return 1, words_of.LEGAL_FORMS.get(words[0]) or _misspelt_form(words[0])


@lru_cache(maxsize=8192)
def _misspelt_form(word: str) -> str | None:
    """The legal form that a long word is but for one letter."""
    if len(word) < LEAST_MISSPELT:
        return None
    found = process.extractOne(word, LONG_FORMS, scorer=OSA.distance, score_cutoff=1)
    return words_of.LEGAL_FORMS[found[0]] if found else None
