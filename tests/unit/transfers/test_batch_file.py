"""What a batch file must look like, and what its lines ask for: the rules alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.text import trimmed
from transfers.domain.batch_file import (
    CHUNK_LINES,
    MAX_FILE_BYTES,
    MAX_LINES,
    MAX_REFERENCE,
    FileRejected,
    Line,
    Sender,
    amount_of,
    check,
    chunk,
    chunk_count,
    instruction_of,
    read,
)

HEADER = "to_account_id,amount,currency,reference\n"
SENDER = Sender("bat_1", "wal_sender")
GOOD = ("wal_bob", "5", "USD", "rent")


def reason(content: bytes) -> str:
    with pytest.raises(FileRejected) as rejected:
        read(content)
    return rejected.value.code


def test_a_byte_order_mark_crlf_quotes_and_blank_lines_are_read() -> None:
    text = 'to_account_id,amount,currency,reference\r\nwal_bob,5,USD,"rent, May"\r\n\r\nwal_eve, 6 ,USD,\r\n'

    lines = read(b"\xef\xbb\xbf" + text.encode())

    assert lines == [
        Line(1, ("wal_bob", "5", "USD", "rent, May")),
        Line(2, ("wal_eve", "6", "USD", "")),
    ]


PLAIN = [Line(1, GOOD), Line(2, ("wal_eve", "6", "USD", ""))]


@pytest.mark.parametrize(
    "text",
    [
        # Rows that spreadsheets leave: separators, blanks, a tab.
        HEADER + "wal_bob,5,USD,rent\n,,,\nwal_eve,6,USD,\n , ,\t,\n\t\n   \n,,,,,,,\n\u3000\n",
        ",,,\n" + HEADER + "wal_bob,5,USD,rent\nwal_eve,6,USD,\n",
        # The end of a file as CP/M and DOS wrote it.
        HEADER + "wal_bob,5,USD,rent\nwal_eve,6,USD,\n\x1a",
        HEADER + "wal_bob,5,USD,rent\r\nwal_eve,6,USD,\x1a\r\n",
        # Columns that were deleted or never filled.
        "to_account_id,amount,currency,reference,\nwal_bob,5,USD,rent,\nwal_eve,6,USD,,\n",
        "to_account_id,amount,currency,reference,, ,\nwal_bob,5,USD,rent\nwal_eve,6,USD,, ,\t\n",
        # Blanks beside quotes.
        HEADER + 'wal_bob, 5 ,USD, "rent"\nwal_eve,"6" , "USD"\t,""',
        ' "to_account_id" ,"amount", currency,"reference" \r\n'
        ' "wal_bob" , "5","USD","rent"\r\nwal_eve,6,USD, ""\r\n',
        # What was copied from elsewhere.
        HEADER + "\ufeffwal_bob,5\u00a0,USD,rent\u200b\nwal_eve,6,\u3000USD,\u200b\n",
    ],
)
def test_what_spreadsheets_leave_is_no_fault_of_the_file(text: str) -> None:
    assert read(text.encode()) == PLAIN


CELLS = st.text("a\"' ,;\n\r\tü=", max_size=6)


@given(st.lists(st.lists(CELLS, min_size=4, max_size=4), max_size=4), st.sampled_from(["", " ", "\t "]))
def test_blanks_beside_quotes_change_no_cell(rows: list[list[str]], blank: str) -> None:
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in rows]
    text = HEADER + "\n".join(",".join(blank + cell + blank for cell in row) for row in quoted)

    expected = [tuple(trimmed(cell) for cell in row) for row in rows]
    assert [line.cells for line in read(text.encode())] == [cells for cells in expected if any(cells)]


@pytest.mark.parametrize("cell", ['"rent', '"re"nt', '"rent" x', '"re" "nt"'])
def test_a_quote_that_does_not_end_its_cell_makes_the_file_no_csv(cell: str) -> None:
    assert reason((HEADER + f"wal_bob,5,USD,{cell}\nwal_eve,6,USD,\n").encode()) == "not_csv"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "wrong_header"),
        (b"wal_bob,5,USD,rent\n", "wrong_header"),
        (b"amount,to_account_id,currency,reference\n", "wrong_header"),
        ("to_account_id,amount,currency,reference\nwal_böb".encode("latin-1"), "not_csv"),
        (HEADER.encode() + b'wal_bob,5,USD,"rent\n', "not_csv"),
        (HEADER.encode() + b"wal_bob,5,USD," + b"x" * 200_000, "not_csv"),
        (HEADER.encode() + b"x" * MAX_FILE_BYTES, "file_too_large"),
        (HEADER.encode() + b"\x01" * 100_000 + b"\n" + (b"\x01" * 100_000 + b"\n") * 8, "file_too_large"),
        (HEADER.encode() + b"wal_bob,5,USD,rent\n" * (MAX_LINES + 1), "too_many_lines"),
    ],
)
def test_what_is_no_batch_file_is_rejected_with_its_reason(content: bytes, code: str) -> None:
    assert reason(content) == code


def test_the_largest_batch_is_read() -> None:
    lines = read((HEADER + "wal_bob,5,USD,rent\n" * MAX_LINES).encode())

    assert len(lines) == MAX_LINES
    check(lines, total_count=MAX_LINES, total_amount=5 * MAX_LINES)


def test_unreadable_amounts_count_in_the_number_and_not_in_the_sum() -> None:
    amounts = ("5", "0", "-3", "1.5", "ten", "", "+7", "²", "9" * 20, "07")
    lines = [Line(number, ("wal_bob", amount, "USD", "")) for number, amount in enumerate(amounts, 1)]

    check(lines, total_count=10, total_amount=12)
    with pytest.raises(FileRejected, match="10 lines; 9") as count:
        check(lines, total_count=9, total_amount=12)
    with pytest.raises(FileRejected, match="add up to 12; 13") as total:
        check(lines, total_count=10, total_amount=13)
    assert (count.value.code, total.value.code) == ("wrong_count", "wrong_sum")


@pytest.mark.parametrize(
    "cells",
    [
        ("wal_bob", "5", "USD"),
        ("wal_bob", "5", "USD", "rent", "more"),
        ("", "5", "USD", "rent"),
        ("wal bob", "5", "USD", "rent"),
        ("wal_" + "b" * 61, "5", "USD", "rent"),
        ("wal_sender", "5", "USD", "rent"),
        ("wal_bob", "0", "USD", "rent"),
        ("wal_bob", "5", "usd", "rent"),
        ("wal_bob", "5", "", "rent"),
        ("wal_bob", "5", "USD", "re\nnt"),
        ("wal_bob", "5", "USD", "re\u202ent"),
        ("wal_bob", "5", "USD", "r" * (MAX_REFERENCE + 1)),
    ],
)
def test_a_line_that_is_no_transfer_asks_for_none(cells: tuple[str, ...]) -> None:
    assert instruction_of(Line(1, cells), SENDER) is None


def test_a_cell_that_is_too_long_is_cut_and_stays_too_long() -> None:
    (line,) = read((HEADER + "wal_bob,5,USD," + "r" * 5_000 + "\n").encode())

    assert len(line.cells[3]) == MAX_REFERENCE + 1
    assert instruction_of(line, SENDER) is None


def test_a_lines_transfer_id_follows_from_batch_and_line_alone() -> None:
    def transfer_id(line: Line, batch_id: str = "bat_1") -> str:
        instruction = instruction_of(line, Sender(batch_id, "wal_sender"))
        assert instruction is not None
        return instruction.transfer_id

    assert transfer_id(Line(1, GOOD)) == transfer_id(Line(1, ("wal_eve", "6", "USD", "")))
    assert transfer_id(Line(1, GOOD)) != transfer_id(Line(2, GOOD))
    assert transfer_id(Line(1, GOOD)) != transfer_id(Line(1, GOOD), "bat_2")


def test_an_amount_is_a_positive_whole_number_within_bounds() -> None:
    assert [amount_of(cell) for cell in ("1", "1000000000000", "1000000000001", "0")] == [
        1,
        1_000_000_000_000,
        None,
        None,
    ]


@pytest.mark.parametrize("count", [1, CHUNK_LINES - 1, CHUNK_LINES, CHUNK_LINES + 1, 10 * CHUNK_LINES])
def test_chunks_hold_every_line_once_in_order(count: int) -> None:
    lines = [Line(number, GOOD) for number in range(1, count + 1)]

    cut = [chunk(lines, number) for number in range(1, chunk_count(count) + 1)]

    assert [line for each in cut for line in each] == lines
    assert max(len(each) for each in cut) <= CHUNK_LINES
    for number in (0, chunk_count(count) + 1):
        with pytest.raises(ValueError, match="has no chunk"):
            chunk(lines, number)
