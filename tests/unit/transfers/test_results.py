"""Results as CSV that a spreadsheet opens as what it is."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfers.domain.batch_file import Line
from transfers.domain.results import invalid, render

FORMULAS = [
    "=1+1",
    "+49",
    "-5",
    "@SUM(A1)",
    "\uff1d1+1",
    "\uff0b49",
    "\uff0d5",
    "\uff20SUM",
    "\ufe661",
    "\t=1",
    "\r=1",
]


def shown(*cells: str) -> list[str]:
    """The cells of a line as a program reads them in the results."""
    text = render([invalid(Line(1, cells))])
    return list(csv.reader(io.StringIO(text, newline="")))[1][1:5]


@pytest.mark.parametrize("before", ["", "\u200b", "\ufeff", " ", "\u3000", "\u202e", "\u200d\ufeff "])
@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_read_as_a_formula_whatever_stands_unseen_before_it(before: str, formula: str) -> None:
    cell = before + formula

    assert shown(cell, cell, cell, cell) == [f"'{cell}"] * 4


@given(st.lists(st.text(max_size=5), min_size=4, max_size=4))
def test_what_stood_in_the_file_is_repeated_with_an_apostrophe_at_most(cells: list[str]) -> None:
    found = shown(*cells)

    assert all(out in (cell, f"'{cell}") for cell, out in zip(cells, found, strict=True))
