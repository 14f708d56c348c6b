"""Results of a batch's lines, summed up and as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from bank.text import trimmed
from transfers.domain.batch_file import COLUMNS, Line, amount_of
from transfers.domain.transfer import MISTAKES, Status

HEADER = ("line", *COLUMNS, "outcome", "code", "transfer_id")
INVALID_LINE = "invalid_line"
# What makes a spreadsheet take a cell for a formula (OWASP, "CSV injection"), of any width.
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b")


class Outcome(StrEnum):
    """Paid; declined by the state of the accounts; or rejected, since the line itself is wrong."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    REJECTED = "rejected"


@dataclass(frozen=True)
class LineResult:
    """A line with its outcome. `code` says why it was not paid."""

    line: Line
    outcome: Outcome
    code: str | None
    transfer_id: str | None

    def stored(self) -> list[Any]:
        """As it is kept in its chunk's row."""
        return [self.line.number, list(self.line.cells), self.outcome.value, self.code, self.transfer_id]

    @classmethod
    def of_stored(cls, values: Sequence[Any]) -> "LineResult":
        """The inverse."""
        number, cells, outcome, code, transfer_id = values
        return cls(Line(number, tuple(cells)), Outcome(outcome), code, transfer_id)


def invalid(line: Line) -> LineResult:
    """The result of a line that cannot be read as a transfer."""
    return LineResult(line, Outcome.REJECTED, INVALID_LINE, None)


def of_transfer(line: Line, *, transfer_id: str, status: Status, code: str | None) -> LineResult:
    """The result of a line that became a transfer, paid or not."""
    if status is Status.SUCCEEDED:
        return LineResult(line, Outcome.SUCCEEDED, None, transfer_id)
    outcome = Outcome.REJECTED if code in MISTAKES else Outcome.DECLINED
    return LineResult(line, outcome, code, transfer_id)


@dataclass(frozen=True)
class BatchTotals:
    """Lines by outcome, and the amount paid in minor units."""

    succeeded: int = 0
    declined: int = 0
    rejected: int = 0
    succeeded_amount: int = 0

    def __add__(self, other: "BatchTotals") -> "BatchTotals":
        return BatchTotals(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))

    @property
    def lines(self) -> int:
        """Lines that have an outcome."""
        return self.succeeded + self.declined + self.rejected


def totals_of(results: Iterable[LineResult]) -> BatchTotals:
    """The sum of results."""
    total = BatchTotals()
    for result in results:
        paid = (amount_of(result.line.whole[1]) or 0) if result.outcome is Outcome.SUCCEEDED else 0
        total += BatchTotals(**{result.outcome.value: 1}, succeeded_amount=paid)
    return total


def render(results: Iterable[LineResult]) -> str:
    """The results as CSV (RFC 4180): a line for each line of the file, in its order."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for result in results:
        given = (_harmless(cell) for cell in result.line.whole)
        writer.writerow(
            [result.line.number, *given, result.outcome.value, result.code or "", result.transfer_id or ""]
        )
    return text.getvalue()


def _harmless(cell: str) -> str:
    """Return a value of the file that no spreadsheet reads as a formula."""
    return f"'{cell}" if cell.startswith(("\t", "\r")) or trimmed(cell).startswith(FORMULA) else cell
