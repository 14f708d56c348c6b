"""The labelled month, as payments to be judged."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from bank.clock import SHANGHAI

FILE = Path(__file__).parents[2] / "tests" / "data" / "fraud" / "transactions_2018-04.csv.gz"
# The first half is to tune by, the second to report. The first days have no history to go by.
START = datetime(2018, 4, 1, tzinfo=SHANGHAI)
HALF = START + timedelta(days=15)
END = START + timedelta(days=30)
WARM = START + timedelta(days=5)
SCENARIOS = {1: "large amount", 2: "compromised terminal", 3: "compromised customer"}


@dataclass(frozen=True)
class Payment:
    """A card transaction. `amount` in minor units; `scenario` 0 is a good one."""

    number: int
    at: datetime
    customer: str
    merchant: str
    amount: int
    scenario: int

    @property
    def fraud(self) -> bool:
        """Return whether it is a fraud."""
        return self.scenario > 0


def payments() -> Iterator[Payment]:
    """All of them in order of time. Times in the file have no zone: they are taken as Shanghai's."""
    with gzip.open(FILE, "rt", newline="") as file:
        for row in csv.DictReader(file):
            yield Payment(
                number=int(row["TRANSACTION_ID"]),
                at=START + timedelta(seconds=int(row["TX_TIME_SECONDS"])),
                customer=f"cus_{row['CUSTOMER_ID']}",
                merchant=f"mer_{row['TERMINAL_ID']}",
                amount=int(Decimal(row["TX_AMOUNT"]) * 100),
                scenario=int(row["TX_FRAUD_SCENARIO"]),
            )
