"""Figures that have to come of the demo: plain SQL over the file of purchases (expected.sql), by DuckDB."""

from pathlib import Path

import duckdb

from infra.demo.benefits import plan
from infra.demo.purchases import SAMPLE
from infra.demo.seed import MERCHANTS, MUSIC

QUERY = Path(__file__).with_suffix(".sql")
# Coupons that there are: some are left.
STOCK = 1_000
# (product, figure): amount, of money in minor units.
Figures = dict[tuple[str, str], int]


def figures(*, customers: int, claimants: int, path: Path = SAMPLE) -> Figures:
    """Ask the file."""
    parameters: dict[str, int | str] = {
        "path": str(path),
        "customers": customers,
        "claimants": claimants,
        "fewest": plan.FEWEST,
        "most": plan.MOST,
        "spent": plan.SPENT,
        "coupons_each": plan.COUPONS_EACH,
        "half_every": plan.HALF_EVERY,
        "whole_every": plan.WHOLE_EVERY,
        "gold_from": plan.GOLD_FROM,
        "gold_percent": plan.GOLD_PERCENT,
        "redeemed": plan.REDEEMED,
        "codes": plan.CODES,
        "claims_each": plan.CLAIMS_EACH,
        "claims_first": plan.CLAIMS_FIRST,
        "first": plan.FIRST,
        "stock": STOCK,
        "fee": MERCHANTS[MUSIC]["fee"]["basis_points"],
        **plan.BEARERS,
    }
    for number, (threshold, off) in enumerate(plan.STEPS, start=1):
        parameters |= {f"step_{number}": threshold, f"off_{number}": off}
    rows = duckdb.connect().execute(QUERY.read_text(), parameters).fetchall()
    return {(product, figure): int(amount) for product, figure, amount in rows}
