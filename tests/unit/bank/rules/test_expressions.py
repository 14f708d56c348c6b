"""Expressions: what is taken never fails and says what it says, for all facts; whatever can fail is refused.

The reference is Python: each expression is drawn in two languages, that of the models and Python's own, which
is evaluated exactly (fractions), strictly (a word is no number) and with errors where zen passes over them.
"""

import itertools
import re
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from bank import rules
from bank.money import MAX_AMOUNT
from bank.risk import facts, rule_sets
from bank.risk.verdict import MODEL
from tests.support.risk import model

OVERFLOW = 2**96 - 1
Both = tuple[str, str]


class Unsure(Exception):
    """Two numbers are so near that rounding decides."""


class Exact:
    """A number that is computed exactly and mixes with nothing else."""

    def __init__(self, value: Any) -> None:
        self.value = Fraction(value)
        if abs(self.value) > OVERFLOW:
            raise OverflowError

    def __add__(self, other: "Exact") -> "Exact":
        return Exact(self.value + _number(other))

    def __sub__(self, other: "Exact") -> "Exact":
        return Exact(self.value - _number(other))

    def __mul__(self, other: "Exact") -> "Exact":
        return Exact(self.value * _number(other))

    def __truediv__(self, other: "Exact") -> "Exact":
        return Exact(self.value / _number(other))

    def __mod__(self, other: "Exact") -> "Exact":
        ratio = self.value / _number(other)
        return self - Exact(int(_sure(ratio))) * other

    def __neg__(self) -> "Exact":
        return Exact(-self.value)

    def __bool__(self) -> bool:
        raise TypeError("a number is no condition")

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self._against(other) == 0

    def __lt__(self, other: object) -> bool:
        return self._against(other) < 0

    def __le__(self, other: object) -> bool:
        return self._against(other) <= 0

    def __gt__(self, other: object) -> bool:
        return self._against(other) > 0

    def __ge__(self, other: object) -> bool:
        return self._against(other) >= 0

    def _against(self, other: object) -> Fraction:
        apart = self.value - _number(other)
        if 0 < abs(apart) < abs(self.value) / 10**20 + Fraction(1, 10**20):
            raise Unsure
        whole = self.value.denominator == 1
        if apart == 0 and not whole:
            raise Unsure
        return apart


class Strict(str):
    """A word that is compared with words alone."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __bool__(self) -> bool:
        raise TypeError("a word is no condition")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            raise TypeError("a word is compared with words")
        return str(self) == str(other)


def _number(value: object) -> Fraction:
    if not isinstance(value, Exact):
        raise TypeError("not a number")
    return value.value


def _sure(value: Fraction) -> Fraction:
    if 0 < abs(value - round(value)) < Fraction(1, 10**15):
        raise Unsure
    return value


def _floor(value: Exact) -> Exact:
    return Exact(_sure(_number(value)) // 1)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not a condition")
    return value


PYTHON = {
    "E": Exact,
    "S": Strict,
    "T": _truth,
    "floor": _floor,
    "ceil": lambda value: -_floor(-value),
    "abs": lambda value: Exact(abs(_number(value))),
    "largest": lambda *values: Exact(max(map(_number, values))),
    "least": lambda *values: Exact(min(map(_number, values))),
}

STRICT: dict[type, Any] = {int: Exact, str: Strict, bool: _truth}
NUMBERS = ["amount", "customer.count_1h", "customer.mean_30d", "customer.sum_30d", "hour"]
TRUTHS = ["night", "device.new", "customer.given"]
WORDS = ["currency", "lists.payee"]


def same(text: str) -> Both:
    return text, text


def combined(pattern: str, *parts: Both, python: str = "") -> Both:
    ours, reference = zip(*parts, strict=True)
    return pattern.format(*ours), (python or pattern).format(*reference)


literals = st.sampled_from(
    ["0", "1", "2", "5", "24", "1000", "100000000000", "0.5", "0.000001", "999999999999999999"]
)
numbers = (st.sampled_from(NUMBERS).map(same)) | literals.map(lambda text: (text, f'E("{text}")'))
words = st.sampled_from(WORDS).map(same) | st.sampled_from(["CNY", "USD", "block", ""]).map(
    lambda text: (f'"{text}"', f'S("{text}")')
)
truths = st.sampled_from(TRUTHS).map(same) | st.sampled_from([("true", "True"), ("false", "False")])
# Now and then a part of another kind than the place is for.
slips = st.one_of(words, truths, numbers)


def _sums(parts: st.SearchStrategy[Both]) -> st.SearchStrategy[Both]:
    signs = st.sampled_from([" + ", " - ", " * ", " / ", " % ", "*", "/"])
    chain = st.tuples(parts, signs, parts, signs, parts).map(
        lambda drawn: combined(f"{{}}{drawn[1]}{{}}{drawn[3]}{{}}", drawn[0], drawn[2], drawn[4])
    )
    return st.one_of(
        chain,
        chain.map(lambda one: combined("({})", one)),
        st.tuples(parts, signs, parts).map(lambda drawn: combined(f"{{}}{drawn[1]}{{}}", drawn[0], drawn[2])),
        parts.map(lambda one: combined("-({})", one)),
        parts.map(lambda one: combined("abs({})", one)),
        parts.map(lambda one: combined("floor({})", one)),
        parts.map(lambda one: combined("ceil({})", one)),
        st.tuples(parts, parts).map(lambda both: combined("max([{}, {}])", *both, python="largest({}, {})")),
        st.tuples(parts, parts).map(lambda both: combined("min([{}, {}])", *both, python="least({}, {})")),
        st.tuples(leaves, parts, parts).map(
            lambda three: combined("({} ? {} : {})", *three, python="({1} if T({0}) else {2})")
        ),
    )


def _compared(parts: st.SearchStrategy[Both]) -> st.SearchStrategy[Both]:
    signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    return st.tuples(parts, signs, parts).map(
        lambda drawn: combined(f"{{}} {drawn[1]} {{}}", drawn[0], drawn[2])
    )


leaves = st.one_of(
    truths,
    _compared(numbers).map(lambda one: combined("({})", one)),
    _compared(words).map(lambda one: combined("({})", one)),
)
sums = st.recursive(st.one_of(numbers, numbers, numbers, numbers, slips), _sums, max_leaves=6)
inside = st.tuples(st.sampled_from(NUMBERS), st.integers(0, 9), st.integers(0, 30)).map(
    lambda drawn: ("{} in [{}..{})".format(*drawn), "(E({1}) <= {0} < E({2}))".format(*drawn))
)
among = st.sampled_from(WORDS).map(
    lambda name: (f'{name} not in ["USD", "block", ""]', f'({name} not in (S("USD"), S("block"), S("")))')
)


def _joined(parts: st.SearchStrategy[Both]) -> st.SearchStrategy[Both]:
    return st.one_of(
        st.tuples(parts, parts).map(lambda both: combined("{} and {}", *both)),
        st.tuples(parts, parts).map(lambda both: combined("{} or {}", *both)),
        st.tuples(parts, parts, parts).map(lambda each: combined("{} or {} and {}", *each)),
        parts.map(lambda one: combined("not ({})", one, python="(not ({}))")),
        parts.map(lambda one: combined("({})", one)),
    )


conditions = st.recursive(
    st.one_of(_compared(sums), _compared(sums), _compared(slips), truths, inside, among),
    _joined,
    max_leaves=5,
)
counts = st.sampled_from([0, 1, 2, 3, 5, 24, 1000])
known = st.fixed_dictionaries(
    {
        "amount": st.sampled_from([1, 5 * 10**9, MAX_AMOUNT]) | st.integers(1, MAX_AMOUNT),
        "hour": st.integers(0, 23),
        "currency": st.sampled_from(["CNY", "USD"]),
        "lists.payee": st.sampled_from(["", "block"]),
        "customer.count_1h": counts,
        "customer.mean_30d": counts | st.just(10**18),
        "customer.sum_30d": counts | st.just(10**18),
        **{name: st.booleans() for name in TRUTHS},
    }
)


def fires(text: str, flat: dict[str, Any], shape: str) -> bool | None:
    """What the model says, the condition in a cell or in an expression; None where it is refused."""
    content = model((text, "decline", "fired"))
    if shape == "expression":
        node = {"expressions": [{"key": "held", "value": f"{text} ? 1 : 0"}], "passThrough": True}
        content = model(("held == 1", "decline", "fired"))
        content["nodes"].append({"id": "held", "type": "expressionNode", "content": node})
        content["edges"][0]["targetId"] = "held"
        content["edges"].append({"sourceId": "held", "targetId": "rules"})
    if rule_sets.faults(content):
        return None
    rules.forget()
    return bool(rules.evaluate(rules.compiled("rls_1", content, MODEL), facts.nested(flat)))


def expected(python: str, flat: dict[str, Any]) -> bool:
    """What Python says. Raises what zen would pass over."""
    names: dict[str, Any] = {}
    for path, value in flat.items():
        group, _, name = path.rpartition(".")
        strict = STRICT[type(value)](value)
        if group:
            setattr(names.setdefault(group, SimpleNamespace()), name, strict)
        else:
            names[name] = strict
    return _truth(eval(python, {**PYTHON, **names}))


@settings(max_examples=300)
@given(conditions, known, st.sampled_from(["cell", "expression"]))
def test_what_is_taken_says_what_the_reference_says_and_never_fails(
    both: Both, flat: dict[str, Any], shape: str
) -> None:
    text, python = both
    assume(len(text) < 300)
    found = fires(text, flat, shape)
    event(f"taken: {found is not None}")
    if found is None:
        return
    try:
        assert expected(python, flat) is found
    except Unsure:
        event("unsure")


EXTREMES: list[dict[str, Any]] = [
    {**dict.fromkeys(NUMBERS, 0), "currency": "CNY", "lists.payee": "", **dict.fromkeys(TRUTHS, False)},
    {
        **{name: int(kind.high) for name, kind in facts.KINDS.items() if isinstance(kind, rules.Number)},
        "currency": "USD",
        "lists.payee": "block",
        **dict.fromkeys(TRUTHS, True),
    },
]
PLACES = [*NUMBERS, "night", "currency", "2", '"CNY"']


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "%", "==", "<", "and"])
def test_of_any_two_parts_and_their_squares_none_fails_at_the_ends_of_what_there_is(sign: str) -> None:
    """What a draw may miss: each pair, where what is divided by is 0 and where everything is at its most."""
    wrong = []
    for left, right in itertools.product(PLACES, repeat=2):
        text = (
            f"{left} {sign} {right}" if sign in ("==", "<", "and") else f"{left} {sign} {right} * {right} > 5"
        )
        python = re.sub(r"(?<![\w.])(\d+)", r'E("\1")', text).replace('"CNY"', 'S("CNY")')
        for flat in EXTREMES:
            found = fires(text, flat, "cell")
            if found is not None and found is not _said(python, flat):
                wrong.append(text)
    assert wrong == []


def _said(python: str, flat: dict[str, Any]) -> bool | None:
    try:
        return expected(python, flat)
    except (ArithmeticError, TypeError):
        return None


@pytest.mark.parametrize(
    "text",
    [
        "hour > 23",
        "customer.level == 4",
        "amount < 0",
        "-amount > 0",
        "amount in [-5..-1]",
        "hour in (5..5)",
        "hour in (23..24)",
        "hour in [1, 24]",
        "hour > 5 and hour < 3",
        "hour == 5 and hour != 5",
        "amount > 9 ? amount > 1 : amount > 10",
    ],
)
def test_a_comparison_of_numbers_that_never_holds_is_refused(text: str) -> None:
    assert rule_sets.faults(model((text, "decline", "never")))


@pytest.mark.parametrize(
    "text",
    [
        "hour >= 23",
        "customer.level == 3",
        "amount <= 0",
        "hour in [5..5]",
        "hour in [23..24]",
        "hour > 5 and hour < 7",
        "hour < 6 or hour < 8",
        f"amount >= {MAX_AMOUNT}",
    ],
)
def test_a_comparison_that_holds_of_one_number_is_taken(text: str) -> None:
    assert rule_sets.faults(model((text, "decline", "once"))) == []
