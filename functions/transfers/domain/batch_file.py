"""The uploaded CSV: which one it must be, what it must look like, and what each of its lines asks for."""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bank import ids
from bank.money import MAX_AMOUNT
from bank.text import trimmed, unseen
from transfers.domain.transfer import Instruction

COLUMNS = ("to_account_id", "amount", "currency", "reference")
MAX_LINES = 10_000
# Results repeat the file and go out as JSON through one Lambda answer of 6 MB, so it is measured as JSON.
MAX_FILE_BYTES = 4 * 1024 * 1024
# So many lines are paid in a row: about a second of work, and the keys of all fit in one batch read.
CHUNK_LINES = 25
MAX_REFERENCE = 128
# One character more than a good cell may have: a longer cell stays too long when it is cut.
KEPT = MAX_REFERENCE + 1

ACCOUNT_ID = re.compile(r"[A-Za-z0-9_\-.:]{1,64}")
CURRENCY = re.compile(r"[A-Z]{3}")
# A quoted cell, and the blanks beside it that csv does not take; what old programs end their files with.
QUOTED = re.compile(r'(\A|[,\r\n])[ \t]*("(?:[^"]|"")*+")[ \t]*(?=[,\r\n]|\Z)')
FILE_END = "\r\n\x1a"


class FileRejected(Exception):
    """Nothing of this file is paid; `code` and `detail` say why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Line:
    """A line of the file, numbered from 1 without the header. Its cells are trimmed, and cut at `KEPT`."""

    number: int
    cells: tuple[str, ...]

    @property
    def whole(self) -> tuple[str, str, str, str]:
        """Its four cells, empty where it has fewer."""
        first, second, third, fourth = (*self.cells, "", "", "", "")[:4]
        return first, second, third, fourth


@dataclass(frozen=True)
class Sender:
    """Payer of a batch's lines."""

    batch_id: str
    from_account_id: str
    client_id: str = ""


def read(content: bytes) -> list[Line]:
    """The lines of a file; those in which nothing shows are left out. Raises FileRejected."""
    if len(content) > MAX_FILE_BYTES:
        raise FileRejected("file_too_large", f"the file is larger than {MAX_FILE_BYTES} bytes")
    try:
        text = content.decode("utf-8-sig")
        rows = _rows(text)
    except UnicodeDecodeError:
        raise FileRejected("not_csv", "the file is not text in UTF-8") from None
    except csv.Error as error:
        raise FileRejected("not_csv", f"the file is not CSV: {error}") from None
    if len(json.dumps(text, ensure_ascii=False).encode()) > MAX_FILE_BYTES:
        raise FileRejected("file_too_large", f"the file is larger than {MAX_FILE_BYTES} bytes as JSON")
    if not rows or rows[0] != COLUMNS:
        raise FileRejected("wrong_header", f"the first line is not {','.join(COLUMNS)}")
    return [Line(number, cells) for number, cells in enumerate(rows[1:], start=1)]


def _rows(text: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    tidy = QUOTED.sub(r"\1\2", text.rstrip(FILE_END))
    for row in csv.reader(io.StringIO(tidy, newline=""), strict=True):
        cells = _cells(row)
        if any(cells):
            rows.append(cells)
        if len(rows) > MAX_LINES + 1:
            raise FileRejected("too_many_lines", f"the file has more than {MAX_LINES} lines")
    return rows


def _cells(row: Sequence[str]) -> tuple[str, ...]:
    """A row's cells, without the empty ones that spreadsheets put after the last column."""
    cells = [trimmed(cell)[:KEPT] for cell in row]
    while len(cells) > len(COLUMNS) and not cells[-1]:
        cells.pop()
    # A fifth cell is kept: it makes the line a bad one.
    return tuple(cells[: len(COLUMNS) + 1])


def check(lines: Sequence[Line], *, total_count: int, total_amount: int) -> None:
    """Raise FileRejected unless the lines agree with what was announced, in number and in sum.

    A line without a readable amount counts in the number alone.
    """
    if len(lines) != total_count:
        raise FileRejected("wrong_count", f"the file has {len(lines)} lines; {total_count} were announced")
    total = sum(amount_of(line.whole[1]) or 0 for line in lines)
    if total != total_amount:
        raise FileRejected("wrong_sum", f"the lines add up to {total}; {total_amount} was announced")


def amount_of(cell: str) -> int | None:
    """A positive whole number of minor units, or None."""
    if not (cell.isascii() and cell.isdigit()):
        return None
    amount = int(cell)
    return amount if 1 <= amount <= MAX_AMOUNT else None


def chunk(lines: Sequence[Line], number: int) -> Sequence[Line]:
    """The chunk `number`, from 1: consecutive lines. Raises ValueError where there is none."""
    if not 1 <= number <= chunk_count(len(lines)):
        raise ValueError(f"a file of {len(lines)} lines has no chunk {number}")
    return lines[(number - 1) * CHUNK_LINES : number * CHUNK_LINES]


def chunk_count(total_count: int) -> int:
    """Return the number of chunks for so many lines."""
    return -(-total_count // CHUNK_LINES)


def instruction_of(line: Line, sender: Sender) -> Instruction | None:
    """The transfer that a line asks for, or None where it cannot be read as one.

    Its id follows from the batch and the line's number alone: paying a line twice is impossible.
    """
    to_account_id, amount_cell, currency, reference = line.whole
    amount = amount_of(amount_cell)
    if (
        amount is None
        or len(line.cells) != len(COLUMNS)
        or not ACCOUNT_ID.fullmatch(to_account_id)
        or to_account_id == sender.from_account_id
        or not CURRENCY.fullmatch(currency)
        or not _is_reference(reference)
    ):
        return None
    return Instruction(
        transfer_id=ids.derived("trf", sender.batch_id, str(line.number)),
        from_account_id=sender.from_account_id,
        to_account_id=to_account_id,
        amount=amount,
        currency=currency,
        note=reference or None,
        request_digest=ids.digest(line.cells),
        client_id=sender.client_id,
        batch_id=sender.batch_id,
        line=line.number,
    )


def _is_reference(cell: str) -> bool:
    return len(cell) <= MAX_REFERENCE and unseen(cell) is None
