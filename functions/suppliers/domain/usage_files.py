"""Usage files of suppliers, compared with what the bank has. Pure.

CSV in UTF-8 or GB 18030 (as Excel in China writes it), headed `code,amount`: a line for each use, with the
code that the supplier saw and the amount in minor units that it counts for it. Lines are compared by code, so
that their order says nothing; the same code on several lines is so many uses.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bank.money import MAX_AMOUNT
from bank.text import trimmed

COLUMNS = ["code", "amount"]
MAX_LINES = 200_000
MAX_BYTES = 16 * 2**20
# Nothing that a spreadsheet takes for a formula.
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,63}")
MOST_UNREADABLE = 100
# Of an amount; Python refuses to read thousands.
DIGITS = 20


class Outcome(StrEnum):
    """Outcomes of a code."""

    MATCHED = "matched"
    OURS_ONLY = "ours_only"
    THEIRS_ONLY = "theirs_only"
    DIFFERS = "amount_differs"


class FileStatus(StrEnum):
    """States of a file. One that was rejected or compared is so again for the same file."""

    AWAITING_FILE = "awaiting_file"
    REJECTED = "rejected"
    COMPARED = "compared"


class FileRejected(Exception):
    """Nothing of this file is compared; `code` and `detail` say why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Used:
    """Uses of a code: how many, and what they come to in minor units."""

    count: int = 0
    amount: int = 0

    def __add__(self, other: "Used") -> "Used":
        return Used(self.count + other.count, self.amount + other.amount)


@dataclass(frozen=True)
class Read:
    """A file: its uses by code, how many lines it has, and the numbers of those that cannot be read."""

    uses: Mapping[str, Used]
    lines: int
    unreadable: tuple[int, ...]


@dataclass(frozen=True)
class Compared:
    """A code on both sides, and what came of it."""

    code: str
    outcome: Outcome
    ours: Used
    theirs: Used


def read(content: bytes) -> Read:
    """The uses in a file. Raises FileRejected, also where lines are unreadable beyond `MOST_UNREADABLE`."""
    if len(content) > MAX_BYTES:
        raise FileRejected("file_too_large", f"the file is larger than {MAX_BYTES} bytes")
    uses: dict[str, Used] = {}
    unreadable: list[int] = []
    lines = 0
    for lines, cells in enumerate(_rows(_text(content)), start=1):
        if lines > MAX_LINES:
            raise FileRejected("too_many_lines", f"the file has more than {MAX_LINES} lines")
        found = _use(cells)
        if found:
            uses[found[0]] = uses.get(found[0], Used()) + Used(1, found[1])
        elif len(unreadable) == MOST_UNREADABLE:
            raise FileRejected("unreadable_lines", f"more than {MOST_UNREADABLE} lines cannot be read")
        else:
            unreadable.append(lines)
    return Read(uses, lines, tuple(unreadable))


def compare(ours: Mapping[str, Used], theirs: Mapping[str, Used]) -> list[Compared]:
    """Each code of either side, once, in order."""
    return [
        _compared(code, ours.get(code, Used()), theirs.get(code, Used()))
        for code in sorted(ours.keys() | theirs.keys())
    ]


def counts(compared: Iterable[Compared]) -> dict[str, int]:
    """Count the codes that came to each outcome."""
    found = dict.fromkeys((outcome.value for outcome in Outcome), 0)
    for each in compared:
        found[each.outcome.value] += 1
    return found


def results(compared: Iterable[Compared]) -> str:
    """The outcome of each code as CSV. Codes are as `CODE` has them: none is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["code", "outcome", "our_count", "our_amount", "their_count", "their_amount"])
    for each in compared:
        sides = (each.ours.count, each.ours.amount, each.theirs.count, each.theirs.amount)
        writer.writerow([each.code, each.outcome.value, *sides])
    return text.getvalue()


def _compared(code: str, ours: Used, theirs: Used) -> Compared:
    if not theirs.count:
        outcome = Outcome.OURS_ONLY
    elif not ours.count:
        outcome = Outcome.THEIRS_ONLY
    else:
        outcome = Outcome.MATCHED if ours == theirs else Outcome.DIFFERS
    return Compared(code, outcome, ours, theirs)


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRejected("not_csv", "the file is text in neither UTF-8 nor GB 18030")


def _rows(text: str) -> Iterator[list[str]]:
    """Rows in which something shows, after the header, which has to be there."""
    rows = ([trimmed(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""), strict=True))
    shown = (row for row in rows if any(row))
    try:
        if _cells(next(shown, [])) != COLUMNS:
            raise FileRejected("wrong_header", f"the first line is not {','.join(COLUMNS)}")
        yield from map(_cells, shown)
    except csv.Error as error:
        raise FileRejected("not_csv", f"the file is not CSV: {error}") from None


def _cells(row: list[str]) -> list[str]:
    """The cells without the empty ones that spreadsheets put after the last column."""
    while len(row) > len(COLUMNS) and not row[-1]:
        row.pop()
    return row


def _use(cells: list[str]) -> tuple[str, int] | None:
    """The code and the amount of a line, or None where it cannot be read."""
    if len(cells) != len(COLUMNS) or not CODE.fullmatch(cells[0]):
        return None
    amount = cells[1]
    if not (amount.isascii() and amount.isdigit() and len(amount) <= DIGITS):
        return None
    return (cells[0], int(amount)) if int(amount) <= MAX_AMOUNT else None
