"""The purchases to replay: the CDNOW sample (infra/data/cdnow/README.md)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

SAMPLE = Path(__file__).resolve().parent.parent / "data" / "cdnow" / "CDNOW_sample.txt"
CURRENCY = "USD"
# Deposits are round sums: of ten dollars.
ROUND = 1_000


@dataclass(frozen=True)
class Purchase:
    """A line of the file. `cents` is what was paid for `discs` CDs."""

    line: int
    customer: str
    date: str
    discs: int
    cents: int


def read(path: Path = SAMPLE) -> list[Purchase]:
    """Every purchase, in order of date."""
    lines = enumerate(path.read_text().splitlines(), start=1)
    return sorted(
        (_purchase(number, line) for number, line in lines), key=lambda each: (each.date, each.line)
    )


def _purchase(number: int, line: str) -> Purchase:
    _, customer, date, discs, dollars = line.split()
    return Purchase(number, f"own_{customer}", date, int(discs), int(Decimal(dollars) * 100))


def deposits(purchases: Iterable[Purchase]) -> dict[str, int]:
    """Return each customer's deposit for all of its purchases, in cents."""
    spent: defaultdict[str, int] = defaultdict(int)
    for purchase in purchases:
        spent[purchase.customer] += purchase.cents
    return {customer: -(-cents // ROUND) * ROUND for customer, cents in spent.items()}
