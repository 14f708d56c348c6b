"""Money, shares of it and parts of it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.money import (
    MAX_AMOUNT,
    MINOR_DIGITS,
    PER_YUAN,
    Money,
    allocate,
    basis_points,
    draw,
    limit_in,
    portion,
    valued,
)

TOTALS = st.integers(-MAX_AMOUNT, MAX_AMOUNT)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any)


@given(TOTALS, WEIGHTS)
def test_parts_add_up_and_each_is_within_one_unit_of_its_exact_share(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)

    assert sum(parts) == total
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


@given(TOTALS, WEIGHTS)
def test_a_return_is_split_as_what_it_returns_was(total: int, weights: list[int]) -> None:
    assert allocate(-total, weights) == [-part for part in allocate(total, weights)]


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (2, [1, 1, 1], [1, 1, 0]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (10, [1, 5, 4], [1, 5, 4]),
        (1, [1, 2], [0, 1]),
        (7, [0, 3], [0, 7]),
        (0, [1, 2], [0, 0]),
    ],
)
def test_what_is_left_goes_to_the_largest_remainders_earlier_parts_first(
    total: int, weights: list[int], parts: list[int]
) -> None:
    assert allocate(total, weights) == parts


@pytest.mark.parametrize("weights", [[0, 0], [-1, 2], [3, -4]])
def test_weights_that_mean_no_shares_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(100, weights)


@given(st.integers(0, MAX_AMOUNT), st.integers(0, 10_000))
def test_basis_points_are_rounded_half_up(amount: int, rate: int) -> None:
    found = basis_points(amount, rate)

    assert Fraction(-1, 2) < found - Fraction(amount * rate, 10_000) <= Fraction(1, 2)


@pytest.mark.parametrize(("amount", "fee"), [(82, 0), (83, 0), (84, 1), (250, 2), (249, 1), (10_000, 60)])
def test_sixty_basis_points_of_small_amounts(amount: int, fee: int) -> None:
    assert basis_points(amount, 60) == fee


@pytest.mark.parametrize(("amount", "rate"), [(-1, 60), (100, -1)])
def test_negative_amounts_and_rates_have_no_basis_points(amount: int, rate: int) -> None:
    with pytest.raises(ValueError, match="not negative"):
        basis_points(amount, rate)


@pytest.mark.parametrize("amount", [1.0, "1", True, None])
def test_an_amount_is_an_int_and_nothing_like_it(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, "CNY")  # type: ignore[arg-type]


def test_a_portion_is_rounded_half_up_and_of_nothing_is_nothing() -> None:
    assert [portion(1, part, 4) for part in range(5)] == [0, 0, 1, 1, 1]
    assert portion(0, 0, 0) == 0
    for part, whole in ((0, 0), (5, 4), (-1, 4)):
        with pytest.raises(ValueError, match="weights"):
            portion(1, part, whole)


@pytest.mark.parametrize("currency", ["XXX", "cny", ""])
def test_a_currency_is_one_that_the_bank_deals_in(currency: str) -> None:
    with pytest.raises(ValueError, match="unknown currency"):
        Money(1, currency)


def test_arithmetic_stays_in_one_currency() -> None:
    assert Money(5, "CNY") + Money(2, "CNY") == Money(7, "CNY")
    assert Money(2, "CNY") - Money(5, "CNY") == -Money(3, "CNY")
    with pytest.raises(ValueError, match="cannot mix CNY and USD"):
        Money(5, "CNY") + Money(2, "USD")
    with pytest.raises(ValueError, match="cannot mix CNY and USD"):
        Money(5, "CNY") - Money(2, "USD")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (123, "JPY", "123 JPY"),
        (0, "JPY", "0 JPY"),
        (-7, "JPY", "-7 JPY"),
        (1, "KWD", "0.001 KWD"),
        (-1_234_567, "KWD", "-1234.567 KWD"),
        (5, "CNY", "0.05 CNY"),
        (-50, "CNY", "-0.50 CNY"),
        (100, "USD", "1.00 USD"),
    ],
)
def test_money_is_written_with_its_currencys_digits(amount: int, currency: str, text: str) -> None:
    assert str(Money(amount, currency)) == text


CURRENCIES = st.sampled_from(sorted(MINOR_DIGITS))


def test_every_currency_that_the_bank_deals_in_counts_for_something() -> None:
    assert PER_YUAN.keys() == MINOR_DIGITS.keys()


@pytest.mark.parametrize(
    ("amount", "currency", "fen"),
    [(100, "CNY", 100), (14, "JPY", 100), (1, "JPY", 8), (12, "USD", 100), (38, "KWD", 100), (0, "KWD", 0)],
)
def test_an_amount_counts_for_fen_rounded_up(amount: int, currency: str, fen: int) -> None:
    assert valued(amount, currency, "CNY") == fen


@given(st.lists(st.integers(0, 10**9), max_size=20), st.integers(0, MAX_AMOUNT), CURRENCIES, CURRENCIES)
def test_a_sum_is_within_a_limit_exactly_where_what_it_counts_for_is(
    amounts: list[int], limit: int, home: str, currency: str
) -> None:
    """So one stated in the home currency binds an account that counts in its own."""
    total = sum(amounts)

    assert (total <= limit_in(limit, home, currency)) == (valued(total, currency, home) <= limit)


@given(st.lists(st.integers(0, 10**9), max_size=20), CURRENCIES, CURRENCIES)
def test_many_small_amounts_count_for_no_less_than_their_sum(
    amounts: list[int], currency: str, home: str
) -> None:
    assert sum(valued(each, currency, home) for each in amounts) >= valued(sum(amounts), currency, home)
    assert all(valued(each, home, home) == each for each in amounts)


@pytest.mark.parametrize("pair", [("XXX", "CNY"), ("CNY", "")])
def test_what_counts_for_nothing_known_is_refused(pair: tuple[str, str]) -> None:
    for counted in (valued, limit_in):
        with pytest.raises(ValueError, match="unknown currency"):
            counted(1, *pair)


@given(
    available=st.lists(st.integers(0, 50), min_size=1, max_size=32),
    amount=st.integers(1, 300),
    first=st.integers(0, 31),
)
def test_what_is_drawn_is_all_of_it_and_never_over_what_one_has(
    available: list[int], amount: int, first: int
) -> None:
    there = dict(enumerate(available))
    first %= len(available)

    drawn = draw(there, amount, first)

    if amount > sum(available):
        assert drawn is None
        return
    assert drawn is not None
    assert sum(drawn.values()) == amount
    assert all(0 < share <= there[key] for key, share in drawn.items())
    assert (len(drawn) == 1) == (max(available) >= amount)
    if there[first] >= amount:
        assert list(drawn) == [first]
