"""A list in memory: reading it as it is published, and finding what a name may be."""

import random
from functools import cache

import pytest

from aml.domain.index import Index, Wanted
from aml.domain.outcomes import Outcome, hit_of, outcome
from aml.domain.sanctions import Entry, UnreadableList, read_ofac
from bench import watchlist
from bench.watchlist import entries, misspelt

SDN = '36,"AEROCARIBBEAN AIRLINES",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n\x1a'
ALT = '36,12,"aka","AERO-CARIBBEAN",-0- \n\x1a'


@cache
def ofac() -> Index:
    return Index(entries())


def person(name: str, *, years: tuple[int, ...] = (), weak: tuple[str, ...] = ()) -> Entry:
    return Entry("1", "Person", "SDGT", (name,), weak, years)


def listed_with(remarks: str) -> Entry:
    rest = "-0- ," * 7
    return read_ofac(f'7,"PETROV, Ivan","individual","SDGT",{rest}"{remarks}"\n', "")[0]


def test_the_list_is_read_whole() -> None:
    listed = entries()

    assert len(listed) == 7379
    assert sum(len(entry.names) - 1 for entry in listed) > 9_600
    assert {entry.schema for entry in listed} == {"Person", "Organization", "Vessel"}
    assert next(entry for entry in listed if entry.entry_id == "306").weak == ("BNC",)


def test_an_entry_has_its_aliases() -> None:
    assert read_ofac(SDN, ALT)[0].names == ("AEROCARIBBEAN AIRLINES", "AERO-CARIBBEAN")


@pytest.mark.parametrize("text", ["", "not a list", '36,"TOO","SHORT"\n'])
def test_what_is_no_list_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(UnreadableList):
        read_ofac(text, ALT)


def test_every_listed_name_finds_its_entry() -> None:
    some = random.Random(1).sample(entries(), 60)

    missed = [
        entry.name
        for entry in some
        if entry.entry_id not in [hit.entry_id for hit in ofac().hits(Wanted(entry.name, entry.schema))]
    ]

    assert missed == []


def test_nearly_every_name_with_a_letter_wrong_finds_its_entry() -> None:
    chance = random.Random(2)
    some = chance.sample(entries(), 100)

    found = [
        entry.entry_id
        in [
            hit.entry_id
            for hit in ofac().hits(Wanted(misspelt(chance.choice(entry.names), 1, chance), entry.schema))
        ]
        for entry in some
    ]

    assert sum(found) / len(found) >= 0.95


@pytest.mark.parametrize("name", ["John Smith", "Maria Garcia Lopez Perez", "李娜", "Erika Mustermann"])
def test_ordinary_names_are_not_on_the_list(name: str) -> None:
    assert [hit for hit in ofac().hits(Wanted(name)) if hit.score > 0.9] == []


def test_another_year_of_birth_speaks_against_a_hit() -> None:
    index = Index([person("Ivan Petrov", years=(1960,))])

    near, far, unknown = (index.hits(Wanted("Ivan Petrov", year=year))[0] for year in (1961, 1985, None))

    assert near.score == unknown.score == 1.0
    assert far.score == 0.8
    assert "birth_year_differs" in far.reasons


@pytest.mark.parametrize(
    ("born", "years"),
    [
        ("DOB 01 Jan 1977 to 31 Dec 1985", tuple(range(1977, 1986))),
        ("DOB 1929 to 1930; POB Cuba", (1929, 1930)),
        ("DOB circa 1979-1982", (1979, 1980, 1981, 1982)),
        ("DOB circa Aug 1963; alt. DOB 1957", (1957, 1963)),
    ],
)
def test_years_of_birth_are_all_of_a_range(born: str, years: tuple[int, ...]) -> None:
    assert listed_with(born).years == years


def test_a_year_within_a_range_agrees() -> None:
    index = Index([listed_with("DOB 01 Jan 1977 to 31 Dec 1985")])

    within, far = (index.hits(Wanted("Ivan Petrov", year=year))[0] for year in (1984, 1990))

    assert "birth_year_agrees" in within.reasons
    assert "birth_year_differs" in far.reasons


@pytest.mark.parametrize(
    ("remarks", "weak"),
    [
        ("POB Egypt; a.k.a. 'MERA'I'.", ("MERA'I",)),
        ("a.k.a. ''FOOPIE''; a.k.a. 'AHMED, A.'; a.k.a. ''FUPI''.", ("FOOPIE", "AHMED, A.", "FUPI")),
        ("a.k.a. ''Umar al-Qatari'; Linked To: X.", ("'Umar al-Qatari",)),
        ("a.k.a. 'EL PATRON''; a.k.a. 'ABU 'ABD AL-'AZIZ'.", ("EL PATRON'", "ABU 'ABD AL-'AZIZ")),
        ("a.k.a. 'BNC'.", ("BNC",)),
    ],
)
def test_weak_aliases_are_read_whole(remarks: str, weak: tuple[str, ...]) -> None:
    assert listed_with(remarks).weak == weak


def test_no_weak_alias_of_the_list_is_cut_or_dropped() -> None:
    weak = [alias for entry in entries() for alias in entry.weak]

    assert len(weak) == 2026
    assert {"MERA'I", "FOOPIE", "FUPI", "ABU 'ABD AL-'AZIZ"} <= set(weak)
    assert not {"MERA", "ABU ", "AL-WARD, "} & set(weak)


@pytest.mark.parametrize("more", sorted(watchlist.MORE))
def test_listed_persons_are_found_with_one_thing_more(more: str) -> None:
    chance = random.Random(more)
    some = chance.sample([entry for entry in entries() if entry.schema == "Person"], 50)
    written = watchlist.MORE[more]

    asked = [(written(watchlist.given_and_family(entry.name), chance), entry) for entry in some]
    missed = watchlist.missed(ofac(), asked)

    assert len(missed) <= 1, missed


@pytest.mark.parametrize("locale", ["zh_CN", "zh_CN in pinyin", "en_US"])
def test_customers_are_not_taken_for_listed_persons(locale: str) -> None:
    others, _ = watchlist.false_hits(ofac(), watchlist.customers(locale, 100))

    assert others == []


def test_one_thing_more_does_not_take_a_confirmation_away() -> None:
    index = Index([person("KADYROV, Ramzan Akhmatovich", years=(1976,))])
    names = (
        "Dr. Ramzan Akhmatovich Kadyrov Jr.",
        "Ramzan Akhmatovich Kadyrov 1",
        "Ramzan Akhmatovich Kadyrov 😀",
    )

    for name in names:
        hits = [hit_of(hit) for hit in index.hits(Wanted(name, year=1976))]
        assert outcome(hits) is Outcome.CONFIRMED


def test_a_word_more_is_for_people_to_judge() -> None:
    index = Index([person("KADYROV, Ramzan Akhmatovich", years=(1976,))])

    hits = [hit_of(hit) for hit in index.hits(Wanted("Ramzan Kadyrov Xyzzy", year=1976))]

    assert outcome(hits) is Outcome.IN_REVIEW


def test_entries_are_found_among_others_however_they_are_written() -> None:
    planted = [
        ("KADYROV, Ramzan Akhmatovich", "Person", "R a m z a n K a d y r o v"),
        ("KADYROV, Ramzan Akhmatovich", "Person", "RAMZANKADYROV"),
        ("ALI, Muhammad", "Person", "محمد علي"),
        ("LYU, Jianguo", "Person", "吕建国"),
        ("ALMAZ-ANTEY CORP", "Organization", "Almaz Antey Telecom"),
        ("GUANGZHOU HAIGE COMMUNICATIONS GROUP", "Organization", "HAIGE COMM GRP"),
        ("JSC ARGUMENT", "Organization", "JSCARGUMENT"),
    ]
    more = [Entry(asked, schema, "X", (listed,)) for listed, schema, asked in planted]
    index = Index([*entries()[::10], *more])

    asked = [(entry.entry_id, entry) for entry in more]
    assert watchlist.missed(index, asked) == []


def test_a_weak_alias_has_to_agree_whole() -> None:
    index = Index([person("Ivan Petrov", weak=("Chemical",))])

    assert index.hits(Wanted("Chemical"))[0].score == 0.9
    assert index.hits(Wanted("Chemicel")) == []


def test_an_entry_is_hit_once_by_its_nearest_alias() -> None:
    index = Index([Entry("7", "Person", "X", ("Ivan Petrov", "Ivan Petroff"))])

    assert [(hit.entry_id, hit.alias) for hit in index.hits(Wanted("Ivan Petroff"))] == [
        ("7", "Ivan Petroff")
    ]
