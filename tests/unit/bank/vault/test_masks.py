"""Masks: what of personal data may be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.vault import mask_card, mask_id_number, mask_name, mask_phone

MASKS = (mask_name, mask_phone, mask_id_number, mask_card)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "*三"),
        ("张三丰", "**丰"),
        ("欧阳修远", "***远"),
        ("阿不都·热合曼", "******曼"),
        ("张", "*"),
        ("", "*"),
    ],
)
def test_of_a_name_the_last_character_is_shown(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812341234", "138****1234"),
        ("+8613812341234", "+86138****1234"),
        ("02112345678", "*******5678"),
        ("+14155550123", "********0123"),
        ("1234567", "*******"),
        ("", ""),
    ],
)
def test_of_a_phone_its_network_and_last_four_are_shown(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


def test_of_an_id_number_the_city_and_the_last_four_are_shown() -> None:
    assert mask_id_number("330102199001011234") == "3301**********1234"
    assert mask_id_number("3301021") == "*******"


@pytest.mark.parametrize(
    ("number", "masked"), [("6222021234561234", "****1234"), ("123456781", "****6781"), ("12345678", "****")]
)
def test_of_a_card_the_last_four_are_shown(number: str, masked: str) -> None:
    assert mask_card(number) == masked


@given(st.text(min_size=1, max_size=30))
def test_no_mask_ever_shows_the_whole(text: str) -> None:
    for mask in MASKS:
        shown = mask(text)
        assert "*" in shown
        assert shown.count("*") >= min(4, max(1, len(text) - 1))
