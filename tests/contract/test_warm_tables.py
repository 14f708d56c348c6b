"""Tables carry 5,000 payments a second from their first minute (docs/operations.md)."""

from typing import Any

import pytest

from tests.support import cloudformation

PEAK = 5_000
# What a new table carries, and what an account's quotas let one have.
COLD = (12_000, 4_000)
QUOTA = 40_000
# Read and write units of each table for a payment, before and after its answer, one in twenty refunded:
# `python -m bench capacity` shows them.
UNITS = {
    "audit-chain": (0.1, 0.4),
    "ledger-accounts": (3.2, 4.3),
    "ledger-entries": (0.1, 4.3),
    "ledger-journals": (0.1, 2.1),
    "payment-index": (0, 1.1),
    "payments": (1.1, 2.2),
    "risk-profiles": (5.1, 2.1),
    "risk-rules": (1.1, 0),
}


def tables() -> dict[str, dict[str, Any]]:
    """Properties of every table, by its name without the stage's prefix."""
    found = cloudformation.resources("AWS::DynamoDB::Table").values()
    return {cloudformation.text(each["TableName"]).removeprefix("perkbank-${Stage}-"): each for each in found}


@pytest.mark.parametrize("table", UNITS)
def test_a_table_that_payments_use_is_warm_for_the_peak(table: str) -> None:
    reads, writes = (PEAK * each for each in UNITS[table])
    warm = tables()[table].get("WarmThroughput", {"Fn::If": ("", "", {})})["Fn::If"][2]

    assert reads <= warm.get("ReadUnitsPerSecond", COLD[0]) <= QUOTA
    assert writes <= warm.get("WriteUnitsPerSecond", COLD[1]) <= QUOTA


def test_only_these_are_and_on_no_stage_for_tests() -> None:
    warm = {name: each["WarmThroughput"] for name, each in tables().items() if "WarmThroughput" in each}

    assert warm.keys() < UNITS.keys()
    assert all(each["Fn::If"][:2] == ["Simulated", {"Ref": "AWS::NoValue"}] for each in warm.values())
