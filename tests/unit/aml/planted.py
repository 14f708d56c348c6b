"""A month of ordinary movements, and patterns planted among them."""

import itertools
import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bank import clock

START = datetime(2026, 1, 1, tzinfo=UTC)


class History:
    """Movements as the room keeps them, by a seeded generator."""

    def __init__(self, seed: int = 0) -> None:
        self.chance = random.Random(seed)
        self.lines: list[dict[str, Any]] = []

    def move(
        self, kind: str, sender: str, receiver: str, amount: int, at: datetime, *, cash: bool = False
    ) -> str:
        """One movement; its record id."""
        record_id = f"{kind[:3]}_{len(self.lines):06d}"
        self.lines.append(
            {
                "event_id": f"evt_{len(self.lines):06d}",
                "record_id": record_id,
                "moved_at": clock.instant(at),
                "day": clock.business_date(at).isoformat(),
                "kind": kind,
                "from_account": sender,
                "to_account": receiver,
                "amount": amount,
                "currency": "CNY",
                "cash": cash,
            }
        )
        return record_id

    def noise(self, *, accounts: int = 200, days: int = 30, daily: int = 150) -> None:
        """Salaries, rent, purchases, transfers among friends, cash now and then; amounts are log-normal."""
        names = [f"wal_{number:04d}" for number in range(accounts)]
        for day in range(days):
            for _ in range(daily):
                at = START + timedelta(days=day, seconds=self.chance.randrange(86_400))
                self._ordinary(names, at)

    def _ordinary(self, names: list[str], at: datetime) -> None:
        one, other = self.chance.sample(names, 2)
        amount = max(100, min(4_500_000, int(self.chance.lognormvariate(9.5, 1.4))))
        kind = self.chance.choices(("payment", "transfer", "deposit", "withdrawal"), (60, 25, 10, 5))[0]
        if kind == "payment":
            self.move(kind, one, f"stl_{self.chance.randrange(20):02d}", amount, at)
        elif kind == "transfer":
            self.move(kind, one, other, amount, at)
        else:
            cash = self.chance.random() < 0.5
            sender, receiver = ("", one) if kind == "deposit" else (one, "")
            self.move(kind, sender, receiver, min(amount, 2_000_000), at, cash=cash)

    def write(self, folder: Path) -> None:
        """As the files that a run reads."""
        for day in sorted({line["day"] for line in self.lines}):
            some = [line for line in self.lines if line["day"] == day]
            (folder / f"{day}.jsonl").write_text(lines(some))


def lines(some: Iterable[dict[str, Any]]) -> str:
    """JSON lines."""
    return "".join(json.dumps(line) + "\n" for line in some)


def structuring(history: History, account: str = "wal_str", day: int = 10) -> list[str]:
    """Six deposits of cash just under 50,000 CNY within three days."""
    return [
        history.move(
            "deposit",
            "",
            account,
            history.chance.randrange(4_200_000, 4_999_900),
            START + timedelta(days=day + number // 2, hours=3 + 2 * (number % 2)),
            cash=True,
        )
        for number in range(6)
    ]


def mule(history: History, account: str = "wal_mul", day: int = 12) -> list[str]:
    """Money of twelve senders goes on to six receivers within a day and a half."""
    at = START + timedelta(days=day)
    came = [
        history.move("transfer", f"wal_s{number:02d}", account, 400_000, at + timedelta(hours=number))
        for number in range(12)
    ]
    went = [
        history.move("transfer", account, f"wal_r{number:02d}", 780_000, at + timedelta(hours=20 + number))
        for number in range(6)
    ]
    return came + went


def dormant(history: History, account: str = "wal_dor", day: int = 20) -> list[str]:
    """An account that last moved 120 days before moves 35,000 CNY in two days."""
    at = START + timedelta(days=day)
    history.move("deposit", "", account, 10_000, at - timedelta(days=118))
    return [
        history.move("transfer", f"wal_d{number}", account, 500_000, at + timedelta(hours=6 * number))
        for number in range(7)
    ]


def round_trip(history: History, account: str = "wal_rnd", day: int = 15) -> list[str]:
    """30,000 CNY comes back over two others, a little less each time."""
    at = START + timedelta(days=day)
    stations = [account, "wal_rn2", "wal_rn3", account]
    return [
        history.move("transfer", one, other, 3_000_000 - 30_000 * hop, at + timedelta(days=hop))
        for hop, (one, other) in enumerate(itertools.pairwise(stations))
    ]


def large_cash(history: History, account: str = "wal_lrg", day: int = 8) -> list[str]:
    """60,000 CNY in cash on one day, in two parts."""
    at = START + timedelta(days=day, hours=2)
    return [
        history.move("deposit", "", account, 3_000_000, at + timedelta(hours=hour), cash=True)
        for hour in (0, 3)
    ]


def large_transfer(history: History, account: str = "wal_lrt", day: int = 9) -> list[str]:
    """600,000 CNY out in one transfer."""
    return [history.move("transfer", account, "wal_x", 60_000_000, START + timedelta(days=day))]


PLANTED = {
    "structuring": structuring,
    "fan_in_fan_out": mule,
    "dormant_burst": dormant,
    "round_trip": round_trip,
    "large_cash": large_cash,
    "large_transfer": large_transfer,
}
