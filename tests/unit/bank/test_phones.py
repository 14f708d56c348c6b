"""Mobile numbers: however they are written, one number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank import phones

# As people, address books and other systems write it.
SPELLINGS = [
    "13800138000",
    "138 0013 8000",
    "138-0013-8000",
    "(138) 0013 8000",
    "+8613800138000",
    "+86 138 0013 8000",
    "+86 (138) 0013 8000",
    "+86-138-0013-8000",
    "8613800138000",
    "86 138 0013 8000",
    "008613800138000",
    "0086 138-0013-8000",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_number_is_read_the_same_however_it_is_written(text: str) -> None:
    assert phones.normal(text) == "+8613800138000"
    assert phones.mainland(text) == "13800138000"


@pytest.mark.parametrize(
    "text",
    ["12812341234", "1381234123", "138123412345", "02112345678", "+14155550123", "", "+", "0000000000", "86"],
)
def test_what_is_no_mobile_of_the_regions_served_is_refused(text: str) -> None:
    with pytest.raises(phones.NotAMobile):
        phones.normal(text)


@pytest.mark.parametrize("text", ["+85261234567", "00852 6123 4567", "+853 6612 3456"])
def test_a_number_of_hong_kong_or_macao_is_no_mainland_one(text: str) -> None:
    assert phones.normal(text).startswith("+85")
    with pytest.raises(phones.NotAMobile, match="mainland"):
        phones.mainland(text)


@given(st.integers(13_000_000_000, 19_999_999_999))
def test_a_phone_is_normal_already_once_it_is_normal(number: int) -> None:
    try:
        phone = phones.normal(str(number))
    except phones.NotAMobile:
        return
    assert phone == f"+86{number}" == phones.normal(phone)
    assert phones.national(phone) == phones.mainland(phone) == str(number)
