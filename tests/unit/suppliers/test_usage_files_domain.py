"""Suppliers' files of use: read whatever wrote them, and compared whatever their order."""

import csv
import io
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.domain import usage_files
from suppliers.domain.usage_files import (
    MAX_LINES,
    FileRejected,
    Outcome,
    Used,
    compare,
    counts,
    read,
    results,
)

CODES = st.sampled_from(["A1", "A2", "B-3", "C_4", "D5"])
LINES = st.lists(st.tuples(CODES, st.integers(0, 1000)), max_size=30)


def file(lines: list[tuple[str, int]], header: str = "code,amount") -> bytes:
    return "\n".join([header, *(f"{code},{amount}" for code, amount in lines)]).encode()


@given(LINES, st.randoms(use_true_random=False))
def test_order_and_a_second_import_change_nothing(lines: list[tuple[str, int]], random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert read(file(lines)).uses == read(file(shuffled)).uses == read(file(lines)).uses


@given(LINES, LINES)
def test_each_code_of_either_side_has_one_outcome(
    ours: list[tuple[str, int]], theirs: list[tuple[str, int]]
) -> None:
    mine, others = read(file(ours)).uses, read(file(theirs)).uses
    found = compare(mine, others)

    assert [each.code for each in found] == sorted({code for code, _ in [*ours, *theirs]})
    assert sum(counts(found).values()) == len(found)
    for each in found:
        same = Counter(each.code == code for code, _ in ours)[True] == each.ours.count
        assert same
        assert (each.outcome is Outcome.MATCHED) == (each.ours == each.theirs)
    assert all(each.outcome is Outcome.MATCHED for each in compare(mine, mine))
    assert list(csv.DictReader(io.StringIO(results(found))))[:0] == []
    assert len(results(found).splitlines()) == len(found) + 1


def test_each_kind_of_difference_has_its_outcome() -> None:
    ours = {"A": Used(1, 100), "B": Used(1, 100), "C": Used(2, 200), "E": Used(1, 100)}
    theirs = {"A": Used(1, 100), "B": Used(1, 90), "C": Used(1, 100), "D": Used(1, 100)}

    assert {each.code: each.outcome.value for each in compare(ours, theirs)} == {
        "A": "matched",
        "B": "amount_differs",
        "C": "amount_differs",
        "D": "theirs_only",
        "E": "ours_only",
    }


@pytest.mark.parametrize(
    "content",
    [
        "code,amount\r\nA1,100\r\n",
        "\ufeffcode,amount\nA1,100",
        'code,amount,,\n"A1"," 100 ",,\n,,,\n',
        "\n\ncode,amount\n\nA1,100\n\n",
    ],
)
def test_whatever_a_spreadsheet_writes_is_read(content: str) -> None:
    assert read(content.encode()).uses == {"A1": Used(1, 100)}
    assert read(content.replace("\ufeff", "").encode("gb18030")).uses == {"A1": Used(1, 100)}


@pytest.mark.parametrize(
    "line",
    [
        "=1+1,100",
        "+A1,100",
        "@A1,100",
        "-A1,100",
        "A1,=100",
        "A1,-100",
        "A1,1.5",
        "A1,\u0661",
        "A1,1e3",
        "A1,",
        "A1",
        "A1,100,x",
        "A1,10000000000000000000",
        "\u4f18\u60e0,100",
        "A 1,100",
        f"{'A' * 65},100",
    ],
)
def test_a_line_that_cannot_be_read_is_named_by_its_number_and_costs_no_other(line: str) -> None:
    found = read(f"code,amount\nB1,1\n{line}\nB2,2".encode())

    assert found.unreadable == (2,)
    assert set(found.uses) == {"B1", "B2"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "wrong_header"),
        (b"A1,100", "wrong_header"),
        (b"amount,code\n", "wrong_header"),
        (b"PK\x03\x04\xff\xff\xff", "not_csv"),
        (b'code,amount\n"A1,100', "not_csv"),
        (b"code,amount\n" + b"=1,1\n" * 101, "unreadable_lines"),
        (b"x" * (usage_files.MAX_BYTES + 1), "file_too_large"),
    ],
)
def test_a_file_that_is_none_is_rejected_with_its_code(content: bytes, code: str) -> None:
    with pytest.raises(FileRejected) as rejected:
        read(content)
    assert rejected.value.code == code


def test_as_many_lines_as_may_be_are_read_and_no_more() -> None:
    whole = b"code,amount\n" + b"".join(b"C%d,1\n" % number for number in range(MAX_LINES))

    assert len(read(whole).uses) == MAX_LINES
    with pytest.raises(FileRejected) as rejected:
        read(whole + b"D1,1\n")
    assert rejected.value.code == "too_many_lines"
