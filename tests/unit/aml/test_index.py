"""A list in memory: reading it as it is published, and finding what a name may be."""

import random
from functools import cache

import pytest

from aml.domain.index import Index, Wanted
from aml.domain.sanctions import Entry, UnreadableList, read_ofac
from bench.screening import entries, misspelt

SDN = '36,"AEROCARIBBEAN AIRLINES",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n\x1a'
ALT = '36,12,"aka","AERO-CARIBBEAN",-0- \n\x1a'


@cache
def ofac() -> Index:
    return Index(entries())


def person(name: str, *, years: tuple[int, ...] = (), weak: tuple[str, ...] = ()) -> Entry:
    return Entry("1", "Person", "SDGT", (name,), weak, years)


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
    some = random.Random(1).sample(entries(), 150)

    missed = [
        entry.name
        for entry in some
        if entry.entry_id not in [hit.entry_id for hit in ofac().hits(Wanted(entry.name, entry.schema))]
    ]

    assert missed == []


def test_nearly_every_name_with_a_letter_wrong_finds_its_entry() -> None:
    chance = random.Random(2)
    some = chance.sample(entries(), 150)

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


def test_a_weak_alias_has_to_agree_whole() -> None:
    index = Index([person("Ivan Petrov", weak=("Chemical",))])

    assert index.hits(Wanted("Chemical"))[0].score == 0.9
    assert index.hits(Wanted("Chemicel")) == []


def test_an_entry_is_hit_once_by_its_nearest_alias() -> None:
    index = Index([Entry("7", "Person", "X", ("Ivan Petrov", "Ivan Petroff"))])

    assert [(hit.entry_id, hit.alias) for hit in index.hits(Wanted("Ivan Petroff"))] == [
        ("7", "Ivan Petroff")
    ]
