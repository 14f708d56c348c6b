"""Asking OFAC's list of January 2019: whom it finds, whom it takes for another, and what it costs.

Recall: listed persons by their name as it is listed, and by given name and family name alone, with one thing
more. False hits: names of customers from Faker's lists, put together by a seed. A namesake, who has the given
name and the family name of a listed person however they are spelt, is no false hit: only a date of birth
tells the two apart.
"""

import gzip
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path

from faker import Faker
from rapidfuzz import fuzz, process

DATA = Path(__file__).parents[1] / "tests" / "data" / "screening"
sys.path[:0] = [str(Path(__file__).parents[1] / part) for part in ("functions", "layers/bank/python")]

from aml.domain.index import Hit, Index, Wanted  # noqa: E402
from aml.domain.names import normalise  # noqa: E402
from aml.domain.names.sounds import fold  # noqa: E402
from aml.domain.names.vocabulary import NO_NAMES, PARTICLES, SMALL_NAMES  # noqa: E402
from aml.domain.sanctions import Entry, read_ofac  # noqa: E402
from bench.report import Row, Section, at_least, at_most  # noqa: E402

# Percent, in 1,000, MB, and times one pass of rapidfuzz over all listed names.
RECALL, FALSE_HITS, MEMORY, COST = 98, 1, 60, 6

WORDS = ("x", "Wei", "Li", "Smith", "Maria", "Garcia", "Ivanova", "Mohammed", "Alexandrovich", "Zzyzx")
NO_GIVEN_NAMES = NO_NAMES | PARTICLES | SMALL_NAMES
# How a name is written with one thing more.
MORE: dict[str, Callable[[str, random.Random], str]] = {
    "nothing": lambda name, _: name,
    "word": lambda name, chance: _with_word(name, chance.choice(WORDS), chance),
    "suffix": lambda name, chance: f"{name} {chance.choice(('Jr.', 'Sr', 'II', 'III', 'PhD', 'Esq.'))}",
    "title": lambda name, chance: f"{chance.choice(('Mr', 'Ms.', 'Dr.', 'Prof.', 'Gen.'))} {name}",
    "number": lambda name, chance: name + chance.choice((" 1", " 007", "7", " #2", " 2nd")),
    "symbol": lambda name, chance: name + chance.choice((" 😀", " ®", "™", "🇨🇳", " №", " ★")),
}
# Customers: Chinese in characters and in Latin letters, and those of some other countries.
CUSTOMERS: dict[str, Callable[[Faker], str]] = {
    "zh_CN": lambda fake: fake.name(),
    "zh_CN in pinyin": lambda fake: fake.romanized_name(),
    "en_US": lambda fake: f"{fake.first_name()} {fake.last_name()}",
    "en_IN": lambda fake: f"{fake.first_name()} {fake.last_name()}",
    "es_ES": lambda fake: f"{fake.first_name()} {fake.last_name()}",
    "fr_FR": lambda fake: f"{fake.first_name()} {fake.last_name()}",
    "de_DE": lambda fake: f"{fake.first_name()} {fake.last_name()}",
    "ru_RU": lambda fake: f"{fake.first_name()} {fake.last_name()}",
}


def entries() -> list[Entry]:
    """OFAC's list of January 2019."""

    def text(name: str) -> str:
        with gzip.open(DATA / name, "rt", encoding="latin-1", newline="") as file:
            return file.read()

    return read_ofac(text("ofac_sdn_2019.csv.gz"), text("ofac_alt_2019.csv.gz"))


def misspelt(name: str, letters: int, chance: random.Random) -> str:
    """The name with some letters replaced, left out or added."""
    written = list(name)
    for _ in range(letters):
        place = chance.randrange(len(written))
        if written[place].isalpha():
            letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
            if written[place].isupper():
                letter = letter.upper()
            written[place] = chance.choice(("", letter, letter + written[place]))
    return "".join(written) or name


def given_and_family(name: str) -> str:
    """The first given name, titles and particles aside, and the family name of a name as it is listed."""
    family, _, given = name.partition(",")
    names = [word for word in given.split() if word.lower().strip(".") not in NO_GIVEN_NAMES]
    return f"{names[0]} {family}" if names else name


def missed(index: Index, asked: Iterable[tuple[str, Entry]]) -> list[str]:
    """The names asked for whose entries are not among the hits."""
    return [
        name
        for name, entry in asked
        if entry.entry_id not in {hit.entry_id for hit in index.hits(Wanted(name, entry.schema))}
    ]


def customers(locale: str, count: int) -> list[str]:
    """So many names of customers: the same each time."""
    fake = Faker(locale.split()[0])
    fake.seed_instance(2019)
    return [CUSTOMERS[locale](fake) for _ in range(count)]


def false_hits(index: Index, names: Iterable[str]) -> tuple[list[tuple[str, Hit]], int]:
    """Names taken for a listed one that is another, with what they are taken for; how many are namesakes."""
    others, namesakes = [], 0
    for name in names:
        hits = index.hits(Wanted(name))
        if any(_namesake(name, hit.alias) for hit in hits):
            namesakes += 1
        elif hits:
            others.append((name, hits[0]))
    return others, namesakes


def _namesake(name: str, alias: str) -> bool:
    written, listed = normalise(name), normalise(alias)
    words = {fold(word) for word in (*written.words, *written.surnames)}
    return bool(listed.given) and {fold(listed.given), fold(listed.family)} <= words


def _with_word(name: str, word: str, chance: random.Random) -> str:
    """The word anywhere in the name; at its end where a comma says what its parts are."""
    words = name.split()
    place = len(words) if "," in name else chance.randrange(len(words) + 1)
    return " ".join([*words[:place], word, *words[place:]])


def section(persons: int = 100, names: int = 250) -> Section:
    """Recall with one thing more, false hits among names of customers, and cost, each against its budget."""
    listed = entries()
    index, megabytes = _built(listed)
    people = [entry for entry in listed if entry.schema == "Person"]
    rows = [
        *(_recall(index, people, persons, more) for more in MORE),
        *_misspelt(index, listed, persons),
        *_strangers(index, names),
        Row("MB of the list in memory", (megabytes, len(index.aliases), ""), at_most(MEMORY, megabytes)),
        _cost(index),
    ]
    return Section("Names against OFAC's list of 2019", ("figure", "of", "% or ‰"), rows)


def _built(listed: list[Entry]) -> tuple[Index, float]:
    """The list in memory, and how many MB it takes."""
    tracemalloc.start()
    index = Index(listed)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return index, size / 2**20


def _recall(index: Index, people: list[Entry], count: int, more: str) -> Row:
    chance, written = random.Random(more), MORE[more]
    some = chance.sample(people, count)
    asked = [(written(chance.choice(one.names), chance), one) for one in some]
    asked += [(written(given_and_family(one.name), chance), one) for one in some]
    found = len(asked) - len(missed(index, asked))
    percent = 100 * found / len(asked)
    return Row(f"listed persons found, {more} more", (found, len(asked), percent), at_least(RECALL, percent))


def _misspelt(index: Index, listed: list[Entry], count: int) -> Iterable[Row]:
    chance = random.Random(2019)
    for letters in (1, 2):
        some = chance.sample(listed, count)
        asked = [(misspelt(chance.choice(entry.names), letters, chance), entry) for entry in some]
        found = count - len(missed(index, asked))
        yield Row(f"listed names found, {letters} letters wrong", (found, count, 100 * found / count))


def _strangers(index: Index, count: int) -> Iterable[Row]:
    total = 0
    for locale in CUSTOMERS:
        others, namesakes = false_hits(index, customers(locale, count))
        total += len(others)
        yield Row(
            f"  {locale}: false hits ({namesakes} namesakes)", (len(others), count, _thousand(others, count))
        )
        for name, hit in others:
            yield Row(f"    {name} | {hit.alias}", ("", "", ""))
    rate = 1000 * total / count / len(CUSTOMERS)
    yield Row("false hits, all customers", (total, count * len(CUSTOMERS), rate), at_most(FALSE_HITS, rate))


def _thousand(some: list[tuple[str, Hit]], count: int) -> float:
    return 1000 * len(some) / count


def _cost(index: Index) -> Row:
    """CPU of a screening against one pass of rapidfuzz over all listed names, by turns."""
    listed = [alias.name.joined for alias in index.aliases]
    names = [name for locale in CUSTOMERS for name in customers(locale, 20)]
    ours, theirs = [], []
    for name in names:
        ours.append(_spent(index.hits, Wanted(name)))
        theirs.append(_spent(_all_compared, name, listed))
    ratio = sum(ours) / sum(theirs)
    figures = (statistics.fmean(ours), statistics.fmean(theirs), ratio)
    return Row("CPU of a name, ms; of one pass over all, ms; ratio", figures, at_most(COST, ratio))


def _all_compared(name: str, listed: list[str]) -> object:
    return process.extract(name, listed, scorer=fuzz.ratio, processor=None)


def _spent(ask: Callable[..., object], *about: object) -> float:
    started = time.process_time()
    ask(*about)
    return 1000 * (time.process_time() - started)
