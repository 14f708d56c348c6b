"""Dataclasses that are compiled when they are first needed, and behave like the standard library's."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from bank.dataclasses import dataclass


def declared() -> Any:
    """A class of which nothing has been made yet."""

    @dataclass(frozen=True)
    class Coin:
        minor: int
        currency: str = "CNY"
        marks: list[str] = dataclasses.field(default_factory=list, compare=False)

    return Coin


def test_nothing_is_compiled_before_it_is_needed() -> None:
    coin = declared()

    assert "__eq__" not in vars(coin)
    coin(1)
    assert "__eq__" in vars(coin)


def test_instances_are_those_of_the_standard_library() -> None:
    coin = declared()
    made = coin(5, marks=["worn"])

    assert made == coin(minor=5) != coin(6)
    assert hash(made) == hash(coin(5))
    assert repr(made).endswith("Coin(minor=5, currency='CNY', marks=['worn'])")
    assert dataclasses.replace(made, minor=7) == coin(7)
    assert dataclasses.asdict(made) == {"minor": 5, "currency": "CNY", "marks": ["worn"]}
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.minor = 9
    with pytest.raises(TypeError, match="minor"):
        coin()


@pytest.mark.parametrize(
    "asked", [dataclasses.fields, dataclasses.is_dataclass, lambda coin: coin.__dataclass_fields__]
)
def test_a_class_without_instances_answers_what_is_asked_of_it(asked: Callable[[Any], Any]) -> None:
    assert asked(declared())


def test_a_class_inherits_the_fields_of_one_that_was_never_made() -> None:
    @dataclass(frozen=True)
    class Note(declared()):  # type: ignore[misc]
        number: str = ""

    assert [field.name for field in dataclasses.fields(Note)] == ["minor", "currency", "marks", "number"]
    assert Note(1, number="A7").currency == "CNY"


def test_it_needs_no_parentheses_and_takes_the_options() -> None:
    @dataclass
    class Loose:
        value: int

    @dataclass(frozen=True, order=True)
    class Ordered:
        value: int

    loose = Loose(1)
    loose.value = 2
    assert loose == Loose(2)
    assert Ordered(1) < Ordered(2)
