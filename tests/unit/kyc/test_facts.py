"""What a person may say of themselves."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.domain import facts
from kyc.domain.facts import Facts
from tests.unit.kyc.given import ZHANG, id_number

DIGITS = st.text("0123456789", min_size=3, max_size=3)
BIRTHDAYS = st.dates(date(1900, 1, 1), date(2010, 12, 31))
REGIONS = st.sampled_from(["110105", "330102", "440524", "310104", "654001"])


# The example of GB 11643-1999 itself (annex) that somebody may have, and that of python-stdnum.
@pytest.mark.parametrize(
    ("number", "born"),
    [
        ("11010519491231002X", date(1949, 12, 31)),
        ("360426199101010071", date(1991, 1, 1)),
    ],
)
def test_numbers_of_the_standard_are_right(number: str, born: date) -> None:
    assert facts.id_number(number.lower()) == number
    assert facts.born(number) == born


def mod_11_2(first: str) -> str:
    """The check character as ISO 7064 and GB 11643 write it out: weights 2^(18-i) mod 11."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True))
    return "10X98765432"[total % 11]


@given(REGIONS, BIRTHDAYS, DIGITS)
def test_the_check_character_is_the_standard_s(region: str, born: date, sequence: str) -> None:
    first = f"{region}{born:%Y%m%d}{sequence}"
    assert facts.id_number(first + mod_11_2(first)) == first + mod_11_2(first)


@given(REGIONS, BIRTHDAYS, DIGITS, st.integers(0, 16), st.integers(1, 9))
def test_any_one_wrong_digit_is_found(region: str, born: date, sequence: str, place: int, by: int) -> None:
    right = id_number(region=region, born=f"{born:%Y%m%d}", sequence=sequence)
    wrong = right[:place] + str((int(right[place]) + by) % 10) + right[place + 1 :]
    with pytest.raises(ValueError, match="check character"):
        facts.id_number(wrong)


@given(REGIONS, BIRTHDAYS, DIGITS, st.integers(0, 15))
def test_two_digits_that_changed_places_are_found(region: str, born: date, sequence: str, place: int) -> None:
    right = id_number(region=region, born=f"{born:%Y%m%d}", sequence=sequence)
    swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    if swapped != right:
        with pytest.raises(ValueError, match="check character"):
            facts.id_number(swapped)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("11010519491231002", "17 digits"),
        ("110105194912310021X", "17 digits"),
        ("1101051949123100XX", "17 digits"),
        ("\uff11\uff11010519491231002", "17 digits"),
        (id_number(born="19900230"), "date of birth"),
        (id_number(born="19901301"), "date of birth"),
        (id_number(born="00000101"), "date of birth"),
        *((id_number(born=f"{year}0101"), "date of birth") for year in ("0001", "0997", "1799", "1899")),
        # The other example of the standard: a woman of 1880.
        ("440524188001010014", "date of birth"),
    ],
)
def test_numbers_that_cannot_be_are_refused_without_being_repeated(number: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        facts.id_number(number)
    assert number not in str(refused.value)


@given(st.integers(0, 999_999), BIRTHDAYS)
def test_which_regions_there_are_is_the_provider_s_to_say(region: int, born: date) -> None:
    """321119 was in force until 2002 and stands in no list of today; 830000 is of who lives in Taiwan."""
    number = id_number(region=f"{region:06d}", born=f"{born:%Y%m%d}")
    assert facts.id_number(number) == number


@pytest.mark.parametrize(
    ("given", "spelled"),
    [
        ("张三", "张三"),
        (" 欧阳修远 ", "欧阳修远"),
        ("阿不都·热合曼", "阿不都·热合曼"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("古丽娜尔.艾合买提", "古丽娜尔·艾合买提"),
        ("\u3007金龙", "\u3007金龙"),
        ("𠮷田", "𠮷田"),
        ("张" * 25, "张" * 25),
        ("王\U0003158e", "王\U0003158e"),
        ("\U0002ebf0明", "\U0002ebf0明"),
        ("\U000323b0明", "\U000323b0明"),
        ("\ufa11明", "\ufa11明"),
        ("\uf90a明", "金明"),
        ("\u2f69\u2f63", "白生"),
        ("\u2ee2\u2ef0\u2ee9", "马龙黄"),
    ],
)
def test_chinese_names_are_taken_in_one_spelling(given: str, spelled: str) -> None:
    assert facts.name(given) == spelled


@pytest.mark.parametrize(
    "text",
    [
        "",
        "张",
        "张" * 26,
        "Zhang San",
        "张3",
        "张 三",
        "·张三",
        "张三·",
        "张··三",
        "张\n三",
        "山田さん",
        "张\u200b三",
        "\u2e80三",
    ],
)
def test_other_names_are_not(text: str) -> None:
    with pytest.raises(ValueError, match="Chinese name"):
        facts.name(text)


@pytest.mark.parametrize(
    ("born", "today", "years"),
    [
        (date(2010, 11, 22), date(2026, 11, 21), 15),
        (date(2010, 11, 22), date(2026, 11, 22), 16),
        (date(2008, 2, 29), date(2024, 2, 28), 15),
        (date(2008, 2, 29), date(2024, 2, 29), 16),
        (date(2030, 1, 1), date(2026, 1, 1), -4),
    ],
)
def test_ages_are_full_years(born: date, today: date, years: int) -> None:
    assert facts.age(born, today) == years


def test_minors_and_the_unborn_are_refused() -> None:
    today = date(2026, 11, 22)
    for born in ("20101123", "20301231"):
        person = Facts(ZHANG, id_number(born=born))
        with pytest.raises(facts.TooYoung):
            facts.admit(person, document_expires_on=None, today=today)
    facts.admit(Facts(ZHANG, id_number(born="20101122")), document_expires_on=None, today=today)


def test_a_document_is_good_on_its_last_day_and_not_after() -> None:
    person, last = Facts(ZHANG, id_number()), date(2026, 11, 22)
    facts.admit(person, document_expires_on=last, today=last)
    with pytest.raises(facts.DocumentExpired):
        facts.admit(person, document_expires_on=last, today=date(2026, 11, 23))


def test_facts_do_not_show_in_what_is_printed() -> None:
    person = Facts(ZHANG, id_number(), "13812341234", "6222021234567890128")
    assert all(str(value) not in f"{person!r}{person}" for value in vars(person).values())
    assert person.factors == ["name", "id_number", "phone", "card"]
