"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """The bank's standard terms (`domain.StandardTerms`): basis points, minor units, a settlement cycle."""

    standard_fee_basis_points: int
    standard_fee_cap: int
    standard_settlement: str


def _read() -> Settings:
    return Settings(
        standard_fee_basis_points=int(os.environ.get("STANDARD_FEE_BASIS_POINTS", "38")),
        standard_fee_cap=int(os.environ.get("STANDARD_FEE_CAP", "2000")),
        standard_settlement=os.environ.get("STANDARD_SETTLEMENT", "T+1"),
    )


settings = _read()
