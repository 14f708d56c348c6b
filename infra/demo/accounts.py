"""Result of the demo, compared with the expected one."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.channel import Channel
from infra.demo.purchases import CURRENCY
from infra.demo.replay import Paid
from infra.demo.seed import MERCHANTS, MUSIC, Unexpected
from infra.environment import Environment

DRAIN_SECONDS = 120.0
PAYOUTS_PAGE = 100


@dataclass(frozen=True)
class Sums:
    """The run in cents, as the API answered it."""

    paid: Sequence[dict[str, Any]]
    declined: int
    repeated: int
    repeated_without_effect: int

    @property
    def amount(self) -> int:
        """Sum that customers paid."""
        return sum(payment["amount"] for payment in self.paid)

    @property
    def fees(self) -> int:
        """The bank's part of it."""
        return sum(payment["fee"] for payment in self.paid)

    @property
    def net(self) -> int:
        """The merchant's part of it."""
        return self.amount - self.fees

    @classmethod
    def of(cls, replayed: Sequence[Paid]) -> "Sums":
        """The sums of a replay."""
        payments = [each.answer.json for each in replayed]
        again = [each for each in replayed if each.again]
        return cls(
            paid=[payment for payment in payments if payment["status"] == "succeeded"],
            declined=sum(payment["status"] == "declined" for payment in payments),
            repeated=len(again),
            repeated_without_effect=sum(each.again is not None and _same(each) for each in again),
        )


def _same(paid: Paid) -> bool:
    """Return whether the second sending was answered as a replay, with the very same payment."""
    again = paid.again
    return again is not None and again.replayed and again.json == paid.answer.json


def expected_fees(replayed: Sequence[Paid]) -> int:
    """The fees worked out here, from the file: basis points rounded half up, line by line."""
    rate = MERCHANTS[MUSIC]["fee"]["basis_points"]
    return sum((each.purchase.cents * rate + 5_000) // 10_000 for each in replayed)


@dataclass(frozen=True)
class Standing:
    """Standing of a merchant, in cents: balance, and payouts before."""

    balance: int
    paid_out: int

    @property
    def earned(self) -> int:
        """Sum that it has ever received."""
        return self.balance + self.paid_out


def standing(channel: Channel, merchant_id: str) -> Standing:
    """Return a merchant's standing now."""
    accounts = channel.get("/accounts", {"owner_id": merchant_id}).json["items"]
    payouts = channel.get(f"/merchants/{merchant_id}/payouts", {"limit": PAYOUTS_PAGE}).json["items"]
    return Standing(
        balance=sum(account["balance"] for account in accounts if account["currency"] == CURRENCY),
        paid_out=sum(payout["amount"] for payout in payouts if payout["currency"] == CURRENCY),
    )


def drained(channel: Channel, merchant_id: str, expected: int) -> Standing:
    """Wait until all that is due is booked, or that has taken too long; the standing then."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while (now := standing(channel, merchant_id)).earned != expected and time.monotonic() < deadline:
        time.sleep(0.5)
    return now


def trial_balance(stage: Environment) -> dict[str, int]:
    """The sum of all balances of each currency, now, once everything that is deferred is booked."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while any((sums := _sums(stage)).values()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return sums


def _sums(stage: Environment) -> dict[str, int]:
    pages = stage.aws("dynamodb").get_paginator("scan")
    sums: defaultdict[str, int] = defaultdict(int)
    for page in pages.paginate(TableName=stage.tables["ledger-accounts"], ConsistentRead=True):
        for row in page["Items"]:
            sums[row["currency"]["S"]] += int(row["balance"]["N"])
    return dict(sums)


def verified(stage: Environment) -> dict[str, Any]:
    """The report of a verification of the whole ledger, run now; of what was booked up to a minute ago."""
    report: dict[str, Any] = stage.invoke("accounts-on-verification")
    if not isinstance(report, dict):
        raise Unexpected(f"the verification answered {report!r}")
    return report
