"""Facts are recorded in few bytes and read again as they were."""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bank.risk import facts
from bank.rules import Kind, Number, Word


def values(kind: Kind) -> st.SearchStrategy[Any]:
    if isinstance(kind, Number):
        return st.integers(int(kind.low), int(kind.high))
    return st.sampled_from(sorted(kind.words)) if isinstance(kind, Word) else st.booleans()


flat = st.fixed_dictionaries({}, optional={path: values(kind) for path, kind in facts.KINDS.items()})
every = flat.map(facts.nested)


@given(every)
def test_recorded_facts_read_again_are_the_same(made: facts.Facts) -> None:
    recorded = facts.pack(made)

    assert facts.decode(facts.encode(recorded)) == recorded
    assert facts.unpack(recorded) == made


def test_a_number_that_is_negative_is_no_fact() -> None:
    with pytest.raises(ValueError, match="range"):
        facts.encode([facts.VERSION, -1])


@given(every)
def test_each_fact_is_of_its_type_once_read_again(made: facts.Facts) -> None:
    again = facts.unpack(facts.decode(facts.encode(facts.pack(made))))

    for path, kind, _ in facts.SCHEMA[facts.VERSION]:
        value: Any = again
        for name in path.split("."):
            value = value[name]
        assert type(value) is kind, path


@pytest.mark.parametrize("recorded", [[], [0], [1], [1, "payment"], [99] + [0] * 53])
def test_what_was_never_recorded_so_is_refused(recorded: list[Any]) -> None:
    with pytest.raises(ValueError, match="no recorded facts"):
        facts.unpack(recorded)


def test_a_usual_payments_facts_take_less_than_two_hundred_bytes() -> None:
    usual = {path: 1_234 if kind is int else kind() for path, kind, _ in facts.SCHEMA[facts.VERSION]}

    assert len(facts.encode(facts.pack(facts.nested(usual)))) < 200


@pytest.mark.parametrize(("currency", "counts_for"), [("CNY", 700), ("JPY", 5_000), ("KWD", 1_843), ("", 0)])
def test_facts_of_before_there_was_the_home_currency_s_amount_are_read_with_it(
    currency: str, counts_for: int
) -> None:
    """So rules of today are tried on what was recorded before."""
    made = facts.nested({"product": "payment", "amount": 700, "currency": currency, "amount_home": 9})
    of_before = [1, *facts.pack(made)[1:-1]]

    assert facts.decode(facts.encode(of_before)) == of_before
    assert facts.unpack(of_before) == made | {"amount_home": counts_for}
