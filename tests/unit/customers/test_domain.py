"""The rules, for everything that Hypothesis thinks of."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.money import MINOR_DIGITS
from customers.domain import levels
from customers.domain.passwords import is_run, password_refusal, pin_refusal, repeats, spellings

PHONE = "+8613800138000"
PINS = st.integers(0, 10**6 - 1).map(lambda number: f"{number:06d}")
BIRTHDAYS = st.dates(date(1900, 1, 1), date(2030, 12, 31))


@given(st.integers(0, 9), st.sampled_from([1, -1]))
def test_a_run_up_or_down_is_refused_from_wherever_it_starts(start: int, step: int) -> None:
    pin = "".join(str((start + step * place) % 10) for place in range(6))

    assert is_run(pin)
    assert pin_refusal(pin, phone=PHONE, birthday=None)


@given(st.text("0123456789", min_size=1, max_size=3))
def test_a_beginning_said_again_is_refused(beginning: str) -> None:
    pin = (beginning * 6)[:6] if 6 % len(beginning) == 0 else beginning * 6

    assert pin_refusal(pin[:6], phone=PHONE, birthday=None)


@given(BIRTHDAYS)
def test_no_spelling_of_the_birthday_is_taken(birthday: date) -> None:
    assert f"{birthday:%y%m%d}" in spellings(birthday)
    for pin in spellings(birthday):
        assert len(pin) == 6
        assert pin_refusal(pin, phone=PHONE, birthday=birthday)


@given(st.integers(0, 5))
def test_no_part_of_the_phone_is_taken(start: int) -> None:
    assert pin_refusal("13800138000"[start : start + 6], phone=PHONE, birthday=None)


@given(PINS)
def test_all_else_is_taken(pin: str) -> None:
    """Most of a million are left to choose from, or a rule is too strict."""
    refused = pin_refusal(pin, phone=PHONE, birthday=date(1990, 5, 17)) is not None
    obvious = is_run(pin) or repeats(pin) or pin in "13800138000" or pin in spellings(date(1990, 5, 17))

    assert refused == obvious


def test_of_a_million_payment_passwords_nearly_all_are_left() -> None:
    pins = (f"{number:06d}" for number in range(0, 10**6, 97))
    refused = [pin for pin in pins if pin_refusal(pin, phone=PHONE, birthday=date(1990, 5, 17))]

    assert len(refused) / (10**6 / 97) < 0.01


@given(st.text(max_size=12).filter(lambda text: not (len(text) == 6 and text.isascii() and text.isdigit())))
def test_what_is_not_six_digits_is_refused(pin: str) -> None:
    assert pin_refusal(pin, phone=PHONE, birthday=None)


@given(st.text(min_size=0, max_size=7))
def test_a_short_password_is_refused(password: str) -> None:
    assert password_refusal(password, phone=PHONE)


@given(st.text("abXY -_", max_size=20), st.text("abXY -_", max_size=20))
def test_a_password_around_the_phone_is_refused(before: str, after: str) -> None:
    assert password_refusal(f"{before}13800138000{after}"[:128], phone=PHONE)


def test_a_long_password_that_nobody_has_is_taken() -> None:
    assert password_refusal("lamp-Otter-meadow-42", phone=PHONE) is None
    assert password_refusal("垂柳-灯塔-七十二只海鸥", phone=PHONE) is None


@pytest.mark.parametrize("currency", sorted(MINOR_DIGITS))
def test_a_limit_in_any_currency_grows_with_the_level(currency: str) -> None:
    first, second, third = (levels.per_year(level, currency) for level in (1, 2, 3))

    assert 0 < first < second < third


def test_the_limits_are_the_people_s_bank_s() -> None:
    assert [levels.per_year(level, "CNY") for level in (1, 2, 3)] == [100_000, 10_000_000, 20_000_000]


@given(st.integers(0, 10**12), st.sampled_from(sorted(MINOR_DIGITS)))
def test_more_yuan_are_never_fewer_units(fen: int, currency: str) -> None:
    assert levels.in_currency(fen, currency) <= levels.in_currency(fen + 1, currency)
