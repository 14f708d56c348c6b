"""Cards by their numbers, and levels by their channels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from kyc.domain import cards, levels
from kyc.domain.cards import Kind
from kyc.domain.levels import Level
from tests.unit.kyc.given import CMB, ICBC, card


@pytest.mark.parametrize(
    ("number", "bank", "kind"),
    [
        (card(ICBC), "ICBC", Kind.DEBIT),
        (card(CMB), "CMB", Kind.DEBIT),
        (card("622848123456789012"), "ABC", Kind.DEBIT),
        (card("621660123456789012"), "BOC", Kind.DEBIT),
        (card("622908123456789012")[:17], "CIB", Kind.DEBIT),
        (card("622575123456789"), "CMB", Kind.CREDIT),
    ],
)
def test_a_card_s_bank_is_known_by_its_first_six_digits(number: str, bank: str, kind: Kind) -> None:
    found = cards.issued(number)
    assert found is not None
    assert (found.bank, found.kind) == (bank, kind)


@given(st.sampled_from([ICBC, CMB]), st.text("0123456789", min_size=9, max_size=9))
def test_a_card_with_its_check_digit_is_taken_and_with_another_is_not(bank: str, digits: str) -> None:
    number = card((bank[:6] + digits * 2)[: len(bank)])
    assert cards.card_number(number) == number
    for digit in set("0123456789") - {number[-1]}:
        with pytest.raises(ValueError, match="check digit"):
            cards.card_number(number[:-1] + digit)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("4111111111111111", "not of a bank"),
        (card("62220212345678"), "16 to 19"),
        (card("622202123456789"), "as long as"),
        (card("6222021234567890123")[:20], "16 to 19"),
        ("62220212345678901x8", "16 to 19"),
        ("\uff16222021234567890128", "16 to 19"),
        ("", "16 to 19"),
    ],
)
def test_other_cards_are_refused_without_being_repeated(number: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        cards.card_number(number)
    assert not number or number not in str(refused.value)


def test_blanks_between_a_card_s_digits_are_taken_off() -> None:
    number = card(ICBC)
    assert cards.card_number(f"{number[:4]} {number[4:8]} {number[8:]}") == number


def test_no_prefix_is_two_banks_and_each_is_six_digits() -> None:
    prefixes = [
        prefix
        for ranges in cards._ISSUED.values()
        for text in ranges.values()
        for prefix in cards._prefixes(text)
    ]
    assert len(prefixes) == len(set(prefixes)) > 250
    assert all(len(prefix) == 6 for prefix in prefixes)


def test_the_library_s_check_digit_is_luhn_s() -> None:
    """The example of ISO/IEC 7812-1, annex B."""
    assert luhn.is_valid("49927398716")
    assert not cards.luhn("49927398717")


@pytest.mark.parametrize(
    ("channels", "level"),
    [
        ([], Level.NONE),
        (["police"], Level.I),
        (["police", "carrier"], Level.I),
        (["police", "carrier", "bank:ICBC"], Level.II),
        (["police", "carrier", "bank:ICBC", "bank:CCB"], Level.II),
        (["police", "carrier", "bank:ICBC", "bank:CCB", "bank:CMB"], Level.III),
        (["police", "carrier", "bank:ICBC", "bank:ICBC", "bank:ICBC"], Level.II),
    ],
)
def test_levels_need_one_three_and_five_distinct_channels(channels: list[str], level: Level) -> None:
    assert levels.level_of(channels) is level


@given(st.sets(st.text(max_size=5)), st.text(max_size=5))
def test_a_further_channel_never_lowers_a_level(channels: set[str], further: str) -> None:
    assert levels.level_of(channels | {further}) >= levels.level_of(channels)


def test_who_was_met_has_the_highest_level() -> None:
    assert levels.level_of([], face_to_face=True) is Level.III


@pytest.mark.parametrize(
    ("factors", "bank", "channels"),
    [
        (["name", "id_number"], None, ["police"]),
        (["name", "id_number", "phone"], None, ["police", "carrier"]),
        (["name", "id_number", "card"], "CCB", ["police", "bank:CCB"]),
        (["name", "id_number", "phone", "card"], "CCB", ["police", "carrier", "bank:CCB"]),
    ],
)
def test_each_factor_can_be_confirmed_by_its_channel(
    factors: list[str], bank: str | None, channels: list[str]
) -> None:
    assert levels.asked_of(factors, bank) == channels
